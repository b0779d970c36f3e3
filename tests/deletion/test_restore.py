"""Administrators restore a deleted record whole: its rows, its lists and its former addresses."""

import datetime

import pytest
import time_machine
from django.apps import apps
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, AuditKind, Role
from estates_portal.dates import PartialDate
from estates_portal.deletion.models import Deletion
from estates_portal.deletion.services import delete_record, restore
from projects.change_requests.services import request_baseline
from projects.models import Following, Hub, MilestoneStatement, Project, Service
from projects.reporting import workflow
from sites.models import FormerAddress
from tests.admin_forms import messages_of
from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    PriorityFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    ReportingPeriodFactory,
    RiskFactory,
    SiteFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def tables():
    """{table: its rows with all columns} of the domain's data, join tables included, without histories."""
    models = [
        model
        for label in ("sites", "projects")
        for model in apps.get_app_config(label).get_models(include_auto_created=True)
        if not model.__name__.startswith("Historical") and model.__name__ != "Revision"
    ]
    # the ids of join rows are new; they mean nothing
    return {
        model._meta.db_table: sorted(
            (
                {name: value for name, value in row.items() if not (model._meta.auto_created and name == "id")}
                for row in model._base_manager.values()
            ),
            key=repr,
        )
        for model in models
    }


@pytest.fixture
def office():
    return UserFactory(role=Role.PROGRAMME_OFFICE)


@pytest.fixture
def hub(office):
    """A hub that was never public, with rows of all kinds, lists of other records and a former address."""
    hub = HubFactory(
        title="Wing surgery", reference="WING", slug="wing", published=False, site=SiteFactory(), version=4
    )
    hub.slug = "wing-surgery"
    hub.programme, hub.parent = ProgrammeFactory(), HospitalSchemeFactory().project_ptr
    hub.save()
    hub.priorities.add(PriorityFactory(), PriorityFactory())
    hub.partner_organisations.add(OrganisationFactory())
    hub.further_sites.add(SiteFactory(), SiteFactory())
    hub.services.add(Service.objects.create(name="Physiotherapy"))
    hub.primary_care_networks.add(OrganisationFactory(kind="primary_care_network"))
    opening = MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 3, 1))
    works = MilestoneFactory(project=hub, title="End of works", kind="works", actual=datetime.date(2026, 3, 1))
    opening.dependencies.create(depends_on=works)
    request_baseline(opening, office, date=PartialDate(datetime.date(2028, 5, 1), "month"), why="The land came late")
    CostEstimateFactory(project=hub), FundingLineFactory(project=hub), ProgressNoteFactory(project=hub)
    OtherNameFactory(project=hub), hub.sources.create(url="https://example.org/paper")
    RiskFactory(project=hub).actions.create(what="Ask the council")
    hub.decisions.create(title="Go on", decided_on=datetime.date(2026, 1, 5), decided_by="Board")
    hub.benefits.create(title="Waiting", unit="days", latest="1450.50", latest_on=datetime.date(2026, 1, 5))
    hub.documents.create(title="Outline case", url="https://example.org/obc")
    hub.annual_costs.create(year=2026, budget=1_000_000)
    Following.objects.create(person=office, project=hub)
    hub.delivery_state = "on_hold"
    hub.save()
    return hub


def deletion_page(deletion):
    return reverse("admin:deletion_deletion_change", args=[deletion.pk])


def restore_url(deletion):
    return reverse("admin:deletion_deletion_restore", args=[deletion.pk])


def refusal(deletion, by):
    with pytest.raises(ValidationError) as error:
        restore(deletion, by=by)
    return error.value.messages


def test_restored_project_has_all_its_rows_lists_and_addresses(hub, office):
    before = tables()
    deletion = delete_record(hub, by=office, reason="Entered twice")
    assert not Project.objects.filter(reference="WING").exists()
    assert not MilestoneStatement.objects.exists() and not FormerAddress.objects.exists()

    record, left_out = restore(deletion, by=office)

    assert tables() == before and left_out == []
    assert record == Hub.objects.get(reference="WING")
    deletion.refresh_from_db()
    assert (deletion.restored_by, deletion.rows) == (office, [])
    assert AuditEvent.objects.get(kind=AuditKind.RESTORED).detail == "Hub “Wing surgery”"
    assert refusal(deletion, office) == ["This record has already been restored"]


def test_project_is_deleted_and_restored_as_the_hub_that_it_is(hub, office):
    before = tables()
    deletion = delete_record(Project.objects.get(reference="WING"), by=office)
    assert (deletion.model, str(deletion)) == ("projects.hub", "Hub “Wing surgery”")
    assert not Hub.objects.filter(title="Wing surgery").exists()
    restore(deletion, by=office)
    assert tables() == before


