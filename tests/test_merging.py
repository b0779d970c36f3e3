"""Two people edit one record at once: what both changed is saved, and what they changed differently is asked."""

import datetime
import html
import json
import re
from decimal import Decimal

import pytest
from django import forms
from django.http import QueryDict

from estates_portal.amounts import PoundsField
from estates_portal.fields import DayField
from estates_portal.merging import MergedForm, VersionsForm, conflicts_of


class Form(MergedForm, forms.Form):
    title = forms.CharField(required=False)
    progress = forms.CharField(required=False, widget=forms.Textarea)
    amount = PoundsField()
    day = DayField(required=False)
    public = forms.BooleanField(required=False)
    parts = forms.MultipleChoiceField(required=False, choices=[("a", "Alpha"), ("b", "Beta"), ("c", "Gamma")])


def opened(**initial):
    """The values with which a form with this initial data was opened."""
    text = re.search(r'value="(.*)"', str(Form(initial=initial).opened_input))[1]
    return html.unescape(text)


def sent(values, saved, **opened_with):
    """The form with the `saved` values that gets what a browser sends, opened with other values."""
    data = QueryDict(mutable=True)
    data["opened"] = opened(**opened_with)
    for name, value in values.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    form = Form(data, initial=saved)
    form.is_valid()
    return form


def test_changes_of_different_fields_are_both_saved():
    form = sent(
        {"title": "Mine", "progress": "Before"},
        {"title": "Before", "progress": "Theirs"},
        title="Before",
        progress="Before",
    )
    assert form.is_valid() and form.merged == ["progress"]
    assert (form.cleaned_data["title"], form.cleaned_data["progress"]) == ("Mine", "Theirs")


@pytest.mark.parametrize("text", ["[" * 100_000, "[]", "no JSON", '{"title": [Infinity, ["x"]], "parts": 3}'])
def test_values_that_no_page_sends_are_left(text):
    for sent_as in (f"opened={text}", f"opened={opened(title='Other', parts=['b'])}&unanswered={text}"):
        form = Form(QueryDict(f"title=Mine&{sent_as}"), initial={"title": "Before"})
        form.is_valid()
        assert form["title"].value() == "Mine"


@pytest.mark.parametrize(
    ("name", "before", "theirs"),
    [
        ("amount", Decimal(1_000), Decimal(2_500)),
        ("public", False, True),
        ("public", True, False),
        ("parts", [], ["b", "c"]),
        ("parts", ["a"], []),
    ],
)
def test_change_by_someone_else_is_kept(name, before, theirs):
    as_typed = {"amount": "1000", "public": ["on"] if before else [], "parts": before}[name]
    form = sent({name: as_typed}, {name: theirs}, **{name: before})
    assert form.is_valid() and form.cleaned_data[name] == theirs


def test_same_change_in_another_spelling_is_no_conflict():
    form = sent(
        {"amount": "£1.5m", "day": "14/3/2027"},
        {"amount": Decimal("1500000.00"), "day": datetime.date(2027, 3, 14)},
        amount=Decimal(1),
        day="",
    )
    assert form.is_valid() and form.cleaned_data["amount"] == 1_500_000


def test_different_changes_of_one_field_are_asked():
    form = sent({"title": "Mine"}, {"title": "Theirs"}, title="Before")
    conflict = conflicts_of(form)[0]
    assert not form.is_valid()
    assert (conflict.label, conflict.mine, conflict.theirs) == ("Title", "Mine", "Theirs")
    page = VersionsForm([conflict], mine="Yours", theirs="Olive’s")
    assert not page.errors and "checked" not in page.as_p() and "Mine" in page.as_p() and "Theirs" in page.as_p()


@pytest.mark.parametrize(("choice", "progress"), [("mine", "Mine"), ("theirs", "Theirs"), ("both", "Mine\n\nTheirs")])
def test_selected_version_is_saved(choice, progress):
    answers = {"progress": "Mine", "choose-progress": choice, "seen-progress": json.dumps("Theirs")}
    form = sent(answers, {"progress": "Theirs"}, progress="Before")
    assert form.is_valid() and form.cleaned_data["progress"] == progress


@pytest.mark.parametrize(
    "answers",
    [
        {"seen-title": json.dumps("Theirs")},
        {"choose-title": "mine", "seen-title": json.dumps("An earlier version")},
        {"choose-title": "x", "seen-title": json.dumps("Theirs")},
    ],
)
def test_without_choice_it_is_asked_again(answers):
    form = sent({"title": "Mine", **answers}, {"title": "Theirs"}, title="Before")
    page = VersionsForm(conflicts_of(form), mine="Yours", theirs="Olive’s")
    assert not form.is_valid()
    assert page.errors == {"choose-title": ["Select which version to save: Title"]}


def test_invalid_value_is_not_lost():
    form = sent({"amount": "many", "title": "Before"}, {"amount": 5, "title": "Theirs"}, amount=5, title="Before")
    assert "amount" in form.errors and not form.conflicts and form["title"].value() == "Theirs"


@pytest.mark.parametrize("text", ["", "x", "[]", '{"title": 5}'])
def test_unreadable_values_of_opening_are_no_error(text):
    data = QueryDict(mutable=True)
    data.update({"opened": text, "title": "Mine"})
    assert Form(data, initial={"title": "Mine"}).is_valid()
