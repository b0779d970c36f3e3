"""Rights, duties, filters and lists follow an organisation that ends to its successor."""

import datetime
import json

import pytest
from django.urls import reverse

from estates_portal.accounts.models import Role
from projects.digest.services import send_notices
from projects.exports.calendars import milestones_for
from projects.models import DeliveryState, Following, ReportExpected, SavedView
from projects.reporting import workflow
from projects.reporting.reminders import send_reminders
from tests.conftest import signed_in
from tests.factories import (
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    ProgrammeFactory,
    RiskFactory,
    SiteFactory,
    UserFactory,
)
from tests.periods import month, report_form_url, submitted_report

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]
ENDED = datetime.date(2026, 11, 1)
TODAY = datetime.date(2026, 11, 23)
LIST = reverse("projects:project_list")


@pytest.fixture
def new_trust(db):
    return OrganisationFactory(name="New Trust", slug="new-trust")


@pytest.fixture
def former(trust, new_trust):
    """The Luton Trust, which became the New Trust on 1 November."""
    trust.valid_to, trust.successor = ENDED, new_trust
    trust.save()
    return trust


@pytest.fixture
def hub(former):
    hub = HubFactory(title="Luton CDC", lead_organisation=former, published=False, restricted=True)
    MilestoneFactory(project=hub, forecast=datetime.date(2027, 5, 1))
    return hub


@pytest.fixture
def partnered(former):
    hub = HubFactory(title="Partnered", published=False, restricted=True)
    hub.partner_organisations.add(former)
    return hub


@pytest.fixture
def period(db):
    return month(11)


@pytest.fixture
def successor_client(new_trust):
    return signed_in(role=Role.CONTRIBUTOR, organisation=new_trust, email="new@trust.example")


def titles(response):
    return [row.title for row in response.context["rows"]]


def test_contributor_of_successor_sees_and_reports_on_projects(
    successor_client, other_contributor_client, hub, partnered, period
):
    for project in (hub, partnered):
        assert successor_client.get(project.get_absolute_url()).status_code == 200
        assert successor_client.get(report_form_url(project, period)).status_code == 200
        assert other_contributor_client.get(project.get_absolute_url()).status_code == 404
    hub.restricted = False
    hub.save()
    assert other_contributor_client.get(report_form_url(hub, period)).status_code == 403


def test_successor_has_no_rights_before_the_end(successor_client, hub, partnered, former, clock):
    clock.move_to(datetime.datetime(2026, 10, 31, 9, tzinfo=datetime.UTC))
    for project in (hub, partnered):
        assert successor_client.get(project.get_absolute_url()).status_code == 404


def test_my_work_lists_reports_of_former_organisation(successor_client, hub, partnered, period):
    page = successor_client.get(reverse("projects:my_work"))
    assert [due.project.title for due in page.context["page_obj"]] == ["Luton CDC"]
    assert [due.project.title for due in page.context["others"]] == ["Partnered"]
    assert "is submitted" not in page.content.decode()


def test_my_work_says_how_many_reports_are_submitted(successor_client, hub, partnered, period):
    my_work = reverse("projects:my_work")
    second = HubFactory(lead_organisation=hub.lead_organisation)
    submitted_report(hub, period, successor_client.user)
    assert "submitted." not in successor_client.get(my_work).content.decode()
    submitted_report(second, period, successor_client.user)
    assert f"All 2 of your {period} reports are submitted." in successor_client.get(my_work).content.decode()
    second.delivery_state = DeliveryState.ON_HOLD
    second.save()
    assert f"Your {period} report is submitted." in successor_client.get(my_work).content.decode()


def test_contributors_of_successor_are_reminded(successor_client, hub, period, office):
    UserFactory(role=Role.CONTRIBUTOR, organisation=hub.lead_organisation)
    assert send_notices(TODAY).people == ["new@trust.example"]
    assert send_reminders(period, "luton-trust", by=office, today=TODAY).people == []
    assert send_reminders(period, "new-trust", by=office, today=TODAY).people == ["new@trust.example"]