def test_history_of_restored_project_goes_on(client, hub, office):
    client.force_login(office)
    deletion = delete_record(hub, by=office, reason="Entered twice")
    restore(deletion, by=office)
    hub = Hub.objects.get(reference="WING")
    opening = hub.milestones.get(title="Opening")
    for record in (hub, opening, opening.statements.last()):
        restored, deleted = record.history.all()[:2]
        assert (restored.history_type, restored.history_change_reason) == ("+", "Restored")
        assert (deleted.history_type, deleted.history_change_reason) == ("-", "Entered twice")
        assert restored.history_user == office
    page = client.get(reverse("projects:project_history", args=[hub.slug])).content.decode()
    assert page.count("Entered twice") == 1 and page.count("Restored") == 1


@pytest.mark.parametrize(
    "make", [SiteFactory, OrganisationFactory, ProgrammeFactory, PriorityFactory, HospitalSchemeFactory]
)
def test_other_records_are_restored_too(office, make):
    record = make(published=False) if make is HospitalSchemeFactory else make()
    before = tables()
    deletion = delete_record(record, by=office)
    assert tables() != before
    restore(deletion, by=office)
    assert tables() == before


def test_row_and_draft_are_restored(office):
    note = OtherNameFactory()
    report = workflow.start_report(
        MilestoneFactory().project,
        ReportingPeriodFactory(starts_on=datetime.date(2020, 1, 1), due_on=datetime.date(2020, 2, 5)),
        office,
    )
    before = tables()
    deletions = [delete_record(record, by=office) for record in (note, report)]
    for deletion in deletions:
        restore(deletion, by=office)
    assert tables() == before


class TestRefusals:
    """Restoring refuses with what prevents it, and changes nothing."""

    def test_slug_or_reference_is_taken(self, hub, office):
        deletion = delete_record(hub, by=office)
        other = HubFactory(title="Wing B", reference="WING", slug="wing-surgery", published=False)
        before = tables()
        address = (
            "The address wing-surgery belongs to Project “Wing B” now. "
            "Delete that first, if the same record was entered twice."
        )
        reference = "The reference WING belongs to Project “Wing B” now. Give Wing B another reference first."
        assert refusal(deletion, office) == [reference, address]
        assert tables() == before
        other.slug, other.reference = "wing-b", "Wing"
        other.save()
        assert set(refusal(deletion, office)) == {reference, address}  # old links to Wing B, and in any case
        delete_record(other, by=office)
        restore(deletion, by=office)

    def test_reference_of_published_project_cannot_change(self, hub, office):
        deletion = delete_record(hub, by=office)
        HubFactory(title="Wing B", reference="WING", published=True)
        assert refusal(deletion, office) == ["The reference WING belongs to Project “Wing B” now."]

    @pytest.mark.parametrize("has_it_now", [True, False])
    def test_former_address_is_taken(self, admin_client, hub, has_it_now):
        before = tables()
        before.pop(FormerAddress._meta.db_table)
        deletion = delete_record(hub, by=admin_client.user)
        other = HubFactory(title="Wing B", slug="wing")
        if not has_it_now:
            other.slug = "wing-b"
            other.save()

        answer = admin_client.post(restore_url(deletion), follow=True)

        sentence = "The former address wing belongs to Project “Wing B” now"
        assert messages_of(answer) == ["Hub “Wing surgery” restored", f"{sentence}, and was not restored"]
        assert AuditEvent.objects.get(kind=AuditKind.RESTORED).detail == f"Hub “Wing surgery”. {sentence}"
        assert admin_client.get("/projects/wing/", follow=True).context["project"].title == "Wing B"
        assert Hub.objects.get(reference="WING").milestones.count() == 2

    def test_other_unique_values(self, office):
        trust = OrganisationFactory(name="Trust", ods_code="RC9")
        deletion = delete_record(trust, by=office)
        OrganisationFactory(name="Trust B", ods_code="RC9")
        assert refusal(deletion, office) == ["Trust B has the code RC9 in this period. Enter when it ended."]

    def test_rule_of_two_columns(self, hub, office):
        gate = MilestoneFactory(project=hub, title="Outline case", gate="obc")
        deletion = delete_record(gate, by=office)
        MilestoneFactory(project=hub, title="Business case", gate="obc")
        assert refusal(deletion, office) == [
            "This project already has this gate: Milestone “Business case” of Wing surgery. "
            "Change or delete that first."
        ]

    def test_circular_dependency(self, hub, office):
        opening, works = hub.milestones.get(title="Opening"), hub.milestones.get(title="End of works")
        deletion = delete_record(opening.dependencies.get(), by=office)
        fit_out = MilestoneFactory(project=hub, title="Fit out")
        works.dependencies.create(depends_on=fit_out)
        link = fit_out.dependencies.create(depends_on=opening)
        before = tables()
        assert refusal(deletion, office) == ["End of works already depends on Opening. Change or delete that first."]
        assert tables() == before
        link.delete()
        restore(deletion, by=office)
        assert opening.dependencies.get().depends_on == works

    def test_record_that_it_refers_to_is_gone(self, hub, office):
        site, network = hub.site, hub.primary_care_networks.get()
        deletion = delete_record(hub, by=office)
        gone_site = delete_record(site, by=office)
        gone = delete_record(network, by=office)
        assert refusal(deletion, office) == [
            f"Restore this first: Site “{site}”.",
            f"Restore this first: Organisation “{network}”.",
        ]
        restore(gone_site, by=office)
        restore(gone, by=office)
        restore(deletion, by=office)
        assert Hub.objects.get(reference="WING").site.slug == site.slug

    def test_row_whose_project_is_gone(self, hub, office):
        row = delete_record(hub.other_names.get(), by=office)
        whole = delete_record(hub, by=office)
        assert refusal(row, office) == ["Restore this first: Hub “Wing surgery”."]
        restore(whole, by=office)
        restore(row, by=office)
        assert Hub.objects.get(reference="WING").other_names.count() == 1

    @pytest.mark.parametrize("change", ["model", "field"])
    def test_record_of_another_release(self, hub, office, change):
        deletion = delete_record(hub, by=office)
        if change == "model":
            deletion.rows[0]["model"] = "projects.gone"
        else:
            deletion.rows[0]["fields"]["gone"] = 1
        deletion.save()
        assert "before a change of the portal’s tables" in refusal(deletion, office)[0]
        assert not Hub.objects.filter(reference="WING").exists()


