"""Status where people look: trends, lists, programmes, comparisons, the reports of a project."""

import datetime

import pytest
import time_machine
from django.core.management import call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from estates_portal.accounts.models import Role, User
from projects.browse.group_summary import roll_up
from projects.detail.status import standing_of
from projects.labels import slippage_words
from projects.models import Project, ReportingPeriod, StatusUpdate, UpdateState
from projects.models.choices import better_or_worse, trend
from projects.reporting import workflow
from projects.reporting.compare import compare, marked
from tests.factories import HubFactory, PlaceFactory, PriorityFactory, ProgrammeFactory, UserFactory, reported
from tests.projects.test_report_form import month

pytestmark = pytest.mark.django_db
LIST = reverse("projects:project_list")
R, A, G, N = "red", "amber", "green", "not_rated"


@pytest.fixture
def office(db):
    return UserFactory(role=Role.PROGRAMME_OFFICE, name="Olive Office")


def rate(project, by, *ratings, accept=False, start=1, **words):
    """Reports of consecutive months from January 2026, each with that overall rating; returns the last."""
    update = None
    for number, rating in enumerate(ratings, start):
        period = ReportingPeriod.objects.filter(slug=f"2026-{number:02}").first() or month(number)
        with time_machine.travel(datetime.datetime(2026, number, 25, 9, tzinfo=datetime.UTC), tick=False):
            typed = {"overall": rating, "summary": f"Month {number}", "path_to_green": "Work", **words}
            update = reported(workflow.start_update(project, period, by), by, by if accept else None, **typed)
    return update


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [(G, A, "worse"), (A, R, "worse"), (R, G, "better"), (A, A, "steady"), (N, R, ""), ("", G, ""), (G, N, "")],
)
def test_better_or_worse(before, now, moved):
    assert better_or_worse(before, now) == moved


@pytest.mark.parametrize(
    ("ratings", "word"),
    [
        ([], ""),
        ([G], "first"),
        ([N, A], "first"),
        ([G, A], "worse"),
        ([R, A], "better"),
        ([A, A], "steady"),
        ([A] * 6, "stale"),
        ([R] * 6, "stale"),
        ([G] * 6, "steady"),
        ([A] * 5, "steady"),
        ([A, A, A, G, A, A], "steady"),
        ([A, N, A], "steady"),
        ([A, N], ""),
    ],
)
def test_trend(ratings, word):
    assert trend(ratings) == word


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (None, ""),
        (0, "on time"),
        (1, "1 day late"),
        (-12, "12 days early"),
        (59, "59 days late"),
        (121, "4 months late"),
    ],
)
def test_slippage_in_words(days, words):
    assert slippage_words(days) == words


class TestProjectPage:
    def test_signed_in_readers_see_where_it_stands(self, viewer_client, office):
        hub = HubFactory()
        rate(hub, office, G, G, A, schedule=R, help_needed="A decision on scope")
        page = viewer_client.get(hub.get_absolute_url()).content.decode()
        assert "Status, March 2026" in page
        assert "worse than last time" in page
        assert "A decision on scope" in page
        assert "Path to green" in page
        assert "not yet reviewed" in page
        assert "January 2026" in page and "Olive Office" in page

    def test_the_public_sees_none_of_it(self, client, office):
        hub = HubFactory()
        rate(hub, office, R, summary="Secretly red")
        page = client.get(hub.get_absolute_url()).content.decode()
        assert "Secretly red" not in page and "Delivery confidence" not in page

    def test_not_reported_is_said(self, viewer_client):
        assert "Not reported yet" in viewer_client.get(HubFactory().get_absolute_url()).content.decode()

    def test_a_correction_stands_in_the_place_of_what_it_corrects(self, viewer_client, office):
        hub = HubFactory()
        wrong = rate(hub, office, G, accept=True)
        draft = workflow.start_correction(wrong, office)
        assert standing_of(hub).update == wrong
        right = reported(draft, office, overall=R, path_to_green="More money")
        assert standing_of(hub).update == right
        assert [point.rating for point in standing_of(hub).points] == [R]
        assert "a correction" in viewer_client.get(hub.get_absolute_url()).content.decode()

    def test_who_may_report_is_led_to_the_form(self, contributor_client, viewer_client, trust):
        hub = HubFactory(lead_organisation=trust)
        period = month(11)
        with time_machine.travel(datetime.datetime(2026, 11, 25, 9, tzinfo=datetime.UTC), tick=False):
            contributor_client.force_login(contributor_client.user)
            url = reverse("projects:report", args=[hub.slug, period.slug])
            assert url in contributor_client.get(hub.get_absolute_url()).content.decode()
        assert url not in viewer_client.get(hub.get_absolute_url()).content.decode()


