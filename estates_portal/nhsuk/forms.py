"""Django forms drawn by the design system: the renderer, the fields and the error summary."""

import datetime

from django import forms
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import Input

from .macros import render


class NhsukRenderer(TemplatesSetting):
    """Draws every Django form with the design system (the FORM_RENDERER setting)."""

    form_template_name = "forms/form.html"
    field_template_name = "forms/field.html"


def nhsuk_error_summary(*forms):
    """What is wrong with the forms, or sets of them, each error a link to its field; nothing where nothing is."""
    items = []
    for form in forms:
        for one in getattr(form, "forms", [form]):
            for name, errors in one.errors.items():
                href = f"#{_first_id(one[name])}" if name in one.fields else ""
                items.extend({"text": error, "href": href} for error in errors)
        if hasattr(form, "non_form_errors"):
            items.extend({"text": error} for error in form.non_form_errors())
    if not items:
        return ""
    return render("error-summary", "errorSummary", {"titleText": "There is a problem", "errorList": items})


def _first_id(field):
    """The id of the input that an error links to: of several, the first, which has the id of the field."""
    return field.auto_id


def nhsuk_field(field):
    """One bound field as the component that fits its widget, with label, hint and error.

    Raises TypeError for a widget that no component draws, rather than show an input without its label.
    """
    widget = field.field.widget
    for kind, draw in WIDGETS:
        if isinstance(widget, kind):
            return draw(field, widget)
    raise TypeError(f"No NHS.UK component draws the {type(widget).__name__} of {field.name}")


def _params(field):
    """What every component takes: name, id, hint, error, and whether it may be changed."""
    params = {"name": field.html_name, "id": field.auto_id, "disabled": field.field.disabled}
    if field.help_text:
        params["hint"] = {"text": str(field.help_text), "id": f"{field.auto_id}-hint"}
    if field.errors:
        params["errorMessage"] = {"text": " ".join(field.errors), "id": f"{field.auto_id}-error"}
    return params


def _attributes(widget, left_out=("autocomplete",)):
    """The widget's own attributes that a component has no parameter for; True as an attribute without value."""
    return {
        name: ({"value": True, "optional": True} if value is True else str(value))
        for name, value in widget.attrs.items()
        if name not in left_out and value is not False
    }


def _input(field, widget):
    kind = widget.attrs.get("type", widget.input_type)
    params = {
        **_params(field),
        "label": {"text": str(field.label)},
        "type": kind,
        "autocomplete": widget.attrs.get("autocomplete"),
        "attributes": _attributes(widget, left_out=("autocomplete", "type")),
    }
    value = field.value()
    if kind == "date" and isinstance(value, datetime.date):
        params["value"] = value.isoformat()  # the only form that a browser's date input takes
    elif kind != "password":
        params["value"] = widget.format_value(value) or None
    if kind == "number":
        fractions = isinstance(field.field, forms.DecimalField | forms.FloatField)
        params["inputmode"] = "decimal" if fractions else "numeric"
    maximum = getattr(field.field, "max_length", None)
    if maximum:
        params["attributes"].setdefault("maxlength", str(maximum))
    return render("input", "input", params)


def _textarea(field, widget):
    rows = widget.attrs.get("rows", "5")
    value = widget.format_value(field.value()) or ""
    attributes = _attributes(widget, left_out=("rows", "cols"))
    params = {"label": {"text": str(field.label)}, "value": value, "rows": str(rows), "attributes": attributes}
    return render("textarea", "textarea", {**_params(field), **params})


def _options(field):
    """The choices as items of a component, those chosen marked."""
    widget = field.field.widget
    value = widget.format_value(field.value())
    chosen = {value} if isinstance(value, str) else set(value)
    return [
        {"value": str(value), "text": str(words), "chosen": str(value) in chosen}
        for value, words in _without_groups(widget.choices)
    ]


def _without_groups(choices):
    """The choices as (value, words); one of a group says which group, as the components know no groups."""
    for value, words in choices:
        if isinstance(words, list | tuple):
            yield from ((one, f"{value}: {its_words}") for one, its_words in words)
        else:
            yield value, words


def _select(field, widget):
    items = [{**item, "selected": item["chosen"]} for item in _options(field)]
    attributes = _attributes(widget)
    if widget.allow_multiple_selected:
        attributes["multiple"] = {"value": True, "optional": True}
    params = {"label": {"text": str(field.label)}, "items": items, "attributes": attributes}
    return render("select", "select", {**_params(field), **params})


def _group(field):
    """The parameters of several inputs under one legend; the first of them has the field's id, as errors link to it."""
    params = {**_params(field), "idPrefix": field.auto_id, "fieldset": {"legend": {"text": str(field.label)}}}
    del params["id"]
    return params


def _radios(field, widget):
    items = [{**item, "checked": item["chosen"]} for item in _options(field) if item["value"]]
    classes = widget.attrs.get("classes", "")
    return render("radios", "radios", {**_group(field), "items": items, "classes": classes})


def _checkboxes(field, widget):
    items = [{**item, "checked": item["chosen"]} for item in _options(field)]
    return render("checkboxes", "checkboxes", {**_group(field), "items": items, "small": True})


def _checkbox(field, widget):
    item = {"value": "on", "text": str(field.label), "checked": bool(field.value())}
    params = _group(field)
    del params["fieldset"]
    if "hint" in params:
        item["hint"] = params.pop("hint")
    return render("checkboxes", "checkboxes", {**params, "items": [item]})


def _hidden(field, widget):
    return field.as_widget()


# The first kind that fits draws the field, so the particular come before the general.
WIDGETS = [
    (forms.HiddenInput, _hidden),
    (forms.Textarea, _textarea),
    (forms.CheckboxSelectMultiple, _checkboxes),
    (forms.RadioSelect, _radios),
    (forms.CheckboxInput, _checkbox),
    (forms.Select, _select),
    (Input, _input),
]