class TestList:
    def test_administrator_finds_and_restores_record(self, admin_client, client, hub):
        deletion = delete_record(hub, by=admin_client.user, reason="Entered twice")
        listed = admin_client.get(reverse("admin:deletion_deletion_changelist"), {"status": "deleted", "q": "twice"})
        for text in ("Hub “Wing surgery”", "2 milestones", "Entered twice"):
            assertContains(listed, text)
        assertContains(admin_client.get(deletion_page(deletion)), 'value="Restore"')

        answer = admin_client.post(restore_url(deletion), follow=True)

        hub = Hub.objects.get(reference="WING")
        assertRedirects(answer, reverse("admin:projects_hub_change", args=[hub.pk]))
        assert messages_of(answer) == ["Hub “Wing surgery” restored"]
        assertNotContains(admin_client.get(deletion_page(deletion)), 'value="Restore"')
        restored = reverse("admin:deletion_deletion_changelist") + "?status=restored"
        assertContains(admin_client.get(restored), "Hub “Wing surgery”")
        assertRedirects(admin_client.get("/projects/wing/"), "/projects/wing-surgery/", 301)

    def test_refusal_is_shown_beside_the_record(self, admin_client, hub):
        deletion = delete_record(hub, by=admin_client.user)
        HubFactory(title="Wing B", reference="WING", published=True)
        answer = admin_client.post(restore_url(deletion), follow=True)
        assertRedirects(answer, deletion_page(deletion))
        assert messages_of(answer) == ["Not restored. The reference WING belongs to Project “Wing B” now."]
        assert not Hub.objects.filter(title="Wing surgery").exists()

    @pytest.mark.parametrize("client_name", ["viewer_client", "contributor_client", "office_client", "client"])
    def test_only_administrators_restore(self, request, hub, office, client_name):
        deletion = delete_record(hub, by=office)
        answer = request.getfixturevalue(client_name).post(restore_url(deletion))
        assert answer.status_code == (403 if client_name == "office_client" else 302)
        assert not Hub.objects.filter(reference="WING").exists()

    @pytest.mark.parametrize("pk", [0, 4_000_000, 9 * 10**17])
    def test_unknown_record_is_not_found(self, admin_client, pk):
        assert admin_client.post(f"/admin/deletion/deletion/{pk}/restore/").status_code == 404

    @pytest.mark.parametrize("query", ["status=x", "model=%00", "model=x", "q=%00", "e=1"])
    def test_impossible_filter_is_no_error(self, admin_client, hub, query):
        delete_record(hub, by=admin_client.user)
        assert admin_client.get(reverse("admin:deletion_deletion_changelist") + f"?{query}").status_code < 500

    def test_query_count_is_constant(self, admin_client, django_assert_num_queries, django_assert_max_num_queries):
        url = reverse("admin:deletion_deletion_changelist")
        delete_record(OtherNameFactory(), by=admin_client.user)
        admin_client.get(url)
        with django_assert_max_num_queries(8) as one_row:
            admin_client.get(url)
        for _ in range(24):
            delete_record(OtherNameFactory(), by=UserFactory())
        with django_assert_num_queries(len(one_row)):
            admin_client.get(url)


def test_retention_ends_the_time_to_restore(hub, office, settings):
    deletion = delete_record(hub, by=office)
    settings.RETENTION_MONTHS = {**settings.RETENTION_MONTHS, "deletions": 6}
    with time_machine.travel(deletion.at + datetime.timedelta(days=150)):
        call_command("apply_retention", verbosity=0)
        assert Deletion.objects.exists()
    with time_machine.travel(deletion.at + datetime.timedelta(days=190)):
        call_command("apply_retention", verbosity=0)
    assert not Deletion.objects.exists()