def test_reporting_progress_counts_report_for_successor(office_client, office, hub, period, former, new_trust):
    page = reverse("projects:period_detail", args=[period.slug])
    assert [row.progress.organisation for row in office_client.get(page).context["rows"]] == [new_trust]
    workflow.close_period(period, office)
    assert ReportExpected.objects.get().organisation == new_trust
    hub.lead_organisation = OrganisationFactory()
    hub.save()
    assert [row.progress.organisation for row in office_client.get(page).context["rows"]] == [new_trust]


def test_filters_by_successor_find_projects_risks_and_sites(office_client, hub, former, new_trust):
    RiskFactory(project=hub)
    SiteFactory(name="Old site", owner=former)
    SiteFactory(owner=OrganisationFactory())
    for lead in (former, new_trust):
        page = office_client.get(LIST, {"lead": lead.slug})
        assert titles(page) == ["Luton CDC"]
        assert not page.context["form"].errors
        risks = office_client.get(reverse("projects:risk_list"), {"lead": lead.slug})
        assert [risk.project_id for risk, _overdue in risks.context["rows"]] == [hub.pk]
        sites = office_client.get(reverse("sites:site_list"), {"owner": lead.slug})
        assert [row.site.name for row in sites.context["rows"]] == ["Old site"]


def test_dashboard_counts_projects_of_both_organisations_together(office_client, hub, new_trust):
    HubFactory(lead_organisation=new_trust)
    (group,) = office_client.get(reverse("home")).context["portfolio"].groups["By lead organisation"]
    assert (group.label, group.total.number) == ("New Trust", 2)
    assert len(titles(office_client.get(group.total.url))) == 2


def test_organisation_pages_include_former_organisation(office_client, client, hub, partnered, former, new_trust):
    ProgrammeFactory(name="Old plan", lead_organisation=former)
    SiteFactory(name="Old site", owner=former)
    hub.programme = former.led_programmes.get()
    hub.save()
    partnered.partner_organisations.add(new_trust)
    for organisation in (former, new_trust):
        page = office_client.get(organisation.get_absolute_url())
        assert page.context["page_obj"].paginator.count == 2
        assert [programme.name for programme in page.context["programmes"]] == ["Old plan"]
        assert [site.name for site in page.context["sites"]] == ["Old site"]
    text = " ".join(office_client.get(new_trust.get_absolute_url()).content.decode().split())
    assert "</a> on 1 November 2026. Its projects and sites are included here." in text
    rows = office_client.get(reverse("sites:organisation_list")).context["rows"]
    counts = {organisation.name: (led, partners) for organisation, led, partners, _exists in rows}
    assert counts["New Trust"] == counts["Luton Trust"] == (1, 1)
    rows = client.get(reverse("sites:organisation_list")).context["rows"]
    assert {(led, partners) for _organisation, led, partners, _exists in rows} == {(0, 0)}


def test_calendar_and_shared_views_of_former_organisation(successor_client, other_contributor_client, hub, former):
    SavedView.objects.create(
        owner=UserFactory(organisation=former), name="Ours", path="/projects/", query="", shared=True
    )
    views = reverse("projects:saved_view_list")
    for client, number in ((successor_client, 1), (other_contributor_client, 0)):
        assert len(milestones_for(client.user, "mine")) == number
        assert len(client.get(views).context["others"]) == number
    assert not Following.objects.exists()


def test_list_row_and_header_name_both_organisations(office_client, hub, new_trust):
    (row,) = office_client.get(LIST).context["rows"]
    assert row.lead == "Luton Trust (now New Trust)"
    text = " ".join(office_client.get(hub.get_absolute_url()).content.decode().split())
    assert f'Luton Trust</a> (now <a href="{new_trust.get_absolute_url()}">New Trust</a>)' in text


def test_open_data_names_organisation_that_acts(client, hub):
    hub.published, hub.restricted = True, False
    hub.save()
    (project,) = json.loads(client.get(reverse("projects:open_data_json")).content)["projects"]
    assert project["publicAuthority"]["name"] == "New Trust"
    assert [(party["name"], party["roles"]) for party in project["parties"]] == [
        ("New Trust", ["publicAuthority"]),
        ("Luton Trust", ["interestedParty"]),
    ]
