"""Capital figures of a project."""

import datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.accounts.models import Role
from projects.change_requests.services import request_budget
from projects.finance.summary import finance_summary
from projects.models import AnnualCost, FundingStatus, Project
from projects.models.finance import known_sum
from projects.reporting import workflow
from projects.versions import last_save
from tests.conftest import signed_in
from tests.factories import FundingLineFactory, HubFactory, RiskFactory, reported
from tests.forms import fields_of
from tests.periods import month

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


amounts = st.none() | st.decimals(0, 10**9, places=2)


class TestFinance:
    @pytest.fixture
    def hub(self, trust):
        return HubFactory(lead_organisation=trust, approved_budget=10_000_000)

    def url(self, hub):
        return reverse("projects:finance_edit", args=[hub.slug])

    def send(self, client, hub, *rows, **values):
        data = {"approved_budget": "10,000,000"}
        data |= {"years-TOTAL_FORMS": str(len(rows)), "years-INITIAL_FORMS": "0"}
        for number, row in enumerate(rows):
            for name, value in zip(("year", "budget", "forecast", "actual"), row, strict=True):
                data[f"years-{number}-{name}"] = value
        return client.post(self.url(hub), {**data, **values})

    def test_finance_summary_matches_hand_counted_example(self, hub):
        """£10m approved; £6m + £7.1m forecast is £3.1m over; £4m of it is secured, so £9.1m is the gap."""
        AnnualCost.objects.create(project=hub, year=2026, budget=6_000_000, forecast=6_000_000, actual=1_250_000)
        AnnualCost.objects.create(project=hub, year=2027, budget=4_000_000, forecast=7_100_000)
        FundingLineFactory(project=hub, amount_pounds=4_000_000, status=FundingStatus.SECURED)
        FundingLineFactory(project=hub, amount_pounds=5_000_000, status=FundingStatus.APPLIED_FOR)
        FundingLineFactory(project=hub, amount_pounds=None, status=FundingStatus.IDENTIFIED)
        money = finance_summary(hub)
        assert money.total.forecast == Decimal("13100000")
        assert money.total.actual == Decimal("1250000")
        assert [year.variance for year in money.years] == [0, Decimal("3100000")]
        assert (money.costs.variance, money.funding_gap) == (Decimal("3100000"), Decimal("9100000"))

    def test_finance_summary_leaves_unknown_figures_blank(self):
        money = finance_summary(HubFactory())
        assert (money.costs.variance, money.funding_gap, money.total.forecast, money.capital_needed) == (
            None,
            None,
            None,
            None,
        )

    def test_saving_unchanged_finance_adds_no_history(self, office_client, hub):
        assert self.send(office_client, hub, ("2026/27", "6m", "", "")).status_code == 302
        years = AnnualCost.history.count()
        assert self.send(office_client, hub, ("2026/27", "6,000,000", "", "")).status_code == 302
        assert (hub.history.count(), AnnualCost.history.count()) == (1, years)

    def test_contributor_saves_annual_costs(self, contributor_client, hub, viewer_client):
        rows = [("2026/27", "", "£6,000,000", "1,250,000"), ("2027/28", "", "7.1m", ""), ("", "", "", "")]
        assert self.send(contributor_client, hub, *rows).status_code == 302
        stored = list(AnnualCost.objects.values_list("year", "budget", "forecast", "actual"))
        assert stored == [
            (2026, None, Decimal(6_000_000), Decimal(1_250_000)),
            (2027, None, Decimal(7_100_000), None),
        ]
        page = viewer_client.get(reverse("projects:finance", args=[hub.slug])).content.decode()
        assert "£3.1m over" in page and "£13,100,000" in page

    def test_only_programme_office_changes_budget_of_a_year(self, contributor_client, office_client, hub):
        AnnualCost.objects.create(project=hub, year=2026, budget=6_000_000, forecast=1)
        page = contributor_client.get(self.url(hub))
        assertContains(page, "£6,000,000")
        assertNotContains(page, "years-0-budget")
        sent = fields_of(page)
        posted = sent | {
            "years-0-budget": "9m",
            "years-0-forecast": "",
            "years-1-year": "2027/28",
            "years-1-budget": "4",
        }
        assert contributor_client.post(self.url(hub), posted).status_code == 302
        assert hub.annual_costs.values_list("year", "budget", "forecast").get() == (2026, 6_000_000, None)
        for year in ("", "2028/29"):
            page = contributor_client.post(self.url(hub), sent | {"years-0-year": year, "years-0-forecast": ""})
            assertContains(page, "Year must be 2026/27: only the programme office can change its budget")
        sent = fields_of(office_client.get(self.url(hub)))
        assert office_client.post(self.url(hub), sent | {"years-0-budget": "9m"}).status_code == 302
        assert hub.annual_costs.get().budget == 9_000_000

    def test_contributor_cannot_change_approved_budget_and_programme_office_can(
        self, contributor_client, office_client, hub
    ):
        posted = {"approved_budget": "20m", "approved_budget_on": "2026-11-01"}
        assert self.send(contributor_client, hub, ("2026/27", "1", "", ""), **posted).status_code == 302
        hub.refresh_from_db()
        assert (hub.approved_budget, hub.approved_budget_on) == (10_000_000, None)
        page = contributor_client.get(self.url(hub))
        assertContains(page, "Only the programme office can change the approved budget")
        assertNotContains(page, 'name="approved_budget"')
        assert not hub.decisions.exists()
        page = self.send(office_client, hub, ("2026/27", "1", "", ""), approved_budget="20m")
        assert page.context["form"].errors == {
            "approved_budget_on": ["Enter when this was approved"],
            "approved_by": ["Enter who approved this"],
        }
        self.send(office_client, hub, ("2026/27", "1", "", ""), **posted, approved_by="Capital Board")
        hub.refresh_from_db()
        assert (hub.approved_budget, hub.approved_budget_on) == (20_000_000, datetime.date(2026, 11, 1))
        decision = hub.decisions.get()
        assert (decision.title, decision.decided_by, decision.decided_on) == (
            "Approved budget changed from £10m to £20m",
            "Capital Board",
            datetime.date(2026, 11, 1),
        )

    def test_office_clears_approved_budget_with_a_decision(self, office_client, hub):
        page = self.send(office_client, hub, approved_by="Capital Board")
        assert list(page.context["form"].errors) == ["approved_by"]
        page = self.send(office_client, hub, approved_budget_on="2099-01-01")
        assert list(page.context["form"].errors) == ["approved_budget_on"]
        row = ("", "", "", "")
        page = self.send(office_client, hub, row, approved_budget="")
        assert list(page.context["form"].errors) == ["approved_budget_on", "approved_by"]
        approval = {"approved_budget_on": "2026-11-01", "approved_by": "Capital Board"}
        assert self.send(office_client, hub, row, approved_budget="", **approval).status_code == 302
        hub.refresh_from_db()
        assert (hub.approved_budget, hub.approved_budget_on) == (None, None)
        title, decided_on = hub.decisions.values_list("title", "decided_on").get()
        assert (title, decided_on) == ("Approved budget of £10m withdrawn", datetime.date(2026, 11, 1))

    def test_form_shows_waiting_request(self, office_client, contributor_client, hub):
        request_budget(hub, contributor_client.user, pounds=12_000_000, why="Steel costs more")
        text = "A request to change the approved budget to £12m is awaiting a decision"
        for client, decides in ((contributor_client, False), (office_client, True)):
            page = client.get(self.url(hub))
            assertContains(page, text)
            assert ("Record decision" in page.content.decode()) is decides

    def test_each_figure_has_label_with_column_and_row(self, office_client, hub):
        page = office_client.get(self.url(hub)).content.decode()
        for label in ("Year, row 1", "Budget, row 1", "Forecast, row 2", "Actual, row 3"):
            assert f">{label}</label>" in page

    def test_emptied_row_is_deleted_and_unchanged_row_is_not_saved(self, office_client, hub):
        cost = AnnualCost.objects.create(project=hub, year=2026, budget=1)
        AnnualCost.objects.create(project=hub, year=2027, budget=2)
        self.send(office_client, hub, ("2026/27", "1", "", ""), ("2027/28", "", "", ""))
        assert list(AnnualCost.objects.all()) == [cost]
        assert cost.history.count() == 1

    @pytest.mark.parametrize(
        ("row", "name"),
        [
            (("", "1m", "", ""), "year"),
            (("2026/29", "1m", "", ""), "year"),
            (("2026/27", "lots", "", ""), "budget"),
            (("2026/27", "-5", "", ""), "budget"),
        ],
    )
    def test_error_is_shown_with_its_field_and_nothing_changes(self, office_client, hub, row, name):
        page = self.send(office_client, hub, row, approved_budget="20m")
        assert list(page.context["years"].forms[0].errors) == [name]
        assert all(value in page.content.decode() for value in row if value)
        hub.refresh_from_db()
        assert hub.approved_budget == 10_000_000
        assert not AnnualCost.objects.exists()

    def test_repeated_year_is_rejected(self, contributor_client, hub):
        page = self.send(contributor_client, hub, ("2026/27", "1", "", ""), ("2026/27", "2", "", ""))
        assert "2026/27 is already in another row" in page.content.decode()

    @pytest.mark.parametrize("total", ["x", "-1", "99999", ""])
    def test_invalid_grid_is_shown_again_and_changes_nothing(self, contributor_client, hub, total):
        page = self.send(contributor_client, hub, approved_budget="20m", **{"years-TOTAL_FORMS": total})
        assertContains(page, "There is a problem")
        hub.refresh_from_db()
        assert hub.approved_budget == 10_000_000

    @pytest.fixture
    def colleague_client(self, db):
        return signed_in(role=Role.PROGRAMME_OFFICE)

    def test_changes_of_two_people_are_both_saved(self, office_client, colleague_client, hub):
        for year in (2026, 2027, 2028):
            AnnualCost.objects.create(project=hub, year=year, budget=1)
        sent = fields_of(office_client.get(self.url(hub)))
        theirs = {"cost_notes": "Theirs", "years-0-forecast": "5m", "years-2-year": "", "years-2-budget": ""}
        theirs |= {"years-3-year": "2029/30", "years-3-budget": "9m", "years-4-year": "2030/31", "years-4-budget": "3"}
        colleague_client.post(self.url(hub), sent | theirs)
        mine = {"years-0-actual": "2m", "years-1-budget": "7m", "years-3-year": "2029/30", "years-3-actual": "4"}
        answer = office_client.post(self.url(hub), sent | mine, follow=True)
        assertContains(answer, "together with changes by")
        hub.refresh_from_db()
        assert hub.cost_notes == "Theirs"
        assert list(hub.annual_costs.values_list("year", "budget", "forecast", "actual")) == [
            (2026, 1, 5_000_000, 2_000_000),
            (2027, 7_000_000, None, None),
            (2029, 9_000_000, None, 4),
            (2030, 3, None, None),
        ]

    def test_figure_that_both_changed_is_asked(self, office_client, colleague_client, hub):
        AnnualCost.objects.create(project=hub, year=2026, budget=1)
        sent = fields_of(office_client.get(self.url(hub)))
        colleague_client.post(self.url(hub), sent | {"years-0-budget": "2m"})
        page = office_client.post(self.url(hub), sent | {"years-0-budget": "3m", "years-0-actual": "1m"})
        assertContains(page, "Budget, 2026/27", status_code=409)
        assert page.context["heading"].startswith(f"{colleague_client.user} changed this project at")
        choice = {"choose-years-0-budget": "theirs"}
        assert office_client.post(self.url(hub), fields_of(page) | choice).status_code == 302
        assert hub.annual_costs.values_list("budget", "actual").get() == (2_000_000, 1_000_000)

    def test_year_is_not_renamed_to_one_that_someone_added(self, office_client, colleague_client, hub):
        AnnualCost.objects.create(project=hub, year=2025, budget=1)
        sent = fields_of(office_client.get(self.url(hub)))
        colleague_client.post(self.url(hub), sent | {"years-1-year": "2026/27", "years-1-budget": "5m"})
        page = office_client.post(self.url(hub), sent | {"years-0-year": "2026/27"})
        assertContains(page, "Someone has added 2026/27")
        assert list(hub.annual_costs.values_list("year", "budget")) == [(2025, 1), (2026, 5_000_000)]

    def test_saving_finance_keeps_report_returned_since(self, contributor_client, office_client, hub, monkeypatch):
        """The form of the project writes nothing that returning its report writes."""
        report = reported(workflow.start_report(hub, month(10), contributor_client.user), contributor_client.user)
        assert Project.objects.get(pk=hub.pk).current_report == report

        def return_report(project):
            workflow.return_report(report, office_client.user, "Say more")
            return last_save(project)

        monkeypatch.setattr("projects.finance.views.last_finance_save", return_report)
        assert self.send(contributor_client, hub, ("2026/27", "", "1", "")).status_code == 302
        project = Project.objects.get(pk=hub.pk)
        assert (project.current_report, project.trend, project.annual_costs.count()) == (None, "", 1)

    def test_viewer_cannot_edit_and_visitor_cannot_read_finance(self, viewer_client, client, hub):
        typed = {"approved_budget": "1", "years-TOTAL_FORMS": "0", "years-INITIAL_FORMS": "0"}
        for answer in (viewer_client.get(self.url(hub)), viewer_client.post(self.url(hub), typed)):
            assertContains(answer, "You can view this, but not change it", status_code=403)
        hub.refresh_from_db()
        assert hub.approved_budget == 10_000_000
        page = reverse("projects:finance", args=[hub.slug])
        assertRedirects(client.get(page), f"{reverse('account_login')}?next={page}")
        hidden = HubFactory(published=False, restricted=True)
        page = reverse("projects:finance", args=[hidden.slug])
        assertContains(viewer_client.get(page), "Page not found", status_code=404)

    def test_finance_page_charts_forecast_of_each_report(self, office_client, hub):
        for number, forecast in ((9, 9_000_000), (10, 12_000_000)):
            AnnualCost.objects.update_or_create(project=hub, year=2026, defaults={"forecast": forecast})
            RiskFactory(project=hub, likelihood=number - 6, consequence=5)
            report = workflow.start_report(hub, month(number), office_client.user)
            reported(report, office_client.user)
        newest = Project.objects.get(pk=hub.pk).current_report
        assert (newest.frozen_forecast, newest.frozen_budget, newest.frozen_worst_risk) == (12_000_000, 10_000_000, 20)
        page = office_client.get(reverse("projects:finance", args=[hub.slug]))
        assert [(bar.label, bar.value) for bar in page.context["history"].bars] == [
            ("September 2026", 9_000_000),
            ("October 2026", 12_000_000),
        ]

    @pytest.mark.parametrize("fields", [{"budget": -1}, {"year": 1999}])
    def test_database_refuses_invalid_annual_cost(self, hub, fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            AnnualCost.objects.create(project=hub, **{"year": 2026, **fields})

    @pytest.mark.parametrize("rows", [2, 20])
    def test_finance_page_query_count_is_constant(self, viewer_client, hub, rows, django_assert_num_queries):
        for number in range(rows):
            AnnualCost.objects.create(project=hub, year=2026 + number, budget=1, forecast=2)
            FundingLineFactory(project=hub)
        with django_assert_num_queries(11):
            viewer_client.get(reverse("projects:finance", args=[hub.slug]))


@given(st.lists(st.tuples(amounts, amounts), max_size=8))
def test_totals_are_exact_sums_of_known_figures(pairs):
    budgets = [budget for budget, _forecast in pairs]
    known = [budget for budget in budgets if budget is not None]
    assert known_sum(budgets) == (sum(known, Decimal(0)) if known else None)
