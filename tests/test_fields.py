"""Dates in forms and models: how they are typed, in which years, and that no form asks in another way."""

import datetime

import django.forms
import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.template import Context, Template
from django.urls import reverse

from estates_portal.fields import Day, DayField, PartialDateField, WrittenDate
from projects.models import Risk
from tests.factories import HubFactory
from tests.test_text import every_form

pytestmark = pytest.mark.usefixtures("clock")
OURS = {"accounts", "contact", "deletion", "sites", "projects", "unsaved"}
DAY_FIELDS = [
    field
    for model in apps.get_models()
    if model._meta.app_label in OURS
    for field in model._meta.get_fields()
    if isinstance(field, models.DateField) and not isinstance(field, models.DateTimeField)
]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("14/3/2027", (2027, 3, 14)),
        ("14/03/26", (2026, 3, 14)),
        ("2027-03-14", (2027, 3, 14)),
        ("14-Mar-27", (2027, 3, 14)),
        ("Friday 4 December 2026", (2026, 12, 4)),
    ],
)
def test_day_is_read_as_people_type_it(text, day):
    assert DayField().clean(text) == datetime.date(*day)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "Enter a date, for example 14/3/2027"),
        ("March 2027", "Enter a day, month and year, for example 14/3/2027"),
        ("2027", "Enter a day, month and year, for example 14/3/2027"),
        ("31/6/2027", "There is no such day in the calendar"),
        ("1/13/2027", "The month must be from 1 to 12"),
        ("0202-03-01", "Enter a year from 1900 to 2100"),
        ("9999-12-31", "Enter a year from 1900 to 2100"),
    ],
)
def test_error_says_what_to_type(text, message):
    with pytest.raises(ValidationError) as error:
        DayField().clean(text)
    assert error.value.messages == [message]


def test_day_is_shown_as_people_type_it():
    form = type("Dated", (django.forms.Form,), {"day": DayField()})(initial={"day": datetime.date(2026, 4, 1)})
    assert 'value="1/4/2026"' in form["day"].as_field_group()
    assert "For example, 14/3/2027" in form["day"].as_field_group()


@pytest.mark.parametrize("field", [DayField(), PartialDateField()])
@pytest.mark.parametrize("text", ["14/3/1927", "14/3/2097"])
def test_year_far_from_today_is_asked_once(field, text):
    form_class = type("Dated", (django.forms.Form,), {"day": field})
    asked = form_class({"day": text})
    assert asked.errors == {"day": [f"Check the year: {text[-4:]}. If it is right, save again"]}
    hidden = f'<input type="hidden" name="day-confirmed" value="{text}">'
    assert f'value="{text}"' in asked["day"].as_field_group()
    assert hidden in asked["day"].as_field_group()
    assert hidden in str(asked["day"])  # as the admin draws it
    assert form_class({"day": text, "day-confirmed": text}).is_valid()
    assert not form_class({"day": "14/3/2096", "day-confirmed": text}).is_valid()
    assert form_class({"day": "14/3/2041"}).is_valid()
    stored = datetime.date(int(text[-4:]), 3, 14) if isinstance(field, DayField) else text
    assert form_class({"day": text}, initial={"day": stored}).is_valid()  # not typed now


@pytest.mark.django_db
def test_far_date_of_a_risk_is_saved_at_the_second_press(office_client):
    hub = HubFactory()
    page = reverse("projects:risk_add", args=[hub.slug])
    typed = {
        "kind": "risk",
        "title": "Old pipes",
        "likelihood": 3,
        "consequence": 3,
        "raised_on": "14/3/1927",
        "version": 0,
        "actions-TOTAL_FORMS": 0,
        "actions-INITIAL_FORMS": 0,
    }
    answer = office_client.post(page, typed)
    assert "Check the year: 1927" in answer.content.decode()
    assert not Risk.objects.exists()
    assert office_client.post(page, typed | {"raised_on-confirmed": "14/3/1927"}).status_code == 302
    assert Risk.objects.get().raised_on == datetime.date(1927, 3, 14)


@pytest.mark.parametrize("field", DAY_FIELDS, ids=str)
def test_every_day_of_every_model_has_a_sensible_year(field):
    assert isinstance(field, Day)
    field.clean(datetime.date(2026, 3, 1), None)
    for year in (202, 9999):
        with pytest.raises(ValidationError, match="Enter a year from"):
            field.clean(datetime.date(year, 3, 1), None)


@pytest.mark.parametrize(
    "name", ["projects.Project.approved_budget_on", "projects.CostEstimate.as_of", "projects.Risk.raised_on"]
)
def test_day_of_something_that_happened_is_not_in_the_future(name):
    model, _dot, column = name.rpartition(".")
    field = apps.get_model(model)._meta.get_field(column)
    field.clean(datetime.date(2026, 11, 23), None)
    with pytest.raises(ValidationError, match="must be today or in the past"):
        field.clean(datetime.date(2026, 11, 24), None)


@pytest.mark.django_db
def test_every_form_asks_for_dates_in_writing(admin_client, checked):
    written = 0
    for form_class in every_form(admin_client.user):
        for name, field in getattr(form_class, "base_fields", {}).items():
            where = form_class, name
            is_other = isinstance(
                field, django.forms.DateField | django.forms.DateTimeField | django.forms.SplitDateTimeField
            )
            assert isinstance(field, WrittenDate) or not is_other, where
            assert field.widget.attrs.get("type") != "date", where
            written += isinstance(field, WrittenDate)
    checked("date fields", written, at_least=30)


def test_admin_draws_date_as_input():
    form = type("DayForm", (django.forms.Form,), {"day": DayField()})()
    assert Template("{{ field }}").render(Context({"field": form["day"]})).startswith("<input")
