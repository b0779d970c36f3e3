"""The timeline: its drawing, its table, and which milestones users see."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains

from projects.milestones.timeline import NEAR, Axis, timeline_of, timeline_of_project
from projects.models import Gate, Project, StatementKind
from tests.conftest import count_a_change
from tests.factories import HubFactory, MilestoneFactory
from tests.release import load_release

pytestmark = pytest.mark.usefixtures("clock")
DAY = datetime.date
TODAY = DAY(2026, 11, 23)
BASELINE, FORECAST, ACTUAL = StatementKind.BASELINE, StatementKind.FORECAST, StatementKind.ACTUAL
LIST = reverse("projects:timeline")


@pytest.fixture
def hub(db):
    return HubFactory(title="Riverside hub", slug="riverside")


def milestone(hub, title="Opening", gate="", public=True, kind="", **dates):
    kind = kind or ("opening" if title == "Opening" else "works")
    made = MilestoneFactory(project=hub, title=title, kind=kind, gate=gate, public=public)
    for kind, on in dates.items():
        made.record_date(kind, on, stated_on=DAY(2026, 1, 1))
    return made


def marks(row):
    return [(mark.kind, mark.label) for mark in row.marks]


class TestRow:
    def test_timeline_draws_baseline_forecast_and_gap(self, hub):
        milestone(hub, baseline=DAY(2027, 1, 1), forecast=DAY(2027, 5, 1))
        drawn = timeline_of_project(hub, AnonymousUser(), on=TODAY)
        (row,) = drawn.rows
        assert marks(row) == [
            ("baseline", "Opening, baseline: 1 Jan 2027"),
            ("forecast", "Opening, forecast: 1 May 2027"),
        ]
        assert [(bar.kind, bar.label) for bar in row.bars] == [("late", "4 months late")]
        (fact,) = drawn.facts
        assert (fact.planned, fact.current, fact.slippage) == ("1 Jan 2027", "Expected 1 May 2027", "4 months late")

    def test_reached_milestone_has_no_forecast_mark(self, hub):
        milestone(hub, baseline=DAY(2026, 5, 1), forecast=DAY(2026, 7, 1), actual=DAY(2026, 4, 1))
        (row,) = timeline_of_project(hub, AnonymousUser(), on=TODAY).rows
        assert [mark.kind for mark in row.marks] == ["baseline", "actual"]
        assert [bar.kind for bar in row.bars] == ["early"]

    def test_milestone_without_baseline_is_labelled_first_planned(self, hub):
        opening = milestone(hub)
        opening.record_date(FORECAST, DAY(2027, 1, 1), stated_on=DAY(2025, 1, 1))
        opening.record_date(FORECAST, DAY(2027, 3, 1), stated_on=DAY(2026, 1, 1))
        (row,) = timeline_of_project(hub, AnonymousUser(), on=TODAY).rows
        assert marks(row)[0] == ("baseline", "Opening, first planned: 1 Jan 2027")

    def test_milestone_with_one_forecast_has_one_mark(self, hub):
        milestone(hub, forecast=DAY(2027, 1, 1))
        (row,) = timeline_of_project(hub, AnonymousUser(), on=TODAY).rows
        assert [mark.kind for mark in row.marks] == ["forecast"] and row.bars == []

    def test_stages_are_drawn_between_gates(self, hub):
        milestone(hub, "OBC", Gate.OBC, actual=DAY(2025, 1, 1))
        milestone(hub, "FBC", Gate.FBC, actual=DAY(2026, 1, 1))
        milestone(hub, "Planning", Gate.PLANNING, actual=DAY(2025, 6, 1))
        milestone(hub, "Handover", Gate.HANDOVER, forecast=DAY(2027, 1, 1))
        stages = timeline_of_project(hub, AnonymousUser(), on=TODAY).rows[0]
        assert stages.title == "Stages"
        assert [(bar.kind, bar.label) for bar in stages.bars] == [
            ("fbc", "Full business case: 1 Jan 2025 to 1 Jan 2026"),
            ("construction", "Construction: 1 Jan 2026 to 1 Jan 2027"),
        ]

    def test_approved_project_is_not_in_construction_before_it_starts(self, hub):
        milestone(hub, "FBC", Gate.FBC, actual=DAY(2026, 5, 1))
        milestone(hub, "Start", Gate.START, forecast=DAY(2027, 5, 1))
        milestone(hub, "Doors open", kind="opening", forecast=DAY(2029, 5, 1))
        drawn = timeline_of_project(hub, AnonymousUser(), on=TODAY)
        assert [(bar.kind, bar.label) for bar in drawn.rows[0].bars] == [
            ("approved", "Approved, not started: 1 May 2026 to 1 May 2027"),
            ("construction", "Construction: 1 May 2027 to 1 May 2029"),
        ]
        assert drawn.stages == [("approved", "Approved, not started"), ("construction", "Construction")]

    def test_date_beyond_the_axis_is_marked_at_its_edge(self, hub):
        milestone(hub, "Renewal", forecast=DAY(2045, 1, 1))
        (row,) = timeline_of_project(hub, AnonymousUser(), on=TODAY).rows
        (mark,) = row.marks
        assert (mark.kind, mark.year, mark.label) == ("after", "2045", "Renewal, forecast: 1 Jan 2045")

    def test_gates_out_of_order_draw_no_negative_stage(self, hub):
        milestone(hub, "OBC", Gate.OBC, actual=DAY(2026, 6, 1))
        milestone(hub, "FBC", Gate.FBC, actual=DAY(2026, 1, 1))
        assert [row.title for row in timeline_of_project(hub, AnonymousUser(), on=TODAY).rows] == ["FBC", "OBC"]


class TestTimeline:
    def test_timeline_rows_are_in_order_of_ids(self, hub):
        other = HubFactory(title="Other")
        assert [row.title for row in timeline_of([other.pk, hub.pk], AnonymousUser(), on=TODAY).rows] == [
            "Other",
            "Riverside hub",
        ]

    def test_timeline_by_quarter_shows_nearby_years_and_table_shows_all(self, hub):
        milestone(hub, "Long ago", actual=DAY(2012, 1, 1))
        milestone(hub, forecast=DAY(2040, 1, 1))
        drawn = timeline_of([hub.pk], AnonymousUser(), on=TODAY, by_quarter=True)
        assert (drawn.axis.first.year, drawn.axis.last.year) == (2026 - NEAR[0], 2026 + NEAR[1])
        assert [(mark.kind, mark.year) for mark in drawn.rows[0].marks] == [("before", "2012"), ("after", "2040")]
        assert [fact.title for fact in drawn.facts] == ["Long ago", "Opening"]
        assert len(drawn.ticks) == 4 * 6

    def test_axis_contains_today_and_whole_years(self, hub):
        milestone(hub, forecast=DAY(2029, 6, 1))
        axis = timeline_of([hub.pk], AnonymousUser(), on=TODAY).axis
        assert (axis.first, axis.last) == (DAY(2026, 1, 1), DAY(2029, 12, 31))

    @pytest.mark.parametrize("rows", [3, 200])
    def test_timeline_query_count_is_constant(self, viewer_client, rows, django_assert_max_num_queries):
        for _ in range(rows):
            hub = HubFactory()
            milestone(hub, baseline=DAY(2027, 1, 1), forecast=DAY(2027, 5, 1))
        viewer_client.get(LIST)
        with django_assert_max_num_queries(9):
            page = viewer_client.get(f"{LIST}?zoom=quarter")
        assert len(page.context["timeline"].rows) == rows


@given(st.dates(DAY(1990, 1, 1), DAY(2060, 12, 31)), st.integers(2000, 2026), st.integers(2026, 2050), st.booleans())
def test_every_day_has_a_position_on_the_axis(day, first, last, by_quarter):
    axis = Axis(DAY(first, 1, 1), DAY(last, 12, 31), by_quarter)
    assert 0 <= axis.position(day) <= axis.width
    assert axis.position(axis.first) == 0
    places = [float(x) for x, _words in axis.ticks()]
    assert places == sorted(places)


class TestPages:
    def test_timeline_filters_and_zooms(self, client, hub):
        milestone(hub, forecast=DAY(2027, 5, 1))
        HubFactory(title="Another")
        page = client.get(LIST, {"q": "riverside", "zoom": "quarter"})
        assert [row.title for row in page.context["timeline"].rows] == ["Riverside hub"]
        assert page.context["timeline"].axis.by_quarter
        assert "q=riverside" in page.context["zooms"][0][1]

    def test_project_list_links_to_timeline_with_its_filters(self, client, hub):
        page = client.get(reverse("projects:hub_list"), {"q": "riverside", "view": "table"}).content.decode()
        assert 'href="/timeline/?q=riverside&amp;kind=hub"' in page

    def test_anonymous_user_does_not_see_partner_milestones_on_timeline(self, client, viewer_client, hub):
        milestone(hub, "Secret approval", public=False, forecast=DAY(2027, 5, 1))
        for url in (LIST, reverse("projects:project_timeline", args=[hub.slug])):
            assert "Secret approval" not in client.get(url).content.decode()
            assert "Secret approval" in viewer_client.get(url).content.decode()

    def test_dates_and_stages_not_yet_reviewed_are_marked(self, client, viewer_client, hub):
        opening = milestone(hub, forecast=DAY(2027, 5, 1))
        project = reverse("projects:project_timeline", args=[hub.slug])
        for url in (LIST, project):
            assertNotContains(viewer_client.get(url), "Not yet reviewed")
        opening.record_date(FORECAST, DAY(2027, 9, 1), stated_on=DAY(2026, 11, 1), accepted_at=None)
        count_a_change()
        assertContains(viewer_client.get(LIST), "Not yet reviewed", count=1)  # in the table
        assertContains(viewer_client.get(project), "Not yet reviewed", count=2)  # in the row too
        hub.stage_statements.create(stage="operational", stated_on=DAY(2026, 11, 1), accepted_at=None)
        hub.refresh_status()
        count_a_change()
        assertContains(viewer_client.get(LIST), "Not yet reviewed", count=2)
        for url in (LIST, project):
            assertNotContains(client.get(url), "Not yet reviewed")

    def test_timeline_excludes_hidden_projects(self, client, viewer_client):
        hidden = HubFactory(title="Hidden", published=False, restricted=True)
        milestone(hidden, forecast=DAY(2027, 5, 1))
        for reader in (client, viewer_client):
            assert "Hidden" not in reader.get(LIST).content.decode()
            assert reader.get(reverse("projects:project_timeline", args=[hidden.slug])).status_code == 404

    def test_anonymous_user_does_not_see_partner_filters(self, client, hub):
        assert "rating" not in client.get(LIST).context["form"].fields

    def test_timeline_without_dates_says_so(self, client, hub):
        page = client.get(reverse("projects:project_timeline", args=[hub.slug]))
        assert "No milestone dates yet" in page.content.decode()

    @pytest.mark.parametrize("query", ["page=0", "page=x", "zoom=%00", "sort=no"])
    def test_timeline_ignores_invalid_input(self, client, hub, query):
        milestone(hub, forecast=DAY(2027, 5, 1))
        assertContains(client.get(f"{LIST}?{query}"), hub.title)

    @pytest.mark.parametrize("query", ["place=atlantis", "q=" + "x" * 500])
    def test_timeline_draws_nothing_for_invalid_filter(self, client, hub, query):
        milestone(hub, forecast=DAY(2027, 5, 1))
        assertNotContains(client.get(f"{LIST}?{query}"), hub.title)


def test_timeline_draws_data_of_release(client, db):

    load_release()
    page = client.get(LIST).content.decode()
    assert page.count('<th scope="row">') == Project.objects.filter(published=True).count()
    scheme = client.get(reverse("projects:project_timeline", args=["lad-asb"])).content.decode()
    assert "Building completed and handed over" in scheme