class TestLists:
    def titles(self, client, query):
        return [row.title for row in client.get(f"{LIST}?{query}").context["rows"]]

    @pytest.fixture
    def some(self, office):
        for title, rating in (("Red one", R), ("Green one", G), ("Grey one", N)):
            rate(HubFactory(title=title), office, rating)
        HubFactory(title="Silent one")

    @pytest.mark.parametrize(
        ("query", "titles"),
        [
            ("rating=red", ["Red one"]),
            ("rating=red&rating=green", ["Green one", "Red one"]),
            ("rating=not_rated", ["Grey one"]),
            ("rating=not_reported", ["Silent one"]),
            ("rating=not_reported&rating=red", ["Red one", "Silent one"]),
            ("rating=purple", ["Green one", "Grey one", "Red one", "Silent one"]),
            ("sort=rating", ["Red one", "Green one", "Grey one", "Silent one"]),
            ("sort=-rating", ["Grey one", "Green one", "Red one", "Silent one"]),
        ],
    )
    def test_filter_and_sort(self, viewer_client, some, query, titles):
        assert self.titles(viewer_client, query) == titles

    def test_rating_and_when_reported_are_columns(self, viewer_client, some):
        page = viewer_client.get(LIST).content.decode()
        assert 'data-label="Confidence"' in page
        assert "25 Jan 2026" in page and "Not reported" in page

    @pytest.mark.parametrize("query", ["rating=red", "sort=rating", "rating=red&sort=-rating"])
    def test_the_public_can_neither_see_nor_ask(self, client, some, query):
        page = client.get(f"{LIST}?{query}")
        assert len(page.context["rows"]) == 4
        assert [row.title for row in page.context["rows"]] == ["Green one", "Grey one", "Red one", "Silent one"]
        assert "app-rating" not in page.content.decode()
        assert "Confidence" not in page.content.decode()
        assert not any(row.rating for row in page.context["rows"])

    def test_other_tables_show_it_too(self, viewer_client, client, some):
        place = Project.objects.get(title="Red one").place
        assert "app-rating--red" in viewer_client.get(place.get_absolute_url()).content.decode()
        assert "app-rating--red" not in client.get(place.get_absolute_url()).content.decode()
        assert "app-rating--red" in viewer_client.get("/search/?q=Red+one").content.decode()
        assert "app-rating--red" not in client.get("/search/?q=Red+one").content.decode()


class TestProgramme:
    @pytest.fixture
    def programme(self, office):
        programme = ProgrammeFactory()
        for title, ratings in (("Worse", (G, A)), ("Red", (R, R)), ("Steady", (A, A)), ("Fine", (A, G)), ("New", ())):
            hub = HubFactory(title=title, programme=programme)
            rate(hub, office, *ratings)
        hidden = HubFactory(title="Hidden", programme=programme, published=False, restricted=True)
        rate(hidden, office, R, R)
        rate(HubFactory(title="Elsewhere"), office, R)
        return programme

    def test_the_numbers_equal_the_rows_that_their_links_show(self, viewer_client, office_client, programme):
        for client in (viewer_client, office_client):
            status = client.get(programme.get_absolute_url()).context["status"]
            for _rating, _words, number, url in status.counts:
                assert len(client.get(url).context["rows"]) == number, url
            assert sum(number for _rating, _words, number, _url in status.counts) == status.total
        assert status.total == 6

    def test_what_needs_attention_and_why(self, viewer_client, programme):
        status = viewer_client.get(programme.get_absolute_url()).context["status"]
        assert (status.worst, [(one.title, one.reasons) for one in status.attention]) == (
            R,
            [("Red", ["Red"]), ("Worse", ["Worse: was green"])],
        )

    def test_the_public_sees_none_of_it(self, client, programme):
        page = client.get(programme.get_absolute_url())
        assert "status" not in page.context
        assert "Needs attention" not in page.content.decode()

    def test_queries_do_not_grow(self, office, django_assert_num_queries):
        programme = ProgrammeFactory()
        for count in (1, 12):
            for _ in range(count):
                rate(HubFactory(programme=programme), office, G, R)
            with django_assert_num_queries(1):
                roll_up(Project.objects.filter(programme=programme), {R: count})


