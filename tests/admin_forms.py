"""The data that a browser posts from admin forms."""

from .form_inputs import opened_by


def filled_in(response, **typed):
    """The data of the page's admin form, with the values of `typed`; None removes a field."""
    data = {}
    forms = [response.context["adminform"].form]
    for inline in response.context.get("inline_admin_formsets", []):
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        if not getattr(form, "is_new", True):
            data |= opened_by(form)
        for field in form:
            value = field.value()
            if isinstance(value, bool):
                value = "on" if value else None
            if isinstance(value, (list, tuple)) or hasattr(value, "values_list"):
                value = [getattr(item, "pk", item) for item in value]
            if value is not None:
                data[field.html_name] = value
    data.update(typed)
    return {name: value for name, value in data.items() if value is not None}


def messages_of(response):
    """The messages of the page, as text."""
    return [str(message) for message in response.context["messages"]]
