"""Form templates write the same HTML as the official macros, for every widget and state."""

from datetime import date

import pytest
from django import forms
from django.test.html import parse_html
from pytest_django.asserts import assertHTMLEqual

from estates_portal.nhsuk.macros import render
from sites.models import Place
from tests.factories import PlaceFactory

HINT = "As on the <board> paper"
ERROR = "Enter it & try again"
SITES = [("", "Any"), ("Luton", [("ld", "Luton and Dunstable"), ("chc", "Community hub")])]
STAGES = [("soc", "Outline case"), ("obc", "Full & final case")]


def options(chosen, mark, choices=STAGES):
    return [{"value": value, "text": text, mark: value in chosen} for value, text in choices]


DEFINED = [{"value": "soc", "text": "Outline case"}, {"value": "obc", "text": "Full & final case"}]
DEFINED[1]["hint"] = {"text": "As <approved>"}

# For each field: component, macro, parameters, typed value, and the parameters that it changes.
FIELDS = {
    "text": (
        forms.CharField(max_length=50, widget=forms.TextInput(attrs={"autocomplete": "name", "data-x": True})),
        ("input", "input", {"attributes": {"data-x": {"value": True, "optional": True}}}),
        ("Luton <Hub>", {"value": "Luton <Hub>"}),
        {"type": "text", "autocomplete": "name"},
    ),
    "narrow": (
        forms.CharField(widget=forms.TextInput(attrs={"classes": "nhsuk-input--width-10"})),
        ("input", "input", {"classes": "nhsuk-input--width-10"}),
        ("7", {"value": "7"}),
        {},
    ),
    "described": (
        forms.CharField(widget=forms.TextInput(attrs={"aria-describedby": "date-hint"})),
        ("input", "input", {"describedBy": "date-hint"}),
        ("June", {"value": "June"}),
        {},
    ),
    "email": (
        forms.EmailField(max_length=100),
        ("input", "input", {"type": "email"}),
        ("a@b", {"value": "a@b"}),
        {},
    ),
    "whole_number": (
        forms.IntegerField(min_value=1),
        ("input", "input", {"type": "number", "inputmode": "numeric", "attributes": {"min": "1"}}),
        ("0", {"value": "0"}),
        {},
    ),
    "fraction": (
        forms.DecimalField(decimal_places=2),
        ("input", "input", {"type": "number", "inputmode": "decimal", "attributes": {"step": "0.01"}}),
        ("2.5", {"value": "2.5"}),
        {},
    ),
    "search": (
        forms.CharField(widget=forms.TextInput(attrs={"type": "search"})),
        ("input", "input", {"type": "search"}),
        ("obc", {"value": "obc"}),
        {},
    ),
    "password": (
        forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})),
        ("password-input", "passwordInput", {"autocomplete": "new-password"}),
        ("secret", {}),
        {},
    ),
    "day": (
        forms.DateField(),
        ("input", "input", {}),
        (date(2026, 4, 1), {"value": "01/04/2026"}),
        {},
    ),
    "notes": (
        forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3})),
        ("character-count", "characterCount", {"rows": "3", "maxlength": 500, "threshold": 75}),
        ("One\nTwo <b>", {"value": "One\nTwo <b>"}),
        {},
    ),
    "remarks": (
        forms.CharField(widget=forms.Textarea(attrs={"rows": 3})),
        ("textarea", "textarea", {"rows": "3"}),
        ("One", {"value": "One"}),
        {},
    ),
    "paper": (forms.FileField(), ("file-upload", "fileUpload", {}), (None, {}), {}),
    "stage": (
        forms.ChoiceField(choices=STAGES),
        ("select", "select", {"items": options([], "selected")}),
        ("obc", {"items": options(["obc"], "selected")}),
        {},
    ),
    "stages": (
        forms.MultipleChoiceField(choices=STAGES),
        (
            "select",
            "select",
            {"items": options([], "selected"), "attributes": {"multiple": {"value": True, "optional": True}}},
        ),
        (["soc", "obc"], {"items": options(["soc", "obc"], "selected")}),
        {},
    ),
    "rating": (
        forms.ChoiceField(
            choices=[("", "Not rated"), *STAGES], widget=forms.RadioSelect(attrs={"classes": "nhsuk-radios--inline"})
        ),
        ("radios", "radios", {"items": options([], "checked"), "classes": "nhsuk-radios--inline"}),
        ("soc", {"items": options(["soc"], "checked")}),
        {},
    ),
    "defined": (
        forms.ChoiceField(choices=STAGES, widget=forms.RadioSelect(attrs={"hints": {"obc": "As <approved>"}})),
        ("radios", "radios", {"items": DEFINED}),
        ("soc", {"items": [{**item, "checked": item["value"] == "soc"} for item in DEFINED]}),
        {},
    ),
    "kinds": (
        forms.MultipleChoiceField(choices=STAGES, widget=forms.CheckboxSelectMultiple),
        ("checkboxes", "checkboxes", {"items": options([], "checked"), "small": True}),
        (["obc"], {"items": options(["obc"], "checked")}),
        {},
    ),
    "agree": (forms.BooleanField(), ("checkboxes", "checkboxes", {}), (True, {}), {}),
}
STATES = ["plain", "hint", "error", "hint and error", "disabled", "filled in"]


