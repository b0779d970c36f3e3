"""Django forms drawn by the design system: the renderer, the fields and the error summary.

Each widget has a template in templates/forms/ that writes what the official macro writes; tests/test_nhsuk_fields.py
compares them.
"""

import re
from html import escape
from typing import NamedTuple

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting
from django.forms.utils import flatatt
from django.forms.widgets import Input
from django.utils.functional import cached_property
from django.utils.safestring import mark_safe
from django.utils.text import capfirst

from estates_portal.text import clean_line, clean_text

from .macros import render

# The first matching class is used, so subclasses come before their base classes.
COMPONENTS = [
    (forms.HiddenInput, "hidden"),
    (forms.Textarea, "textarea"),
    (forms.CheckboxSelectMultiple, "checkboxes"),
    (forms.RadioSelect, "radios"),
    (forms.CheckboxInput, "checkbox"),
    (forms.Select, "select"),
    (forms.FileInput, "file"),
    (forms.PasswordInput, "password"),
    (Input, "input"),
]
# Attributes of widgets. `hints` of radio buttons are {value: text}.
WRITTEN_BY_TEMPLATES = ("aria-describedby", "classes", "cols", "hints", "rows", "type")


class Option(NamedTuple):
    """One choice of a select, or one box of a group. The first box has the field's id, as errors link to it."""

    id: str
    value: str
    label: str
    is_chosen: bool
    attrs: str = ""  # of a box: whether it is ticked, and whether it can be
    hint: str = ""


# By the code of the error. Django's say "Ensure this value has at most".
LIMITS = {
    "max_length": "{label} must be %(limit_value)s characters or less. It has %(show_value)s",
    "min_length": "{label} must be %(limit_value)s characters or more. It has %(show_value)s",
    "max_value": "{label} must be %(limit_value)s or less",
    "min_value": "{label} must be %(limit_value)s or more",
    "max_digits": "{label} must have %(max)s digits or less",
    "max_decimal_places": "{label} must have %(max)s decimal places or less",
    "max_whole_digits": "{label} must have %(max)s digits or less before the decimal point",
}
NAME_LIMIT = "{label} must have a name of %(max)s characters or less. It has %(length)s"
IN_BRACKETS = re.compile(r" \([^)]*\)$")  # at the end of a label: "(optional)"
EMAIL_ERROR = "Enter an email address, for example name@example.com"


class LimitMessage(str):
    """The message of a limit, which writes its numbers as 4,500."""

    def __mod__(self, params):
        return super().__mod__({name: _number(value) for name, value in params.items()})


def _number(value):
    return f"{value:,}" if isinstance(value, int) else value


