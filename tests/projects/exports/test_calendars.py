"""Calendar feeds of milestones."""

import datetime
import logging
import sys

import icalendar
import pytest
from django.urls import reverse
from pytest_django.asserts import assertContains

from estates_portal.accounts.models import Role
from estates_portal.logs import MaskSecrets
from projects.exports.calendars import calendar_of, make_link
from projects.exports.forms import MAX_LINKS
from projects.models import CalendarLink, Following
from tests.factories import HubFactory, MilestoneFactory, ProgrammeFactory, UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
DAY = datetime.date


LINKS = reverse("projects:calendar_links")


class TestLinks:
    """The user's page of calendar links."""

    def create(self, client, name):
        """The address of the calendar of all projects, from the page after creating a link."""
        response = client.post(LINKS, {"name": name})
        assert response.status_code == 302
        return dict(client.get(LINKS).context["urls"])["All projects"].removeprefix("http://testserver")

    def test_each_device_has_a_link_of_its_own(self, viewer_client, client):
        outlook, phone = self.create(viewer_client, "Outlook"), self.create(viewer_client, "  My   phone ")
        assert [client.get(url).status_code for url in (outlook, phone)] == [200, 200]
        page = viewer_client.get(LINKS)
        assertContains(page, "My phone")
        link = CalendarLink.objects.get(name="Outlook")
        deleted = viewer_client.post(reverse("projects:calendar_link_delete", args=[link.pk]), follow=True)
        assertContains(deleted, "Link “Outlook” deleted")
        assert [client.get(url).status_code for url in (outlook, phone)] == [404, 200]

    def test_link_is_shown_once_and_its_secret_not_stored(self, viewer_client):
        token = self.create(viewer_client, "Outlook").split("/")[-2]
        again = viewer_client.get(LINKS)
        assert token not in again.content.decode()
        assert CalendarLink.objects.count() == 1, "a reload creates none"
        assert token not in CalendarLink.objects.get().digest
        assert token not in str(dict(viewer_client.session))

    @pytest.mark.parametrize(
        ("name", "message"),
        [
            ("", "Enter a name"),
            (" Outlook", "You already have a link with this name"),
            ("x" * 61, "Name must be 60 characters or less"),
        ],
    )
    def test_bad_name_creates_no_link_and_is_kept(self, viewer_client, name, message):
        make_link(viewer_client.user, "Outlook")
        page = viewer_client.post(LINKS, {"name": name})
        assertContains(page, message)
        assert f'value="{name}"' in page.content.decode() or not name
        assert CalendarLink.objects.count() == 1

    def test_number_of_links_is_limited(self, viewer_client):
        for number in range(MAX_LINKS):
            make_link(viewer_client.user, f"Device {number}")
        assertContains(viewer_client.post(LINKS, {"name": "One more"}), "You can have up to 20 links")
        assert CalendarLink.objects.count() == MAX_LINKS

    def test_user_cannot_delete_link_of_another(self, viewer_client, office):
        make_link(office)
        url = reverse("projects:calendar_link_delete", args=[CalendarLink.objects.get().pk])
        assert viewer_client.post(url).status_code == 404
        assert CalendarLink.objects.exists()

    @pytest.mark.parametrize("number", [1, MAX_LINKS])
    def test_page_has_expected_query_count(self, viewer_client, number, django_assert_num_queries):
        for device in range(number):
            make_link(viewer_client.user, f"Device {device}")
        viewer_client.get(LINKS)
        with django_assert_num_queries(4):  # session, user, programmes, links
            viewer_client.get(LINKS)


class TestLog:
    """Secrets in addresses never get into the log."""

    @pytest.mark.parametrize(
        ("scope", "status"), [("all.ics", 200), ("no-such-programme.ics", 410), ("all", 404), ("all/more.ics", 404)]
    )
    def test_log_lacks_secret_of_calendar(self, client, caplog, scope, status):
        token = make_link(UserFactory())
        with caplog.at_level("DEBUG"):
            assert client.get(f"/calendar/{token}/{scope}").status_code == status
        assert token not in caplog.text
        if status != 200:
            assert f"/calendar/***/{scope}" in caplog.text

    @pytest.mark.parametrize("start", ["invitation", "email/confirm", "sign-in/link"])
    def test_log_lacks_other_secrets(self, client, caplog, start):
        with caplog.at_level("DEBUG"):
            client.get(f"/account/{start}/a-secret/no-page/")
        assert "a-secret" not in caplog.text
        assert f"/account/{start}/***" in caplog.text

    def test_log_lacks_secret_in_traceback(self):
        record = logging.makeLogRecord({"msg": "Failed"})
        try:
            raise ValueError("/calendar/a-secret/all.ics")
        except ValueError:
            record.exc_info = sys.exc_info()
        MaskSecrets().filter(record)
        text = logging.Formatter().format(record)
        assert "a-secret" not in text and "/calendar/***/all.ics" in text


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
        assert client.get(reverse("projects:calendar_feed", args=[token, "nothing"])).status_code == 410

    def test_calendar_of_programme_without_visible_projects_is_410(self, client):
        hub = HubFactory(published=False, restricted=True, programme=ProgrammeFactory(slug="secret"))
        viewer, office = make_link(UserFactory()), make_link(UserFactory(role=Role.PROGRAMME_OFFICE))
        of_viewer, of_office = (reverse("projects:calendar_feed", args=[link, "secret"]) for link in (viewer, office))
        assertContains(client.get(of_viewer), "Page not found", status_code=410)
        assertContains(client.get(of_office), hub.programme.name)
        hub.published = True
        hub.save()
        assertContains(client.get(of_viewer), hub.programme.name)

    def test_calendar_of_hidden_programme_does_not_name_it(self, client):
        HubFactory(published=False, restricted=True, programme=ProgrammeFactory(slug="secret", name="Secret deal"))
        response = client.get(reverse("projects:calendar_feed", args=[make_link(UserFactory()), "secret"]))
        assert response.status_code == 410
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
        assert event["DTSTART"].dt == DAY(2027, 1, 1) and event["DTEND"].dt == DAY(2027, 1, 2)
        assert "(some time in 2027)" in event["SUMMARY"]

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

    def test_deactivated_user_has_no_calendar(self, client):
        person = UserFactory()
        url = reverse("projects:calendar_feed", args=[make_link(person), "all"])
        assertContains(client.get(url), "BEGIN:VCALENDAR")
        person.is_active = False
        person.save()
        assertContains(client.get(url), "Page not found", status_code=404)

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