def params_of(name, state):
    """The parameters of the official macro for the field in this state."""
    _field, (component, _macro, own), (_typed, filled), further = FIELDS[name]
    params = {"name": name, "id": f"id_{name}", "label": {"text": "Its <label>"}, **own, **further}
    if state == "filled in":
        params.update(filled)
    if state == "disabled":
        params["disabled"] = True
    if "hint" in state:
        params["hint"] = {"text": HINT, "id": f"id_{name}-hint"}
    if "error" in state:
        params["errorMessage"] = {"text": ERROR, "id": f"id_{name}-error"}
    if component in ("radios", "checkboxes"):
        del params["id"]
        params["idPrefix"] = f"id_{name}"
        params["fieldset"] = {"legend": params.pop("label")}
    if name == "agree":
        hint = params.pop("hint", None)
        legend = params.pop("fieldset")["legend"]
        item = {"value": "on", "text": legend["text"], "checked": state == "filled in"}
        params["items"] = [{**item, "hint": hint} if hint else item]
    return params


def form_in(name, state):
    """A form of one field in this state."""
    field, _official, (typed, _filled), _further = FIELDS[name]
    form = type("Form", (forms.Form,), {name: field})(initial={name: typed} if state == "filled in" else None)
    form.fields[name].label = "Its <label>"
    form.fields[name].disabled = state == "disabled"
    if "hint" in state:
        form.fields[name].help_text = HINT
    if "error" in state:
        form = type(form)({})
        form.fields[name].label = "Its <label>"
        form.fields[name].required = False
        form.fields[name].help_text = HINT if "hint" in state else ""
        form.add_error(name, ERROR)
    return form


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", FIELDS)
def test_field_template_matches_official_macro(name, state):
    _field, (component, macro, _own), _filled, _further = FIELDS[name]
    form = form_in(name, state)
    assertHTMLEqual(form[name].as_field_group(), render(component, macro, params_of(name, state)))


def test_every_form_template_is_compared():
    from estates_portal.nhsuk.forms import COMPONENTS

    compared = {form_in(name, "plain")[name].component for name in FIELDS}
    assert compared == {component for _kind, component in COMPONENTS} - {"hidden"}


def test_choices_in_groups_start_with_group_name():
    class Grouped(forms.Form):
        site = forms.ChoiceField(choices=SITES)

    items = [
        {"value": "", "text": "Any"},
        {"value": "ld", "text": "Luton: Luton and Dunstable", "selected": True},
        {"value": "chc", "text": "Luton: Community hub"},
    ]
    official = render("select", "select", {"name": "site", "id": "id_site", "label": {"text": "Site"}, "items": items})
    assertHTMLEqual(Grouped({"site": "ld"})["site"].as_field_group(), official)


@pytest.mark.django_db
def test_choices_of_a_queryset_take_one_query(django_assert_num_queries):
    PlaceFactory.create_batch(3)

    class Placed(forms.Form):
        place = forms.ModelChoiceField(Place.objects.all(), empty_label=None)

    form = Placed()
    with django_assert_num_queries(1):
        html = form["place"].as_field_group()
    assert html.count("<option") == 3


def test_text_area_keeps_an_empty_first_line():
    class Noted(forms.Form):
        notes = forms.CharField(widget=forms.Textarea)

    html = Noted(initial={"notes": "\nSecond"})["notes"].as_field_group()
    assert ">\n\nSecond</textarea>" in html  # browsers drop the first line feed


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", ["text", "stage", "day"])
def test_cell_has_the_same_input_under_a_label_for_screen_readers(name, state):
    field = form_in(name, state)[name]
    cell = field.as_cell()
    assert f'<label class="nhsuk-u-visually-hidden" for="id_{name}">Its &lt;label&gt;</label>' in cell
    assert "nhsuk-form-group" not in cell
    assert ("nhsuk-error-message" in cell) is ("error" in state)
    assert (f'id="id_{name}-hint"' in cell) is ("hint" in state)
    assert _control(cell) == _control(field.as_field_group())


def _control(html):
    start = min(html.index(tag) for tag in ("<input", "<select") if tag in html)
    end = html.index("</select>") + 9 if "<select" in html else html.index(">", start) + 1
    return parse_html(html[start:end])


def test_hidden_field_has_no_label():
    class Hidden(forms.Form):
        version = forms.IntegerField(widget=forms.HiddenInput, initial=3)

    assertHTMLEqual(
        Hidden()["version"].as_field_group(), '<input type="hidden" name="version" value="3" id="id_version">'
    )


class LimitsForm(forms.Form):
    name = forms.CharField(max_length=1000, min_length=2, label="name at 100% (optional)")
    beds = forms.IntegerField(min_value=1, max_value=5000)
    pounds = forms.DecimalField(max_digits=4, decimal_places=2)


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("name", "x" * 1500, "Name at 100% must be 1,000 characters or less. It has 1,500"),
        ("name", "x", "Name at 100% must be 2 characters or more. It has 1"),
        ("beds", "9000", "Beds must be 5,000 or less"),
        ("beds", "0", "Beds must be 1 or more"),
        ("pounds", "1.234", "Pounds must have 2 decimal places or less"),
        ("pounds", "123.4", "Pounds must have 2 digits or less before the decimal point"),
        ("pounds", "12345", "Pounds must have 4 digits or less"),
    ],
)
def test_error_names_field_and_limit(field, typed, error):
    assert error in LimitsForm({field: typed}).errors[field]


def test_no_input_cuts_what_is_pasted():
    html = LimitsForm({"name": "x" * 1500}).as_div()
    assert "maxlength" not in html
    assert "x" * 1500 in html