class NhsukField(BoundField):
    """A bound field with clean text, and the values that templates/forms/ need.

    Every form of the portal, the admin and the sign-in library has these, so no text reaches a form's field before its
    clean-up. Passwords are left as typed.

    Browsers cut what is pasted into an input with `maxlength` and do not say so. So no field of the portal or the admin
    has it: the portal gives everything back, and the field's error says how much too long it is.
    """

    confirmation = ""  # a hidden input after the field

    def __init__(self, form, field, name):
        super().__init__(form, field, name)
        field.widget.attrs.pop("maxlength", None)
        label = self.short_label.replace("%", "%%")
        if isinstance(field, forms.EmailField):
            field.error_messages.setdefault("invalid", EMAIL_ERROR)
        for code, message in LIMITS.items():
            if not isinstance(field, forms.FileField):
                field.error_messages.setdefault(code, LimitMessage(message.format(label=label)))
        if isinstance(field, forms.FileField):
            field.error_messages["max_length"] = LimitMessage(NAME_LIMIT.format(label=label))

    @property
    def short_label(self):
        """The label in errors: without "(optional)". A field's `short_label` replaces labels too long for errors."""
        return getattr(self.field, "short_label", capfirst(IN_BRACKETS.sub("", str(self.label))))

    @property
    def data(self):
        return self._clean(super().data)

    @cached_property
    def initial(self):
        return self._clean(super().initial)

    def _clean(self, value):
        widget = self.field.widget
        is_text = isinstance(self.field, forms.CharField) or isinstance(widget, forms.TextInput)
        if not is_text or not isinstance(value, str) or isinstance(widget, forms.PasswordInput):
            return value
        keeps_lines = isinstance(widget, forms.Textarea | forms.HiddenInput)
        return clean_text(value) if keeps_lines else clean_line(value)

    @property
    def template_name(self):
        """The template of the widget's component.

        Raises TypeError if there is none, rather than show an input without its label.
        """
        return self.field.template_name or f"forms/{self.component}.html"

    def get_context(self):
        return {"field": self, "layout": "forms/group.html"}

    def as_cell(self):
        """The field in a cell of a table: its label is for screen readers only, as the column has a heading."""
        return self.render(context={"field": self, "layout": "forms/cell.html"})

    @property
    def component(self):
        widget = self.field.widget
        component = next((name for kind, name in COMPONENTS if isinstance(widget, kind)), None)
        if component is None:
            raise TypeError(f"No NHS.UK component draws the {type(widget).__name__} of {self.name}")
        return component

    @property
    def module(self):
        """The class and script module of the whole group, for components that have one."""
        if self.character_limit:
            return "nhsuk-character-count"
        return {"file": "nhsuk-file-upload", "password": "nhsuk-password-input"}.get(self.component, "")

    @property
    def character_limit(self):
        """The number of characters that a text area can have, which it counts; None without a limit."""
        return self.field.max_length if self.component == "textarea" else None

    @property
    def info_id(self):
        return f"{self.auto_id}-info"

    @property
    def input_type(self):
        return self.field.widget.attrs.get("type") or getattr(self.field.widget, "input_type", "")

    @property
    def hint_id(self):
        return f"{self.auto_id}-hint"

    @property
    def error_id(self):
        return f"{self.auto_id}-error"

    @property
    def described_by(self):
        """The ids of the page's own hint, the field's hint and the error."""
        ids = [self.field.widget.attrs.get("aria-describedby", "")]
        if self.character_limit:
            ids.append(self.info_id)
        if self.help_text:
            ids.append(self.hint_id)
        if self.errors:
            ids.append(self.error_id)
        return " ".join(filter(None, ids))

    @property
    def box_described_by(self):
        """As `described_by` for a single checkbox, whose hint comes after its label and so after the error."""
        return " ".join(reversed(self.described_by.split()))

    @property
    def classes(self):
        """Further classes of the component: the widget's attribute `classes`, and what the count needs."""
        classes = self.field.widget.attrs.get("classes", "")
        return f"nhsuk-js-character-count {classes}".strip() if self.character_limit else classes

    @property
    def rows(self):
        return self.field.widget.attrs.get("rows", "5")

    @property
    def input_attrs(self):
        """The attributes of the input, select or text area that its template does not write itself, as HTML."""
        widget = self.field.widget
        attrs = {name: value for name, value in widget.attrs.items() if name not in WRITTEN_BY_TEMPLATES}
        if self.input_type == "number":
            has_fractions = isinstance(self.field, forms.DecimalField | forms.FloatField)
            attrs["inputmode"] = "decimal" if has_fractions else "numeric"
        attrs["multiple"] = getattr(widget, "allow_multiple_selected", False)
        attrs["disabled"] = self.field.disabled
        attrs["aria-describedby"] = self.described_by or None
        return flatatt(attrs)

    @property
    def input_value(self):
        """The value to show; None for a password, which is never sent back."""
        if self.input_type == "password":
            return None
        return self.field.widget.format_value(self.value())

    @property
    def text_value(self):
        """What a text area shows; an empty first line is written twice, because browsers drop one."""
        value = self.input_value or ""
        return f"\n{value}" if value.startswith(("\n", "\r")) else value

    @property
    def options(self):
        """The choices without groups, which the design system lacks: each label starts with its group."""
        widget = self.field.widget
        value = widget.format_value(self.value())
        chosen = {value} if isinstance(value, str) else set(value)
        choices = [(str(value), str(label)) for value, label in _without_groups(widget.choices)]
        if self.component == "radios":
            choices = [(value, label) for value, label in choices if value]
        hints = widget.attrs.get("hints", {})
        disabled = {"disabled": self.field.disabled}
        ticked, unticked = flatatt({"checked": True, **disabled}), flatatt(disabled)
        return [
            Option(
                id=self.auto_id if index == 1 else f"{self.auto_id}-{index}",
                value=value,
                label=label,
                is_chosen=value in chosen,
                attrs=ticked if value in chosen else unticked,
                hint=hints.get(value, ""),
            )
            for index, (value, label) in enumerate(choices, 1)
        ]

    @property
    def options_html(self):
        """The `options` of a select as HTML: in a template, hundreds of them cost more than the rest of a list."""
        written = "\n".join(
            f'<option value="{escape(value)}"{" selected" if is_chosen else ""}>{escape(label)}</option>'
            for _id, value, label, is_chosen, _attrs, _hint in self.options
        )
        return mark_safe(written)  # noqa: S308 -- values and labels are escaped


