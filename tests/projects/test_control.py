"""Risks, money and what a programme manager watches for: worked examples, permissions, bad input."""

import datetime
from decimal import Decimal

import pytest
import time_machine
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from estates_portal.accounts.models import Role
from projects.charts import bars
from projects.fields import PoundsField, YearField
from projects.finance.summary import money_of
from projects.models import (
    AnnualCost,
    Band,
    FundingStatus,
    Project,
    Risk,
    RiskAction,
    band_of,
    financial_year_of,
    year_words,
)
from projects.reporting import workflow
from projects.signs import watched, with_control
from tests.conftest import signed_in
from tests.factories import (
    FundingLineFactory,
    HubFactory,
    OrganisationFactory,
    PlaceFactory,
    PriorityFactory,
    RiskFactory,
    reported,
)
from tests.projects.test_report_form import month

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 23)
LIST = reverse("projects:project_list")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC), tick=False) as clock:
        yield clock


# The 5x5 matrix -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("likelihood", "consequence", "band"),
    [
        (1, 1, Band.LOW),
        (1, 3, Band.LOW),
        (3, 1, Band.LOW),
        (1, 4, Band.MODERATE),
        (2, 3, Band.MODERATE),
        (2, 4, Band.HIGH),
        (3, 3, Band.HIGH),
        (4, 3, Band.HIGH),
        (3, 5, Band.EXTREME),
        (4, 4, Band.EXTREME),
        (5, 5, Band.EXTREME),
    ],
)
def test_scores_are_banded_as_the_nhs_matrix_has_them(likelihood, consequence, band):
    """NPSA, "A risk matrix for risk managers" (2008), table 3: 1-3 low, 4-6 moderate, 8-12 high, 15-25 extreme."""
    risk = RiskFactory(likelihood=likelihood, consequence=consequence)
    assert (risk.score, risk.band) == (likelihood * consequence, band)
    assert list(Risk.objects.in_bands([band])) == [risk]
    assert not Risk.objects.in_bands([other for other in Band if other != band])


def test_every_score_of_the_matrix_has_a_band():
    assert {band_of(a * b) for a in range(1, 6) for b in range(1, 6)} == set(Band)


