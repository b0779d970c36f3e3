"""Pounds and figures as people type them, the same in the portal and the admin."""

from decimal import Decimal

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import RequestFactory
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from estates_portal.amounts import AmountField, PoundsField
from projects.admin.projects import AnnualCostInline, BenefitInline, CostEstimateInline, FundingLineInline
from projects.charts import bars
from projects.finance.forms import YearRow
from projects.labels import money, variance_label
from projects.models import AnnualCost, Hub
from projects.registers.forms import BenefitForm
from tests.factories import HubFactory

EXAMPLE = "Enter an amount in pounds, for example 1,500,000 or 1.5m"
PENCE = "Amount must have 2 decimal places or less"
SPELLINGS = [
    ("", None),
    ("0", "0"),
    ("1500000", "1500000"),
    ("£1,500,000", "1500000"),
    ("1 500 000", "1500000"),
    ("1.5m", "1500000"),
    ("£1.5 million", "1500000"),
    ("1.5 mil", "1500000"),
    ("2bn", "2000000000"),
    ("£ 250 k", "250000"),
    ("1.125m", "1125000"),
    ("12,500.50", "12500.5"),
    ("0.05", "0.05"),
    ("1,5m", "Did you mean £1.5 million or £15 million?"),
    ("12,50", "Did you mean £12.50 or £1,250?"),
    ("£1,5", "Did you mean £1.50 or £15?"),
    ("1.500", "Did you mean £1,500? Use commas between thousands"),
    ("1,500,00", EXAMPLE),
    ("10,00,0", EXAMPLE),
    ("1.234,56", EXAMPLE),
    ("15 00", EXAMPLE),
    ("much", EXAMPLE),
    ("1e9", EXAMPLE),
    ("NaN", EXAMPLE),
    ("٣", EXAMPLE),
    ("--5", EXAMPLE),
    ("1.0055", PENCE),
    ("9" * 15, "Enter an amount under £1 trillion"),
]
NEGATIVE = [("-250", "-250"), ("(900)", "-900"), ("−£1.5m", "-1500000"), ("(£2,000)", "-2000")]


def cleaned(field, text):
    """The amount as text, or the error."""
    try:
        value = field.clean(text)
    except ValidationError as error:
        return " ".join(error.messages)
    return None if value is None else f"{value.normalize():f}"


def admin_field(inline, name):
    """The form field of a column in the inline rows of a project in the admin."""
    return inline(Hub, admin.site).formfield_for_dbfield(inline.model._meta.get_field(name), RequestFactory().get("/"))


POUNDS = {
    "budget of a year": YearRow.base_fields["budget"],
    "budget of a year in the admin": admin_field(AnnualCostInline, "budget"),
    "cost in the admin": admin_field(CostEstimateInline, "amount_pounds"),
    "funding in the admin": admin_field(FundingLineInline, "amount_pounds"),
}
CREDITS = {
    "actual of a year": YearRow.base_fields["actual"],
    "forecast of a year in the admin": admin_field(AnnualCostInline, "forecast"),
    "benefit": BenefitForm.base_fields["latest"],
    "benefit in the admin": admin_field(BenefitInline, "latest"),
}


@pytest.mark.parametrize("name", POUNDS)
def test_pounds_are_read_in_common_spellings_everywhere(name):
    field = POUNDS[name]
    field.required = False
    assert [(text, cleaned(field, text)) for text, _amount in SPELLINGS] == SPELLINGS
    assert cleaned(field, "-250") == "Amount must be 0 or more"


@pytest.mark.parametrize("name", CREDITS)
def test_credits_are_read_where_they_can_be(name):
    assert [(text, cleaned(CREDITS[name], text)) for text, _amount in NEGATIVE] == NEGATIVE
    has_pounds = isinstance(CREDITS[name], PoundsField)
    pounds = "£" if has_pounds else ""
    pence = "12.50" if has_pounds else "12.5"
    assert cleaned(CREDITS[name], "12,5") == f"Did you mean {pounds}{pence} or {pounds}125?"
    assert cleaned(CREDITS[name], "1,234.5") == "1234.5"


AMOUNTS = st.decimals(Decimal("-999999999999.99"), Decimal("999999999999.99"), places=2)


@pytest.mark.parametrize("field", [AmountField(can_be_negative=True), PoundsField(can_be_negative=True)])
@given(amount=AMOUNTS)
def test_amount_shown_in_a_form_is_read_back(field, amount):
    assert field.clean(field.prepare_value(amount)) == amount


@pytest.mark.django_db
class TestCredits:
    @pytest.fixture
    def hub(self):
        return HubFactory()

    def test_year_below_zero_is_saved_and_counted(self, office_client, hub):
        AnnualCost.objects.create(project=hub, year=2025, actual=1_000)
        typed = {
            "version": hub.version,
            "years-TOTAL_FORMS": 2,
            "years-INITIAL_FORMS": 0,
            "years-0-year": "2025/26",
            "years-0-actual": "1,000",
            "years-1-year": "2026/27",
            "years-1-actual": "-250",
            "years-1-forecast": "(900)",
        }
        answer = office_client.post(reverse("projects:finance_edit", args=[hub.slug]), typed)
        assert answer.status_code == 302
        year = hub.annual_costs.get(year=2026)
        assert (year.actual, year.forecast) == (-250, -900)
        assert AnnualCost.objects.totals()["actual"] == 750
        page = office_client.get(reverse("projects:finance", args=[hub.slug])).content.decode()
        assert "-£250" in page and "£750" in page and "£-" not in page

    def test_budget_below_zero_is_refused(self, hub):
        with pytest.raises(ValidationError, match="Budget must be 0 or more"):
            AnnualCost(project=hub, year=2026, budget=-1).full_clean()
        with pytest.raises(IntegrityError), transaction.atomic():
            AnnualCost.objects.create(project=hub, year=2026, budget=-1)


def test_amount_below_zero_has_no_bar_and_a_label():
    assert [bar.height for bar in bars([("a", Decimal(-250)), ("b", Decimal(500))]).bars] == [0, 120]
    assert [bar.height for bar in bars([("a", Decimal(-250))]).bars] == [0]
    assert money(Decimal(-250)) == "-£250"
    assert money(Decimal(-2_400_000)) == "-£2.4m"
    assert money(Decimal("-0.30")) == "£0"
    assert variance_label(Decimal(-2_400_000)) == "£2.4m under"
