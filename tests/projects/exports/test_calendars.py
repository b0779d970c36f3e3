"""Calendar feeds of milestones."""

import datetime

import icalendar
import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts.models import Role
from projects.exports.calendars import calendar_of, make_link
from projects.models import CalendarLink, Following
from tests.factories import HubFactory, MilestoneFactory, ProgrammeFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date


class TestCalendar:
    def events(self, client, token, scope="all"):
        response = client.get(reverse("projects:calendar_feed", args=[token, scope]))
        assert response.status_code == 200, scope
        calendar = icalendar.Calendar.from_ical(response.content)
        return list(calendar.walk("VEVENT"))

    def test_event_lasts_as_long_as_its_date_precision(self, client, trust):
        hub = HubFactory(title="Riverside hub")
        for on, precision in ((DAY(2027, 3, 5), "day"), (DAY(2027, 4, 1), "month"), (DAY(2027, 7, 1), "quarter")):
            MilestoneFactory(project=hub, title=precision).record_date("forecast", on, precision)
        day, month_, quarter = self.events(client, make_link(UserFactory()))
        assert (day["DTSTART"].dt, day["DTEND"].dt) == (DAY(2027, 3, 5), DAY(2027, 3, 6))
        assert (month_["DTSTART"].dt, month_["DTEND"].dt) == (DAY(2027, 4, 1), DAY(2027, 5, 1))
        assert (quarter["DTSTART"].dt, quarter["DTEND"].dt) == (DAY(2027, 7, 1), DAY(2027, 10, 1))
        assert day["SUMMARY"] == "Riverside hub: day"
        assert "(April 2027, no exact date)" in month_["SUMMARY"]
        assert day["URL"] == f"http://testserver{hub.get_absolute_url()}"

    def test_calendar_contains_projects_of_its_scope(self, client, trust):
        person = UserFactory(role=Role.CONTRIBUTOR, organisation=trust)
        programme = ProgrammeFactory(slug="renewal")
        followed, own = HubFactory(title="Followed"), HubFactory(title="Own", lead_organisation=trust)
        other = HubFactory(title="Other", programme=programme)
        hidden = HubFactory(title="Hidden", published=False, restricted=True, programme=programme)
        for project in (followed, own, other, hidden):
            MilestoneFactory(project=project, title="Opening", forecast=DAY(2027, 3, 5))
        Following.objects.create(person=person, project=followed)
        token = make_link(person)

        def named(scope):
            return sorted(str(event["SUMMARY"]).split(":")[0] for event in self.events(client, token, scope))

        assert named("mine") == ["Followed", "Own"]
        assert named("all") == ["Followed", "Other", "Own"]
        assert named("renewal") == ["Other"]
        assert client.get(reverse("projects:calendar_feed", args=[token, "nothing"])).status_code == 404

    def test_calendar_of_programme_without_visible_projects_is_404(self, client):
        hub = HubFactory(published=False, restricted=True, programme=ProgrammeFactory(slug="secret"))
        viewer, office = make_link(UserFactory()), make_link(UserFactory(role=Role.PROGRAMME_OFFICE))
        of_viewer, of_office = (reverse("projects:calendar_feed", args=[link, "secret"]) for link in (viewer, office))
        assertContains(client.get(of_viewer), "Page not found", status_code=404)
        assertContains(client.get(of_office), hub.programme.name)
        hub.published = True
        hub.save()
        assertContains(client.get(of_viewer), hub.programme.name)

    def test_calendar_of_hidden_programme_does_not_name_it(self, client):
        HubFactory(published=False, restricted=True, programme=ProgrammeFactory(slug="secret", name="Secret deal"))
        response = client.get(reverse("projects:calendar_feed", args=[make_link(UserFactory()), "secret"]))
        assert response.status_code == 404
        assert "Secret deal" not in response.content.decode() + str(response.headers)

    def test_calendar_of_programme_follows_its_new_slug(self, client):
        programme = ProgrammeFactory(slug="renewal")
        MilestoneFactory(project=HubFactory(programme=programme), forecast=DAY(2027, 3, 5))
        programme.slug = "new-renewal"
        programme.save()
        url = reverse("projects:calendar_feed", args=[make_link(UserFactory()), "renewal"])
        response = client.get(url, follow=True)
        assert response.redirect_chain == [(url.replace("renewal", "new-renewal"), 301)]
        assert b"VEVENT" in response.content

    def test_cancelled_project_is_left_out_and_project_on_hold_is_marked(self, client):
        for state in ("active", "on_hold", "cancelled"):
            MilestoneFactory(project=HubFactory(title=state, delivery_state=state), forecast=DAY(2027, 3, 5), title="M")
        titles = {str(event["SUMMARY"]) for event in self.events(client, make_link(UserFactory()))}
        assert titles == {"active: M", "On hold: on_hold: M"}

    def test_date_known_to_the_year_is_left_out_unless_asked_for(self, client):
        MilestoneFactory().record_date("forecast", DAY(2027, 1, 1), "year")
        url = reverse("projects:calendar_feed", args=[make_link(UserFactory()), "all"])
        assert b"VEVENT" not in client.get(url).content
        (event,) = icalendar.Calendar.from_ical(client.get(url, {"years": "yes"}).content).walk("VEVENT")
        assert event["DTSTART"].dt == DAY(2027, 1, 1) and event["DTEND"].dt == DAY(2028, 1, 1)

    @pytest.mark.parametrize(
        ("date", "more", "expected"),
        [
            (
                ("forecast", DAY(2027, 3, 5)),
                {"stated_on": DAY(2026, 10, 1), "source_url": "https://www.bbc.co.uk/news/1"},
                "Expected 5 March 2027.\nAs at 1 October 2026. Stated by BBC News.\nhttps://www.bbc.co.uk/news/1",
            ),
            (
                ("forecast", DAY(2026, 3, 1), "month"),
                {},
                "Was planned for March 2026. Overdue, no update.\nNot dated. Source not stated.",
            ),
            (
                ("actual", DAY(2026, 3, 5)),
                {"stated_on": DAY(2026, 4, 1)},
                "Reached 5 March 2026.\nAs at 1 April 2026. Source not stated.",
            ),
        ],
    )
    def test_description_has_state_day_of_statement_and_source(self, client, date, more, expected):
        MilestoneFactory().record_date(*date, **more)
        (event,) = self.events(client, make_link(UserFactory()))
        assert event["DESCRIPTION"] == expected

    @pytest.mark.parametrize(
        ("state", "starts"),
        [
            ("on_hold", "Last planned for March 2026.\n"),
            ("complete", "Was planned for March 2026. Not recorded as reached.\n"),
        ],
    )
    def test_past_plan_of_stopped_or_complete_project_is_not_overdue(self, client, state, starts):
        stage = "operational" if state == "complete" else "obc"
        milestone = MilestoneFactory(project=HubFactory(stage=stage, delivery_state=state))
        milestone.record_date("forecast", DAY(2026, 3, 1), "month", stated_on=DAY(2025, 10, 1))
        (event,) = self.events(client, make_link(UserFactory()))
        assert event["DESCRIPTION"].startswith(f"{starts}As at 1 October 2025.")

    def test_changed_date_has_greater_sequence_and_new_time(self, client, clock):
        milestone, token = MilestoneFactory(forecast=DAY(2027, 3, 5)), make_link(UserFactory())
        (before,) = self.events(client, token)
        clock.move_to(datetime.datetime(2026, 11, 25, 9, tzinfo=datetime.UTC))
        milestone.record_date("forecast", DAY(2027, 4, 5), stated_on=DAY(2026, 11, 25))
        (after,) = self.events(client, token)
        assert after["UID"] == before["UID"] and after["SEQUENCE"] > before["SEQUENCE"]
        assert (before["LAST-MODIFIED"].dt.day, after["LAST-MODIFIED"].dt.day) == (23, 25)
        response = client.get(reverse("projects:calendar_feed", args=[token, "all"]))
        assert b"X-PUBLISHED-TTL:PT6H" in response.content

    def test_calendar_link_works_until_renewed_or_revoked_or_user_deactivated(self, viewer_client, client):
        def new_link():
            page = viewer_client.post(reverse("projects:calendar_links"))
            return page.context["urls"][0][1].removeprefix("http://testserver")

        first = new_link()
        assertContains(client.get(first), "BEGIN:VCALENDAR")
        second = new_link()
        assertContains(client.get(first), "Page not found", status_code=404)
        assertContains(client.get(second), "BEGIN:VCALENDAR")
        viewer_client.user.is_active = False
        viewer_client.user.save()
        assertContains(client.get(second), "Page not found", status_code=404)
        viewer_client.user.is_active = True
        viewer_client.user.save()
        viewer_client.force_login(viewer_client.user)
        viewer_client.post(reverse("projects:calendar_links"), {"action": "revoke"})
        assertContains(client.get(second), "Page not found", status_code=404)

    def test_secret_of_link_is_shown_once_and_not_stored(self, viewer_client):
        page = viewer_client.post(reverse("projects:calendar_links"))
        token = page.context["urls"][0][1].split("/")[-2]
        assert token not in CalendarLink.objects.get().digest
        assert token not in viewer_client.get(reverse("projects:calendar_links")).content.decode()

    def test_line_breaks_in_names_are_escaped(self, client):
        hub = HubFactory(title="Hub; with, commas\\ and\nEND:VCALENDAR")
        MilestoneFactory(project=hub, title="Opening", forecast=DAY(2027, 3, 5))
        (event,) = self.events(client, make_link(UserFactory()))
        assert "commas" in event["SUMMARY"] and "END:VCALENDAR" in event["SUMMARY"]

    @pytest.mark.parametrize("rows", [2, 30])
    def test_calendar_query_count_is_constant(self, client, rows, django_assert_num_queries):
        for _ in range(rows):
            MilestoneFactory(forecast=DAY(2027, 3, 5))
        url = reverse("projects:calendar_feed", args=[make_link(UserFactory()), "all"])
        with django_assert_num_queries(6):
            client.get(url)

    def test_calendar_without_events_is_valid(self):
        assert icalendar.Calendar.from_ical(calendar_of([], "Estates", today=DAY(2026, 11, 23))).walk("VEVENT") == []