class TestRegister:
    @pytest.fixture
    def hub(self, trust):
        return HubFactory(title="Acute Services Block", lead_organisation=trust)

    def page(self, hub):
        return reverse("projects:project_risks", args=[hub.slug])

    def typed(self, **words):
        given = {
            "version": "0",
            "kind": "risk",
            "title": "Tender prices rise",
            "likelihood": "4",
            "consequence": "5",
            "escalation": "project",
            "raised_on": "2026-11-01",
            "actions-TOTAL_FORMS": "1",
            "actions-INITIAL_FORMS": "0",
            "actions-0-what": "Early contractor advice",
            "actions-0-due_on": "2026-12-01",
        }
        return {**given, **words}

    def add(self, client, hub, **words):
        return client.post(reverse("projects:risk_add", args=[hub.slug]), self.typed(**words))

    def test_a_contributor_adds_one_with_an_action(self, contributor_client, hub):
        assert self.add(contributor_client, hub).status_code == 302
        risk = Risk.objects.get()
        assert (risk.project_id, risk.score, risk.band) == (hub.pk, 20, Band.EXTREME)
        assert risk.actions.get().due_on == datetime.date(2026, 12, 1)
        page = contributor_client.get(self.page(hub)).content.decode()
        assert "20 Extreme" in page and "Tender prices rise" in page

    def test_an_issue_counts_as_certain(self, contributor_client, hub):
        self.add(contributor_client, hub, kind="issue", likelihood="", consequence="2")
        assert Risk.objects.get().score == 10

    @pytest.mark.parametrize(
        ("words", "field"),
        [
            ({"title": ""}, "title"),
            ({"title": "x\0"}, "title"),
            ({"likelihood": ""}, "likelihood"),
            ({"likelihood": "6"}, "likelihood"),
            ({"consequence": ""}, "consequence"),
            ({"consequence": "9" * 30}, "consequence"),
            ({"inherent_likelihood": "3"}, "inherent_consequence"),
            ({"target_consequence": "3"}, "target_likelihood"),
            ({"raised_on": "soon"}, "raised_on"),
            ({"review_on": "9999-01-01"}, "review_on"),
            ({"closed_on": "2026-11-20"}, "closed_why"),
            ({"closed_on": "2026-12-20", "closed_why": "x"}, "closed_on"),
            ({"escalation": "moon"}, "escalation"),
            ({"kind": "wish"}, "kind"),
        ],
    )
    def test_a_mistake_is_shown_beside_its_field(self, contributor_client, hub, words, field):
        page = self.add(contributor_client, hub, **{"owner": "The director", **words})
        assert field in page.context["form"].errors
        assert "The director" in page.content.decode()
        assert not Risk.objects.exists()

    @pytest.mark.parametrize(
        "words",
        [
            {"actions-0-due_on": "soon"},
            {"actions-0-what": ""},
            {"actions-TOTAL_FORMS": "x"},
            {"actions-TOTAL_FORMS": "99999"},
        ],
    )
    def test_a_mistake_in_an_action_saves_nothing(self, contributor_client, hub, words):
        assert self.add(contributor_client, hub, **words).status_code == 200
        assert not Risk.objects.exists()

    def test_others_read_and_do_not_write(self, viewer_client, other_contributor_client, hub):
        risk = RiskFactory(project=hub, title="Power supply", mitigation="Diesel")
        for client in (viewer_client, other_contributor_client):
            assert self.add(client, hub).status_code == 403
            page = client.get(risk.get_absolute_url())
            assert "Diesel" in page.content.decode() and "<form" not in page.content.decode().split("<main")[1]
            assert client.post(risk.get_absolute_url(), self.typed()).status_code == 403
        assert Risk.objects.count() == 1

    def test_a_risk_of_a_project_that_may_not_be_seen_is_nowhere(self, viewer_client, client):
        hidden = HubFactory(published=False, restricted=True)
        risk = RiskFactory(project=hidden, title="Secret risk")
        assert viewer_client.get(risk.get_absolute_url()).status_code == 404
        assert viewer_client.get(self.page(hidden)).status_code == 404
        everything = viewer_client.get(f"{reverse('projects:risk_list')}?state=all")
        assert "Secret risk" not in everything.content.decode()
        assert sum(cell.number for _words, row in everything.context["heat_map"] for cell in row) == 0
        assert client.get(reverse("projects:risk_list")).status_code == 302

    def test_a_risk_under_another_projects_address_is_not_there(self, office_client):
        risk, other = RiskFactory(), HubFactory()
        assert office_client.get(reverse("projects:risk_edit", args=[other.slug, risk.pk])).status_code == 404

    def test_a_newer_save_is_not_lost(self, contributor_client, office_client, hub):
        risk = RiskFactory(project=hub)
        url = risk.get_absolute_url()
        none = {"actions-TOTAL_FORMS": "0"}
        assert office_client.post(url, self.typed(title="Theirs", **none)).status_code == 302
        page = contributor_client.post(url, self.typed(title="Mine", **none))
        assert "Somebody saved this after you opened it" in page.content.decode()
        assert "Mine" in page.content.decode()
        assert Risk.objects.get().title == "Theirs"

    def test_closing_takes_it_from_the_open_ones(self, contributor_client, hub):
        risk = RiskFactory(project=hub)
        words = {"closed_on": "2026-11-20", "closed_why": "The permission came", "actions-TOTAL_FORMS": "0"}
        contributor_client.post(risk.get_absolute_url(), self.typed(**words))
        assert not contributor_client.get(self.page(hub)).context["rows"]
        assert len(contributor_client.get(f"{self.page(hub)}?state=closed").context["rows"]) == 1

    def test_filters_and_the_heat_maps_links_show_as_many_rows_as_they_say(self, office_client):
        place = PlaceFactory(name="Luton", slug="luton")
        here = HubFactory(place=place)
        for likelihood, consequence in ((1, 1), (3, 4), (3, 4), (5, 5)):
            RiskFactory(project=here, likelihood=likelihood, consequence=consequence, review_on=TODAY)
        RiskFactory(likelihood=3, consequence=4, review_on=datetime.date(2026, 5, 1))
        RiskFactory(review_on=None)
        RiskFactory(kind="issue", likelihood=5, consequence=1, escalation="portfolio", review_on=TODAY)
        url = reverse("projects:risk_list")
        for query, number in {
            "": 7,
            "band=extreme": 1,
            "band=extreme&band=low": 2,
            "kind=issue": 1,
            "review=overdue": 2,
            "escalation=portfolio": 1,
            "place=luton": 4,
            "place=luton&band=high": 2,
            "q=nothing": 0,
            "state=closed": 0,
            "band=x&kind=y&likelihood=9": 7,
        }.items():
            page = office_client.get(f"{url}?{query}")
            assert len(page.context["rows"]) == number, query
            for _words, row in page.context["heat_map"]:
                for cell in row:
                    if cell.number:
                        assert len(office_client.get(url + cell.url).context["rows"]) == cell.number

    def test_the_worst_come_first(self, office_client):
        for likelihood, consequence in ((1, 2), (5, 5), (3, 3)):
            RiskFactory(likelihood=likelihood, consequence=consequence)
        scores = [risk.score for risk, _overdue in office_client.get(reverse("projects:risk_list")).context["rows"]]
        assert scores == [25, 9, 2]

    def test_queries_do_not_grow(self, office_client, django_assert_num_queries):
        url = reverse("projects:risk_list")
        for count in (1, 24):
            for _ in range(count):
                RiskFactory(project=HubFactory(lead_organisation=OrganisationFactory()))
            office_client.get(url)
            with django_assert_num_queries(9):
                office_client.get(url)

    @pytest.mark.parametrize(
        "fields",
        [
            {"likelihood": 0},
            {"consequence": 6},
            {"kind": "wish"},
            {"kind": "issue", "likelihood": 3},
            {"escalation": "moon"},
            {"inherent_likelihood": 3},
            {"closed_on": TODAY},
        ],
    )
    def test_the_database_refuses_what_cannot_be(self, fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            RiskFactory(**fields)

    def test_changes_are_in_the_history(self, viewer_client, contributor_client, hub):
        risk = RiskFactory(project=hub, likelihood=2)
        Risk.history.update(history_date=datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC))
        contributor_client.post(risk.get_absolute_url(), self.typed(**{"actions-TOTAL_FORMS": "0"}))
        page = viewer_client.get(reverse("projects:project_history", args=[hub.slug])).content.decode()
        assert "Risk or issue: Tender prices rise" in page
        assert "2 Unlikely" in page and "4 Likely" in page