class TestReports:
    def test_all_of_a_project(self, viewer_client, contributor_client, trust, office, django_assert_num_queries):
        hub = HubFactory(lead_organisation=trust)
        rate(hub, office, G, A, R)
        with time_machine.travel(datetime.datetime(2026, 4, 25, 9, tzinfo=datetime.UTC), tick=False):
            draft = workflow.start_update(hub, month(4), office)
        url = reverse("projects:update_list", args=[hub.slug])
        shown = [one.period.name for one in viewer_client.get(url).context["page_obj"]]
        assert shown == ["March 2026", "February 2026", "January 2026"]
        assert contributor_client.get(url).context["page_obj"][0] == draft
        assert viewer_client.get(draft.get_absolute_url()).status_code == 404
        assert contributor_client.get(draft.get_absolute_url()).status_code == 200
        with django_assert_num_queries(5):
            viewer_client.get(url)
        assert (
            "Nothing was reported yet"
            in viewer_client.get(reverse("projects:update_list", args=[HubFactory().slug])).content.decode()
        )

    def test_nothing_of_a_project_that_may_not_be_seen(self, viewer_client, office):
        hub = HubFactory(published=False, restricted=True)
        update = rate(hub, office, G, G)
        for name, args in (("update_list", []), ("update_detail", [update.pk]), ("update_compare", [])):
            assert viewer_client.get(reverse(f"projects:{name}", args=[hub.slug, *args])).status_code == 404

    def test_a_report_under_another_projects_address_is_not_there(self, viewer_client, office):
        update, other = rate(HubFactory(), office, G), HubFactory()
        assert viewer_client.get(reverse("projects:update_detail", args=[other.slug, update.pk])).status_code == 404

    def test_any_two_are_compared(self, viewer_client, office):
        hub = HubFactory()
        rate(hub, office, G, A, R)
        first, _second, third = StatusUpdate.objects.order_by("period__starts_on")
        url = reverse("projects:update_compare", args=[hub.slug])
        page = viewer_client.get(f"{url}?from={first.pk}&to={third.pk}")
        assert (page.context["older"], page.context["newer"]) == (first, third)
        assert page.context["comparison"].ratings[0].moved == "worse"
        assert viewer_client.get(url).context["newer"] == third

    @pytest.mark.parametrize("query", ["from=x&to=y", "from=99999999999999999999", "to=%00"])
    def test_bad_numbers_compare_the_newest(self, viewer_client, office, query):
        hub = HubFactory()
        newest = rate(hub, office, G, A)
        url = reverse("projects:update_compare", args=[hub.slug])
        assert viewer_client.get(f"{url}?{query}").context["newer"] == newest

    def test_nothing_to_compare(self, viewer_client):
        assert viewer_client.get(reverse("projects:update_compare", args=[HubFactory().slug])).status_code == 404

    def test_the_first_report_has_none_before_it(self, viewer_client, office):
        hub = HubFactory()
        rate(hub, office, G)
        url = reverse("projects:update_compare", args=[hub.slug])
        assert "no earlier report" in viewer_client.get(url).content.decode()

    def test_facts_and_milestones_are_beside_each_other(self, office):
        hub = HubFactory(stage="obc")
        older = rate(hub, office, G)
        newer = rate(hub, office, G, start=2, stage="fbc")
        facts = {line.words: (line.older, line.newer, line.moved) for line in compare(older, newer).facts}
        assert facts["Stage"] == ("Outline business case", "Full business case", "changed")


def test_changed_words_are_marked_and_escaped():
    html = marked("The <b>frame</b> is up", "The roof is up")
    assert html == (
        'The <del><span class="nhsuk-u-visually-hidden">removed: </span>&lt;b&gt;frame&lt;/b&gt; </del> '
        '<ins><span class="nhsuk-u-visually-hidden">added: </span>roof </ins>is up'
    )
    assert marked("", "") == ""


@given(st.text(max_size=80), st.text(max_size=80))
def test_marking_never_lets_markup_through(older, newer):
    html = marked(older, newer)
    for part in ("<ins>", "</ins>", "<del>", "</del>", '<span class="nhsuk-u-visually-hidden">', "</span>"):
        html = html.replace(part, "")
    assert "<" not in html and ">" not in html


class TestExamples:
    @pytest.fixture
    def places(self):
        for name, slug in [
            ("Bedford Borough", "bedford-borough"),
            ("Central Bedfordshire", "central-bedfordshire"),
            ("Luton", "luton"),
            ("Milton Keynes", "milton-keynes"),
        ]:
            PlaceFactory(name=name, slug=slug)
        PriorityFactory()

    def test_twelve_months_are_invented_and_taken_away(self, places, office_client):
        call_command("make_example_projects", count=40, on=datetime.date(2026, 11, 23), verbosity=0)
        updates = StatusUpdate.objects.all()
        assert ReportingPeriod.objects.count() == 12
        assert updates.count() > 100
        assert {update.state for update in updates} == {UpdateState.ACCEPTED, UpdateState.SUBMITTED}
        assert set(updates.values_list("project__is_example", flat=True)) == {True}
        assert set(updates.values_list("overall", flat=True)) == {R, A, G}
        for project in Project.objects.filter(current_update__isnull=False):
            assert project.current_update == standing_of(project).update
        assert not User.objects.filter(email__endswith="example@example.org", is_active=True).exists()
        shown = Project.objects.filter(current_update__isnull=False).first()
        assert "Example data" in office_client.get(shown.get_absolute_url()).content.decode()

        call_command("make_example_projects", delete=True, verbosity=0)
        assert not StatusUpdate.objects.exists()
        assert not Project.objects.filter(is_example=True).exists()

    def test_accepted_reports_on_real_projects_stay(self, places, office):
        hub = HubFactory()
        rate(hub, office, G, accept=True)
        call_command("make_example_projects", count=5, on=datetime.date(2026, 11, 23), verbosity=0)
        call_command("make_example_projects", delete=True, verbosity=0)
        assert StatusUpdate.objects.get().project_id == hub.pk