def _without_groups(choices):
    for value, label in choices:
        if isinstance(label, list | tuple):
            yield from ((its_value, f"{value}: {its_label}") for its_value, its_label in label)
        else:
            yield value, label


class NhsukRenderer(TemplatesSetting):
    """Draws every Django form with the design system (the FORM_RENDERER setting)."""

    form_template_name = "forms/form.html"
    bound_field_class = NhsukField


class SelectForm(forms.Form):
    """Selects that choose what a page shows: `selects` is {name: (label, choices, chosen)}."""

    def __init__(self, selects):
        super().__init__(initial={name: chosen for name, (_label, _choices, chosen) in selects.items()})
        for name, (label, choices, _chosen) in selects.items():
            self.fields[name] = forms.ChoiceField(label=label, choices=choices)


class FilterForm(forms.Form):
    """The form of a filter set, with a styled element around each field but the search box."""

    template_name = "forms/filter_form.html"


def nhsuk_error_summary(*parts, description=""):
    """The error summary of forms, formsets or lists of forms, each error a link to its field; "" without errors.

    Errors are in the order of the fields. A form's `error_prefix` is put before each of its errors.
    """
    items = [item for form in _forms_of(parts) for item in _error_items(form)]
    for part in parts:
        if hasattr(part, "non_form_errors"):
            items.extend({"text": error} for error in part.non_form_errors())
    if not items:
        return ""
    params = {"titleText": "There is a problem", "errorList": items}
    if description:
        params["description"] = {"text": description}
    return render("error-summary", "errorSummary", params)


def nhsuk_error_prefix(*parts):
    """The start of the title of a page with errors; "" if the forms, formsets and lists have none."""
    is_wrong = any(form.errors for form in _forms_of(parts))
    is_wrong = is_wrong or any(part.non_form_errors() for part in parts if hasattr(part, "non_form_errors"))
    return "Error: " if is_wrong else ""


def _forms_of(parts):
    for part in parts:
        if part:
            yield from part if isinstance(part, list) else getattr(part, "forms", [part])


def _error_items(form):
    """The errors of a form as summary items, with links to visible fields.

    Fields such as dates have errors that do not name them, with the codes in `unnamed_errors`: their label is added.
    """
    errors = form.errors
    for name in [*form.fields, *(name for name in errors if name not in form.fields)]:
        field = form[name] if name in form.fields else None
        unnamed = getattr(form.fields.get(name), "unnamed_errors", ())
        for error in errors[name].as_data() if name in errors else ():
            label = field.short_label if error.code in unnamed else ""
            names = ", ".join(filter(None, [getattr(form, "error_prefix", ""), label]))
            text = next(iter(error))
            has_link = field is not None and not field.is_hidden
            yield {"text": f"{names}: {text}" if names else text, "href": f"#{field.auto_id}" if has_link else ""}