# Money --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "year", "words"),
    [
        ((2026, 3, 31), 2025, "2025/26"),
        ((2026, 4, 1), 2026, "2026/27"),
        ((2027, 3, 31), 2026, "2026/27"),
        ((2099, 12, 31), 2099, "2099/00"),
    ],
)
def test_a_financial_year_is_from_1_april_to_31_march(day, year, words):
    assert financial_year_of(datetime.date(*day)) == year
    assert year_words(year) == words


def pounds(text):
    return PoundsField().clean(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("", None),
        ("1500000", "1500000"),
        ("£1,500,000", "1500000"),
        ("1.5m", "1500000"),
        ("£ 250 k", "250000"),
        ("0.05", "0.05"),
        ("3.1M", "3100000"),
        ("2bn", "2000000000"),
        ("0", "0"),
    ],
)
def test_pounds_are_read_as_people_write_them(text, amount):
    assert pounds(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize("text", ["-1", "much", "1.005", "1e9", "NaN", "9" * 20, "1.5mm", "٣", "\0"])
def test_other_pounds_are_refused(text):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        pounds(text)


@pytest.mark.parametrize(("text", "year"), [("2026/27", 2026), ("2026-27", 2026), ("2026", 2026), ("2026/2027", 2026)])
def test_years_are_read(text, year):
    assert YearField().clean(text) == year


@pytest.mark.parametrize("text", ["2026/28", "26/27", "1899/00", "soon", "2026/27/28"])
def test_other_years_are_refused(text):
    from django.core.exceptions import ValidationError

    with pytest.raises(ValidationError):
        YearField().clean(text)


amounts = st.none() | st.decimals(0, 10**9, places=2)


class TestMoney:
    @pytest.fixture
    def hub(self, trust):
        return HubFactory(lead_organisation=trust, approved_budget=10_000_000)

    def url(self, hub):
        return reverse("projects:money_edit", args=[hub.slug])

    def send(self, client, hub, *rows, **words):
        page = client.get(self.url(hub))
        data = {"version": str(page.context["form"]["version"].value()), "approved_budget": "10,000,000"}
        data |= {"years-TOTAL_FORMS": str(len(rows)), "years-INITIAL_FORMS": "0"}
        for number, row in enumerate(rows):
            for name, value in zip(("year", "budget", "forecast", "actual"), row, strict=True):
                data[f"years-{number}-{name}"] = value
        return client.post(self.url(hub), {**data, **words})

    def test_a_worked_example(self, hub):
        """£10m approved; £6m + £7.1m forecast is £3.1m over; £4m of it is secured, so £9.1m is the gap."""
        AnnualCost.objects.create(project=hub, year=2026, budget=6_000_000, forecast=6_000_000, actual=1_250_000)
        AnnualCost.objects.create(project=hub, year=2027, budget=4_000_000, forecast=7_100_000)
        FundingLineFactory(project=hub, amount_pounds=4_000_000, status=FundingStatus.SECURED)
        FundingLineFactory(project=hub, amount_pounds=5_000_000, status=FundingStatus.APPLIED_FOR)
        FundingLineFactory(project=hub, amount_pounds=None)
        money = money_of(hub)
        assert money.total.forecast == Decimal("13100000")
        assert money.total.actual == Decimal("1250000")
        assert [year.variance for year in money.years] == [0, Decimal("3100000")]
        assert (money.variance, money.gap) == (Decimal("3100000"), Decimal("9100000"))

    def test_what_is_not_known_is_not_made_up(self):
        money = money_of(HubFactory())
        assert (money.variance, money.gap, money.total.forecast, money.needed) == (None, None, None, None)

    def test_a_contributor_fills_the_grid(self, contributor_client, hub, viewer_client):
        rows = [("2026/27", "6m", "£6,000,000", "1,250,000"), ("2027/28", "4m", "7.1m", ""), ("", "", "", "")]
        assert self.send(contributor_client, hub, *rows).status_code == 302
        stored = list(AnnualCost.objects.values_list("year", "budget", "forecast", "actual"))
        assert stored == [
            (2026, Decimal(6_000_000), Decimal(6_000_000), Decimal(1_250_000)),
            (2027, Decimal(4_000_000), Decimal(7_100_000), None),
        ]
        page = viewer_client.get(reverse("projects:project_money", args=[hub.slug])).content.decode()
        assert "£3.1m" in page and "Over the approved budget" in page and "£13,100,000" in page

    def test_a_row_that_is_emptied_goes_and_one_that_is_not_changed_is_not_saved(self, contributor_client, hub):
        kept = AnnualCost.objects.create(project=hub, year=2026, budget=1)
        AnnualCost.objects.create(project=hub, year=2027, budget=2)
        self.send(contributor_client, hub, ("2026/27", "1", "", ""), ("2027/28", "", "", ""))
        assert list(AnnualCost.objects.all()) == [kept]
        assert kept.history.count() == 1

    @pytest.mark.parametrize(
        ("row", "name"),
        [
            (("", "1m", "", ""), "year"),
            (("2026/29", "1m", "", ""), "year"),
            (("2026/27", "lots", "", ""), "budget"),
            (("2026/27", "", "-5", ""), "forecast"),
        ],
    )
    def test_a_mistake_is_shown_beside_its_field_and_changes_nothing(self, contributor_client, hub, row, name):
        page = self.send(contributor_client, hub, row, approved_budget="20m")
        assert list(page.context["years"].forms[0].errors) == [name]
        assert all(value in page.content.decode() for value in row if value)
        hub.refresh_from_db()
        assert hub.approved_budget == 10_000_000
        assert not AnnualCost.objects.exists()

    def test_a_year_twice_is_refused(self, contributor_client, hub):
        page = self.send(contributor_client, hub, ("2026/27", "1", "", ""), ("2026/27", "2", "", ""))
        assert "2026/27 is there twice" in page.content.decode()

    @pytest.mark.parametrize("total", ["x", "-1", "99999", ""])
    def test_a_broken_grid_is_no_failure(self, contributor_client, hub, total):
        assert self.send(contributor_client, hub, **{"years-TOTAL_FORMS": total}).status_code == 200

    def test_a_newer_save_is_not_lost(self, contributor_client, hub):
        Project.objects.filter(pk=hub.pk).update(version=7)
        page = self.send(contributor_client, hub, ("2026/27", "1", "", ""), version="3")
        assert "saved this project" in page.content.decode()
        assert not AnnualCost.objects.exists()

    def test_others_do_not_write_and_nobody_reads_without_signing_in(self, viewer_client, client, hub):
        assert viewer_client.get(self.url(hub)).status_code == 403
        assert viewer_client.post(self.url(hub), {}).status_code == 403
        assert client.get(reverse("projects:project_money", args=[hub.slug])).status_code == 302
        hidden = HubFactory(published=False, restricted=True)
        assert viewer_client.get(reverse("projects:project_money", args=[hidden.slug])).status_code == 404

    def test_the_forecast_of_each_report_is_kept_and_drawn(self, office_client, hub):
        for number, forecast in ((9, 9_000_000), (10, 12_000_000)):
            AnnualCost.objects.update_or_create(project=hub, year=2026, defaults={"forecast": forecast})
            RiskFactory(project=hub, likelihood=number - 6, consequence=5)
            update = workflow.start_update(hub, month(number), office_client.user)
            reported(update, office_client.user)
        newest = Project.objects.get(pk=hub.pk).current_update
        assert (newest.frozen_forecast, newest.frozen_budget, newest.frozen_worst_risk) == (12_000_000, 10_000_000, 20)
        page = office_client.get(reverse("projects:project_money", args=[hub.slug]))
        assert [(bar.words, bar.value) for bar in page.context["history"].bars] == [
            ("September 2026", 9_000_000),
            ("October 2026", 12_000_000),
        ]

    @pytest.mark.parametrize("fields", [{"budget": -1}, {"forecast": -1}, {"actual": -1}, {"year": 1999}])
    def test_the_database_refuses_what_cannot_be(self, hub, fields):
        with pytest.raises(IntegrityError), transaction.atomic():
            AnnualCost.objects.create(project=hub, **{"year": 2026, **fields})

    @pytest.mark.parametrize("rows", [2, 20])
    def test_queries_do_not_grow(self, viewer_client, hub, rows, django_assert_num_queries):
        for number in range(rows):
            AnnualCost.objects.create(project=hub, year=2026 + number, budget=1, forecast=2)
            FundingLineFactory(project=hub)
        with django_assert_num_queries(7):
            viewer_client.get(reverse("projects:project_money", args=[hub.slug]))


@given(st.lists(st.tuples(amounts, amounts), max_size=8))
def test_totals_are_the_sums_of_what_is_known_to_the_penny(pairs):
    from projects.finance.summary import _sum

    budgets = [budget for budget, _forecast in pairs]
    known = [budget for budget in budgets if budget is not None]
    assert _sum(budgets) == (sum(known, Decimal(0)) if known else None)


@given(st.lists(st.decimals(0, 10**9, places=2), min_size=1, max_size=12), st.none() | st.decimals(1, 10**9, places=2))
def test_bars_stay_within_their_picture(values, line):
    drawn = bars([(str(number), value) for number, value in enumerate(values)], line)
    for bar in drawn.bars:
        assert bar.x >= 0 and bar.x + bar.width <= drawn.width + 0.2
        assert bar.y >= -0.1 and bar.y + bar.height <= drawn.height + 0.2
    assert drawn.line is None or -0.1 <= drawn.line <= drawn.height


def test_no_bars_of_nothing():
    assert bars([]) is None
    assert bars([("a", Decimal(0))]).bars[0].height == 0


# What to watch for --------------------------------------------------------------------------------------------------


class TestWatch:
    @pytest.fixture
    def some(self, office_client):
        names = ("Slipping", "Over", "Risky", "Unreviewed", "Fine")
        hubs = {name: HubFactory(title=name, approved_budget=100) for name in names}
        update = workflow.start_update(hubs["Slipping"], month(10), office_client.user)
        update = reported(update, office_client.user)
        type(update).objects.filter(pk=update.pk).update(frozen_slippage_days=91)
        AnnualCost.objects.create(project=hubs["Over"], year=2026, forecast=60)
        AnnualCost.objects.create(project=hubs["Over"], year=2027, forecast=Decimal("40.01"))
        RiskFactory(project=hubs["Risky"], likelihood=3, consequence=5, review_on=TODAY)
        RiskFactory(project=hubs["Unreviewed"], likelihood=1, review_on=TODAY - datetime.timedelta(days=1))
        AnnualCost.objects.create(project=hubs["Fine"], year=2026, forecast=100)
        RiskFactory(project=hubs["Fine"], likelihood=2, consequence=5, review_on=TODAY)
        RiskFactory(project=hubs["Fine"], likelihood=5, consequence=5, closed_on=TODAY, closed_why="Gone")
        return hubs

    @pytest.mark.parametrize(
        ("signs", "titles"),
        [
            (["slipping"], ["Slipping"]),
            (["over_budget"], ["Over"]),
            (["extreme_risk"], ["Risky"]),
            (["review_overdue"], ["Unreviewed"]),
            (["over_budget", "extreme_risk"], ["Over", "Risky"]),
            ([], []),
        ],
    )
    def test_each_sign_finds_its_projects(self, some, signs, titles):
        found = watched(Project.objects.all(), signs, TODAY)
        assert [project.title for project in found.order_by("title")] == titles

    def test_in_the_list_as_filter_and_column(self, viewer_client, client, some):
        rows = viewer_client.get(f"{LIST}?watch=over_budget&watch=slipping").context["rows"]
        assert [(row.title, row.signs) for row in rows] == [
            ("Over", ("£0 over budget",)),
            ("Slipping", ("Slipping 3 months",)),
        ]
        rows = {row.title: row.signs for row in viewer_client.get(LIST).context["rows"]}
        assert rows["Risky"] == ("Extreme risk",)
        assert rows["Unreviewed"] == ("Review overdue",)
        assert rows["Fine"] == ()
        public = client.get(f"{LIST}?watch=over_budget")
        assert len(public.context["rows"]) == 5
        assert "over budget" not in public.content.decode()

    def test_on_the_projects_page(self, viewer_client, client, some):
        page = viewer_client.get(some["Risky"].get_absolute_url()).content.decode()
        assert "15 Extreme" in page
        assert "15 Extreme" not in client.get(some["Risky"].get_absolute_url()).content.decode()
        unreviewed = viewer_client.get(some["Unreviewed"].get_absolute_url()).content.decode()
        assert "1 review overdue" in unreviewed

    def test_figures_are_of_each_project_alone(self, some):
        found = {one.title: one for one in with_control(Project.objects.all(), TODAY)}
        assert (found["Over"].forecast_total, found["Over"].worst_score) == (Decimal("100.01"), None)
        assert (found["Fine"].open_risks, found["Fine"].worst_score, found["Fine"].reviews_overdue) == (1, 10, 0)
        assert (found["Slipping"].forecast_total, found["Slipping"].open_risks) == (None, 0)


def test_the_example_portfolio_has_risks_and_money(db):
    for name in ("bedford-borough", "central-bedfordshire", "luton", "milton-keynes"):
        PlaceFactory(name=name, slug=name)
    PriorityFactory()
    call_command("make_example_projects", count=30, on=TODAY, verbosity=0)
    assert set(Risk.objects.values_list("project__is_example", flat=True)) == {True}
    assert AnnualCost.objects.exists() and RiskAction.objects.exists()
    assert {risk.band for risk in Risk.objects.all()} >= {Band.HIGH, Band.EXTREME}
    call_command("make_example_projects", delete=True, verbosity=0)
    assert not Risk.objects.exists() and not AnnualCost.objects.exists()


def test_contributors_of_a_partner_write_too(trust):
    hub = HubFactory()
    hub.partner_organisations.add(trust)
    client = signed_in(role=Role.CONTRIBUTOR, organisation=trust)
    assert client.get(reverse("projects:risk_add", args=[hub.slug])).status_code == 200
    assert client.get(reverse("projects:money_edit", args=[hub.slug])).status_code == 200
