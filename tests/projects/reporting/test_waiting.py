"""Decisions that wait for the programme office, and where people land after signing in."""

import datetime
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from estates_portal.dates import PartialDate
from projects.change_requests import services
from projects.models import Document, ProposedNote, SavedView
from projects.reporting import workflow
from projects.risks import escalations
from tests.conftest import count_a_change
from tests.factories import HubFactory, MilestoneFactory, PlaceFactory, RiskFactory
from tests.periods import month, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


class TestWaiting:
    """The number in the header is of decisions that wait for the programme office."""

    @pytest.fixture
    def hub(self, trust):
        return HubFactory(lead_organisation=trust)

    def waiting(self, client):
        header = client.get("/projects/").content.decode().partition('class="app-waiting">')[2]
        return int(header.partition("<")[0] or 0)

    @pytest.mark.django_db(transaction=True)
    def test_each_act_changes_the_number(self, office_client, contributor_client, hub):
        office, contributor = office_client.user, contributor_client.user
        milestone = MilestoneFactory(project=hub, forecast=datetime.date(2027, 1, 1))
        report = submitted_report(hub, month(11), contributor, public_note="The frame is done.")
        numbers = [self.waiting(office_client)]
        workflow.decide_note(ProposedNote.objects.get(), office, publish=False)
        numbers.append(self.waiting(office_client))
        date = PartialDate(datetime.date(2028, 5, 1), "month")
        change = services.request_baseline(milestone, contributor, date=date, why="Land")
        numbers.append(self.waiting(office_client))
        workflow.return_report(report, office, "Say more")
        numbers.append(self.waiting(office_client))
        services.decide_change(change, office, approve=False, approver="Board", decided_on=timezone.localdate())
        numbers.append(self.waiting(office_client))
        Document.objects.create(project=hub, title="Plan", url="https://plans.example/", proposed_public=True)
        numbers.append(self.waiting(office_client))
        risk, asked = RiskFactory(project=hub), {"tier": "portfolio", "why": "Cost", "wanted": "£1m"}
        escalation = escalations.escalate(risk, contributor, **asked)
        numbers.append(self.waiting(office_client))
        escalations.send_back(escalation, office, answer="Use the contingency")
        numbers.append(self.waiting(office_client))
        assert numbers == [2, 1, 2, 1, 0, 1, 2, 1]

    def test_tabs_of_reporting_add_up_to_the_number(self, office_client, contributor_client, hub):
        submitted_report(hub, month(11), contributor_client.user, public_note="The frame is done.")
        page = office_client.get(reverse("projects:review_queue")).content.decode()
        numbers = [int(number) for number in re.findall(r'class="app-waiting">(\d+)', page)]
        assert numbers[0] == sum(numbers[1:]) == 2

    def test_note_with_an_error_stays_in_public_updates(self, office_client, contributor_client, hub):
        submitted_report(hub, month(11), contributor_client.user, public_note="The frame is done.")
        url = reverse("projects:note_decide", args=[ProposedNote.objects.get().pk])
        page = office_client.post(url, {"action": "publish", "text": ""}).content.decode()
        tabs = page.partition('aria-label="Reporting"')[2].partition("</nav>")[0]
        assert "Public updates" in tabs.partition("aria-current")[2].partition("</a>")[0]

    def test_others_see_no_number_and_no_tabs(self, contributor_client, hub):
        submitted_report(hub, month(11), contributor_client.user)
        page = contributor_client.get(reverse("projects:change_request_list")).content.decode()
        assert "app-waiting" not in page and "app-tabs" not in page

    def test_repeat_visit_asks_only_for_the_revision(self, office_client, hub, django_assert_num_queries):
        url = reverse("projects:change_request_list")
        office_client.get(url)
        with django_assert_num_queries(4):  # session, user, revision, number of requests
            office_client.get(url)


class TestStart:
    """Where people land after signing in."""

    def landing(self, client):
        return client.get(reverse("projects:start"))["Location"]

    def test_contributor_lands_on_my_work(self, contributor_client):
        assert self.landing(contributor_client) == reverse("projects:my_work")

    def test_viewer_lands_on_portfolio(self, viewer_client):
        assert self.landing(viewer_client) == reverse("home")

    def test_office_lands_on_reporting_while_something_waits(self, office_client, contributor_client, trust):
        period, hub = month(11), HubFactory(lead_organisation=trust)
        assert self.landing(office_client) == reverse("home")
        submitted_report(hub, period, contributor_client.user)
        count_a_change()
        assert self.landing(office_client) == reverse("projects:reporting")
        workflow.close_period(period, office_client.user)
        assert self.landing(office_client) == reverse("home")

    def test_start_view_comes_first(self, contributor_client):
        SavedView.objects.create(owner=contributor_client.user, name="Mine", path="/hubs/", is_start=True)
        assert self.landing(contributor_client) == "/hubs/"


def test_reporting_opens_progress_of_the_newest_open_period(office_client):
    url = reverse("projects:reporting")
    assert office_client.get(url)["Location"] == reverse("projects:period_list")
    newest = month(11)
    assert office_client.get(url)["Location"] == newest.get_absolute_url()


def test_tab_counts_open_risks(viewer_client):
    hub = HubFactory()
    RiskFactory(project=hub)
    RiskFactory(project=hub, closed_on=timezone.localdate(), closed_why="Done")
    page = viewer_client.get(hub.get_absolute_url()).content.decode()
    assert '1<span class="nhsuk-u-visually-hidden"> open</span>' in page


def test_places_count_what_the_reader_sees(client, viewer_client):
    place = PlaceFactory()
    HubFactory(place=place)
    HubFactory(place=place, published=False)
    numbers = {
        reader: c.get(reverse("sites:place_list")).context["places"].get(pk=place.pk).project_number
        for reader, c in {"public": client, "viewer": viewer_client}.items()
    }
    assert numbers == {"public": 1, "viewer": 2}
