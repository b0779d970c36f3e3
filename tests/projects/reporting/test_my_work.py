"""My work."""

import datetime
import random
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from estates_portal.accounts.models import Role
from projects.change_requests.services import request_budget
from projects.models import DeliveryState, Following, ReportingCadence
from projects.reporting import workflow
from projects.reporting.notifications import outstanding_reports, with_reporters
from tests.conftest import count_a_change, signed_in
from tests.factories import HubFactory, OrganisationFactory, UserFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
NOW = datetime.datetime(2026, 12, 2, 9, 0, tzinfo=datetime.UTC)
MY_WORK = reverse("projects:my_work")


class TestMyWork:
    def due(self, client):
        page = client.get(MY_WORK).context["page_obj"]
        return [(item.project.title, item.period.name, item.label) for item in page.object_list]

    def test_my_work_lists_returned_then_overdue_then_due_reports(
        self, contributor_client, office_client, trust, period
    ):
        october = month(10)
        first, second = (HubFactory(title=title, lead_organisation=trust) for title in ("Alpha", "Beta"))
        report = submitted_report(second, period, contributor_client.user)
        workflow.return_report(report, office_client.user, "Say when it opens")
        submitted_report(second, october, contributor_client.user)
        assert self.due(contributor_client) == [
            ("Beta", "November 2026", "Due in 3 days"),
            ("Alpha", "October 2026", "27 days overdue"),
            ("Alpha", "November 2026", "Due in 3 days"),
        ]
        page = contributor_client.get(MY_WORK).content.decode()
        assert "Say when it opens" in page
        assert "<strong>1 overdue</strong>" in page
        assert reverse("projects:report", args=[first.slug, period.slug]) in page

    def test_new_contributor_sees_what_to_do_first_until_they_report(
        self, contributor_client, office_client, trust, period
    ):
        user, heading = contributor_client.user, "Do these 3 things first"
        user.date_joined = NOW
        user.save()
        assertContains(contributor_client.get(MY_WORK), "No report is due yet")
        hub = HubFactory(title="Alpha", lead_organisation=trust)
        assertContains(contributor_client.get(MY_WORK), "Report on Alpha</a>,")
        assertNotContains(office_client.get(MY_WORK), heading)
        submitted_report(hub, period, user)
        assertNotContains(contributor_client.get(MY_WORK), heading)
        late = signed_in(role=Role.CONTRIBUTOR, organisation=trust, date_joined=NOW - datetime.timedelta(days=61))
        assertNotContains(late.get(MY_WORK), heading)

    def test_my_work_lists_only_outstanding_reports_of_own_projects(self, contributor_client, trust, period):
        done = HubFactory(lead_organisation=trust)
        submitted_report(done, period, contributor_client.user)
        HubFactory()  # another's
        HubFactory(lead_organisation=trust, delivery_state=DeliveryState.ON_HOLD)
        HubFactory(lead_organisation=trust, reporting=ReportingCadence.QUARTERLY)
        HubFactory(lead_organisation=trust, reporting=ReportingCadence.NONE)
        HubFactory(title="Own", lead_organisation=trust)
        assert [title for title, _period, _words in self.due(contributor_client)] == ["Own"]

    def test_partner_can_report_but_is_not_late(self, contributor_client, trust, period):
        october = month(10)
        partnered = HubFactory(title="Partnered", lead_organisation=OrganisationFactory(name="Lead Trust"))
        partnered.partner_organisations.add(trust)
        page = contributor_client.get(MY_WORK)
        assert page.context["page_obj"].object_list == []
        assert [due.period for due in page.context["others"]] == [october, period]
        html = page.content.decode()
        assert "You can also report on" in html and "Lead Trust" in html
        assert "No reports due." in html and "overdue" not in html

    @pytest.mark.parametrize("seed", range(3))
    def test_reports_are_due_from_those_who_get_reminders(self, office, trust, seed):
        """Organisations lead and partner at random; some have ended. The same people get both, and for the same."""
        dice = random.Random(seed)
        period = month(11)
        newest = [OrganisationFactory() for _ in range(3)]
        ended = [
            OrganisationFactory(valid_to=datetime.date(2026, 4, 1), successor=dice.choice(newest)) for _ in range(2)
        ]
        organisations = [trust, *newest, *ended]
        people = []
        for role in (*[Role.CONTRIBUTOR] * 6, Role.VIEWER, Role.PROGRAMME_OFFICE):
            person = UserFactory(role=role, organisation=dice.choice(organisations))
            person.other_organisations.set(dice.sample(organisations, dice.randint(0, 1)))
            people.append(person)
        for _ in range(8):
            hub = HubFactory(lead_organisation=dice.choice([*organisations, None]))
            hub.partner_organisations.set(dice.sample(organisations, 2))
        for person in people:
            client = Client()
            client.force_login(person)
            due = {report.project.pk for report in client.get(MY_WORK).context["page_obj"].paginator.object_list}
            rows = outstanding_reports([period], NOW.date())
            reminded = {project.pk for reporter, project, _period in with_reporters(rows) if reporter == person}
            assert due == reminded

    def test_earlier_month_is_skipped_and_not_late_once_a_later_one_is_submitted(
        self, contributor_client, trust, period
    ):
        month(10)
        skipped, _ = (HubFactory(title=title, lead_organisation=trust) for title in ("A skipped", "B late"))
        submitted_report(skipped, period, contributor_client.user)
        html = contributor_client.get(MY_WORK).content.decode()
        assert [(title, name) for title, name, _label in self.due(contributor_client)] == [
            ("B late", "October 2026"),
            ("B late", "November 2026"),
            ("A skipped", "October 2026"),
        ]
        assert ">Skipped<" in html and "<strong>1 overdue</strong>" in html
        assert html.count("27 days overdue") == 1

    def test_my_work_names_user_who_saved_draft(self, contributor_client, office_client, trust, period):
        hub = HubFactory(lead_organisation=trust)
        workflow.start_report(hub, period, office_client.user)
        assert f"Draft, saved by {office_client.user}" in contributor_client.get(MY_WORK).content.decode()

    def test_my_work_explains_empty_list(self, viewer_client, contributor_client, office_client):
        assert "You can view reports but not submit them" in viewer_client.get(MY_WORK).content.decode()
        assert "No reporting periods are open" in contributor_client.get(MY_WORK).content.decode()
        period = month(11)
        assert "Your organisation has no projects that report for" in contributor_client.get(MY_WORK).content.decode()
        assert "You are not linked to an organisation" in office_client.get(MY_WORK).content.decode()
        assert str(period)

    def test_office_sees_numbers_of_decisions_that_wait(self, office_client, contributor_client, trust, period):
        assert "No decisions waiting." in office_client.get(MY_WORK).content.decode()
        hub, author = HubFactory(lead_organisation=trust, approved_budget=1_000_000), contributor_client.user
        submitted_report(hub, period, author)
        request_budget(hub, author, pounds=Decimal(2_000_000), why="Steel")
        count_a_change()
        page = office_client.get(MY_WORK)
        assert page.context["decisions"] == [
            ("1 report to review", reverse("projects:review_queue")),
            ("1 change request to decide", reverse("projects:change_request_list")),
        ]
        assertContains(page, "1 change request to decide")
        assert "to review" not in contributor_client.get(MY_WORK).content.decode()

    def test_my_work_shows_newest_report_of_visible_followed_projects(self, viewer_client, trust, period):
        hub = HubFactory(title="Followed hub")
        viewer_client.post(reverse("projects:follow", args=[hub.slug]))
        submitted_report(hub, period, UserFactory(role=Role.PROGRAMME_OFFICE), summary="All well here")
        assert "All well here" in viewer_client.get(MY_WORK).content.decode()
        hub.published, hub.restricted = False, True
        hub.save()
        assert "Followed hub" not in viewer_client.get(MY_WORK).content.decode()

    def test_my_work_query_count_is_constant(self, contributor_client, trust, period, django_assert_num_queries):
        contributor_client.get(MY_WORK)
        for count in (1, 29):
            for _ in range(count):
                hub = HubFactory(lead_organisation=trust)
                Following.objects.create(person=contributor_client.user, project=hub)
            with django_assert_num_queries(11):
                contributor_client.get(MY_WORK)
