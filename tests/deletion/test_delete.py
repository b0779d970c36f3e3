"""Administrators delete what was never public, and the programme office rows inside a record. Each is audited."""

import datetime

import pytest
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from estates_portal.accounts.models import AuditEvent, AuditKind, Role, User
from estates_portal.accounts.rules import LASTING_ROWS, RECORDS, ROWS
from estates_portal.deletion.references import Tree
from estates_portal.deletion.services import delete_record
from projects.models import (
    CostEstimate,
    DateChangeReason,
    Hub,
    Milestone,
    OtherName,
    ProgressNote,
    Project,
    RatingMeaning,
    Service,
    Source,
)
from projects.reporting import workflow
from sites.models import Organisation, Place, Site
from tests.admin_forms import filled_in, messages_of
from tests.factories import (
    CostEstimateFactory,
    EstateReturnFactory,
    HubFactory,
    MilestoneFactory,
    OrganisationFactory,
    OtherNameFactory,
    PlaceFactory,
    PriorityFactory,
    ProgrammeFactory,
    ProgressNoteFactory,
    ReportingPeriodFactory,
    SiteFactory,
    StrategySectionFactory,
    UserFactory,
    reported,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    """A hub that was never public, with a milestone, a date and a cost."""
    hub = HubFactory(title="Wing surgery", reference="WING", published=False)
    MilestoneFactory(project=hub, title="Opening", forecast=datetime.date(2027, 3, 1))
    CostEstimateFactory(project=hub)
    return hub


def page(record, name):
    return reverse(f"admin:{record._meta.app_label}_{record._meta.model_name}_{name}", args=[record.pk])


def deletions():
    return list(AuditEvent.objects.filter(kind=AuditKind.DELETED).values_list("detail", flat=True))


def open_period():
    return ReportingPeriodFactory(starts_on=datetime.date(2020, 1, 1), due_on=datetime.date(2020, 2, 5))


def reasons(record):
    return Tree.of(record).reasons_to_keep()


class TestAct:
    def test_administrator_deletes_unpublished_hub_and_audit_record_says_what_went(self, admin_client, hub):
        opened = admin_client.get(page(hub, "delete"))
        assertContains(opened, "Delete Wing surgery?")
        for content in ("1 milestone", "1 date statement", "1 cost estimate"):
            assertContains(opened, f"<li>{content}</li>")

        answer = admin_client.post(
            page(hub, "delete"), {"name": " wing  SURGERY", "reason": "Entered twice"}, follow=True
        )

        assert answer.redirect_chain == [(reverse("admin:projects_hub_changelist"), 302)]
        assert messages_of(answer) == ["Hub “Wing surgery” deleted. You can restore it under Deleted records"]
        assert not Project.objects.exists() and not Milestone.objects.exists() and not CostEstimate.objects.exists()
        event = AuditEvent.objects.get(kind=AuditKind.DELETED)
        assert event.actor == admin_client.user and event.address
        assert event.detail.startswith("Hub “Wing surgery”, with ")
        for part in ("1 milestone", "1 date statement", "1 cost estimate", ": Entered twice"):
            assert part in event.detail
        past = Hub.history.first()
        assert (past.history_user, past.history_change_reason) == (admin_client.user, "Entered twice")
        assertContains(admin_client.get(page(past.instance, "history")), "Entered twice")

    @pytest.mark.parametrize(
        ("typed", "error"),
        [
            ({}, "Enter the name of the record"),
            ({"name": "Wing", "reason": "Twice"}, "Name must be Wing surgery"),
            ({"name": "Wing surgery", "reason": " "}, "Enter a reason"),
            ({"name": "x" * 301, "reason": "Twice"}, "Name must be Wing surgery"),
            ({"name": "Wing surgery", "reason": "x" * 301}, "Reason must be 300 characters or less"),
        ],
    )
    def test_without_name_and_reason_nothing_changes(self, admin_client, hub, typed, error):
        answer = admin_client.post(page(hub, "delete"), {"post": "yes", **typed})
        assertContains(answer, error)
        assert Hub.objects.exists() and Milestone.objects.exists() and deletions() == []

    def test_long_name_can_be_entered(self, admin_client):
        source = Source.objects.create(url=f"https://example.org/{'x' * 470}", publisher="P" * 120)
        assert len(str(source)) > 600
        answer = admin_client.post(page(source, "delete"), {"name": str(source), "reason": "Twice"}, follow=True)
        assert answer.status_code == 200 and not Source.objects.exists()
        assert len(deletions()) == 1

    @pytest.mark.parametrize(
        "make",
        [PlaceFactory, OrganisationFactory, SiteFactory, ProgrammeFactory, PriorityFactory, StrategySectionFactory]
        + [HubFactory, MilestoneFactory],
    )
    def test_programme_office_gets_403(self, office_client, make):
        record = make(published=False) if make is HubFactory else make()
        for method in (office_client.get, office_client.post):
            assert method(page(record, "delete"), {"name": str(record), "reason": "Twice"}).status_code == 403
        assert type(record).objects.filter(pk=record.pk).exists()
        assert "deletelink" not in office_client.get(page(record, "change")).content.decode()

    def test_milestone_of_unpublished_project_is_deleted_and_open_form_conflicts(self, admin_client, hub):
        opening = hub.milestones.get()
        admin_client.post(page(opening, "delete"), {"name": "Opening", "reason": "Entered twice"})
        assert not Milestone.objects.exists()
        assert Project.objects.get().version == hub.version + 1
        assert deletions() == ["Milestone “Opening” of Wing surgery, with 1 date statement: Entered twice"]

    def test_reference_made_after_the_page_was_opened_prevents_deletion(self, admin_client, hub, monkeypatch):
        monkeypatch.setattr("estates_portal.admin.Tree.reasons_to_keep", lambda tree: [])
        HubFactory(parent=hub)
        monkeypatch.undo()
        with pytest.raises(ValidationError, match="It is the parent of 1 project"):
            delete_record(hub, by=admin_client.user)
        assert Hub.objects.count() == 2


class TestNoBulkDeletion:
    @pytest.mark.parametrize("client_name", ["office_client", "admin_client"])
    def test_no_list_offers_delete_selected(self, request, client_name, hub):
        client = request.getfixturevalue(client_name)
        request_of = client.get("/admin/").wsgi_request
        for model, model_admin in admin.site._registry.items():
            assert "delete_selected" not in model_admin.get_actions(request_of), model

    @pytest.mark.parametrize("client_name", ["office_client", "admin_client"])
    @pytest.mark.parametrize("name", ["projects_hub", "sites_site", "projects_service", "accounts_auditevent"])
    def test_post_of_delete_selected_is_403(self, request, client_name, name, hub):
        client = request.getfixturevalue(client_name)
        Service.objects.create(name="Physiotherapy"), SiteFactory()
        chosen = [hub.pk, *Service.objects.values_list("pk", flat=True), *Site.objects.values_list("pk", flat=True)]
        data = {"action": "delete_selected", "_selected_action": chosen, "post": "yes"}
        assert client.post(reverse(f"admin:{name}_changelist"), data).status_code == 403
        assert Hub.objects.exists() and Service.objects.exists() and Site.objects.exists()


def test_office_can_delete_rows_and_administrators_records():
    office, administrator = UserFactory(role=Role.PROGRAMME_OFFICE), UserFactory(role=Role.ADMINISTRATOR)
    for tables, can in ((RECORDS, (False, True)), (ROWS, (True, True)), (LASTING_ROWS, (False, False))):
        for app, models in tables.items():
            for model in models:
                permission = f"{app}.delete_{model}"
                assert (office.has_perm(permission), administrator.has_perm(permission)) == can, permission
                assert office.has_perm(f"{app}.change_{model}")


class TestReasonsToKeep:
    """What the page says of a record that stays."""

    def test_published_hub(self, admin_client):
        hub = HubFactory(title="Wing surgery", published=True)
        assert reasons(hub) == ["It is published."]
        hub.published = False
        hub.save()
        answer = admin_client.post(page(hub, "delete"), {"name": "Wing surgery", "reason": "Twice"})
        assertContains(answer, "You cannot delete Wing surgery")
        assertContains(answer, "It has been published. Cancel it, close it or unpublish it instead.")
        assertContains(answer, f'<a href="{page(hub, "change")}">Edit Wing surgery</a>')
        assert Hub.objects.exists() and deletions() == []

    def test_hub_with_reports_and_parts(self, hub):
        office = UserFactory(role=Role.PROGRAMME_OFFICE)
        reported(workflow.start_report(hub, open_period(), office), office)
        HubFactory.create_batch(2, parent=hub)
        assert reasons(hub) == ["It is the parent of 2 projects and has 1 status report."]

    def test_organisation(self, admin_client):
        trust = OrganisationFactory(name="Trust")
        HubFactory.create_batch(9, lead_organisation=trust)
        HubFactory().partner_organisations.add(trust)
        UserFactory.create_batch(3, organisation=trust)
        assertContains(
            admin_client.get(page(trust, "delete")),
            "It is the lead organisation of 9 projects and one of the partner organisations of 1 project and has "
            "3 users. End it instead.",
        )
        assert reasons(OrganisationFactory(valid_to=datetime.date(2026, 4, 1))) == ["It ended on 1 April 2026."]
        assert reasons(OrganisationFactory()) == []

    def test_site_and_place(self, hub):
        site = SiteFactory()
        HubFactory.create_batch(2, site=site)
        hub.further_sites.add(site)
        EstateReturnFactory(site=site)
        assert reasons(site) == [
            "It is the main site of 2 projects and one of the further sites of 1 project and has 1 estate return."
        ]
        assert reasons(site.place) == ["It has 1 site."]

    def test_milestone(self, hub):
        opening = hub.milestones.get()
        assert reasons(opening) == []
        office = UserFactory(role=Role.PROGRAMME_OFFICE)
        workflow.start_report(hub, open_period(), office)
        assert reasons(opening) == ["It has 1 report milestone."]
        hub.published = True
        hub.save()
        assert reasons(opening)[0] == "The public could see it."

    def test_milestone_in_report_of_another_project(self, hub):
        """Rows that refer to a row of the record prevent its deletion too."""
        opening, office = MilestoneFactory(project=HubFactory(published=False)), UserFactory(role=Role.PROGRAMME_OFFICE)
        workflow.start_report(opening.project, open_period(), office)
        opening.project = hub
        opening.save()
        assert reasons(hub) == ["1 report milestone refers to its milestones."]

    def test_milestone_that_others_depend_on(self, admin_client, hub):
        other = HubFactory(title="Road", published=False)
        opening, junction = hub.milestones.get(), MilestoneFactory(project=other, title="Junction")
        link = junction.dependencies.create(depends_on=opening)
        assert reasons(opening) == ["Milestone “Junction” of Road depends on it."]
        assert reasons(hub) == ["Milestone “Junction” of Road depends on its milestone “Opening”."]
        assert reasons(junction) == reasons(other) == []
        assertContains(admin_client.get(page(hub, "delete")), "Milestone “Junction” of Road depends on its milestone")
        admin_client.post(page(opening, "delete"), {"name": "Opening", "reason": "Entered twice"})
        with pytest.raises(ValidationError, match="depends on its milestone"):
            delete_record(hub, by=admin_client.user)
        assert list(junction.dependencies.all()) == [link] and deletions() == []

    def test_milestone_that_its_own_project_depends_on(self, hub):
        opening, fit_out = hub.milestones.get(), MilestoneFactory(project=hub, title="Fit out")
        fit_out.dependencies.create(depends_on=opening)
        assert reasons(opening) == ["Milestone “Fit out” of Wing surgery depends on it."]
        assert reasons(hub) == reasons(fit_out) == []
        delete_record(hub, by=UserFactory())
        assert not Milestone.objects.exists()

    def test_period_rating_definition_and_reason(self, hub):
        office = UserFactory(role=Role.PROGRAMME_OFFICE)
        definition = RatingMeaning.objects.create(
            rating="red", meaning="Not achievable", holds_from=datetime.date(2020, 1, 1)
        )
        period = open_period()
        assert reasons(definition) == reasons(period) == []
        reported(workflow.start_report(hub, period, office), office)
        assert reasons(definition) == ["Reports have been submitted under it."]
        assert reasons(period) == ["It has 1 status report."]
        late = DateChangeReason.objects.create(name="Archaeology")
        hub.milestones.get().record_date("forecast", datetime.date(2028, 1, 1), change_reason=late)
        assert reasons(late) == ["It is the change reason of 1 date statement."]

    def test_source(self, hub):
        source = Source.objects.create(url="https://example.org/paper", publisher="NHS England")
        assert reasons(source) == []
        hub.sources.create(url="https://example.org/paper")
        assert reasons(source) == ["Facts name it as their source."]

    def test_priority_service_and_programme(self, hub):
        priority, service, programme = PriorityFactory(), Service.objects.create(name="X-ray"), ProgrammeFactory()
        hub.priorities.add(priority), hub.services.add(service)
        StrategySectionFactory().programmes.add(programme)
        assert reasons(priority) == ["It is one of the priorities of 1 project."]
        assert reasons(service) == ["It is one of the services of 1 hub."]
        assert reasons(programme) == ["It is one of the programmes of 1 strategy section."]

    def test_merged_organisations(self, admin_client):
        trust = OrganisationFactory(name="Trust")
        former = OrganisationFactory(name="Trust twice", merged_into=trust)
        assert reasons(former) == ["It was merged into Trust, and old links to it lead there."]
        assert reasons(trust) == ["Trust twice was merged into it."]
        for record in (former, trust):
            admin_client.post(page(record, "delete"), {"name": record.name, "reason": "Entered twice"})
        assertRedirects(admin_client.get(former.get_absolute_url()), trust.get_absolute_url(), 301)
        assert deletions() == []

    def test_strategy_section(self, admin_client):
        section = StrategySectionFactory(title="Our aims")
        assertContains(
            admin_client.get(page(section, "delete")), "It is on the public strategy page. Correct it instead."
        )
        admin_client.post(page(section, "delete"), {"name": "Our aims", "reason": "Entered twice"})
        assertContains(admin_client.get(reverse("projects:strategy")), "Our aims")

    @pytest.mark.parametrize(("published", "expected"), [(True, ["It has had a published project."]), (False, [])])
    def test_programme_that_had_a_project(self, published, expected):
        programme = ProgrammeFactory()
        hub = HubFactory(programme=programme, published=published)
        hub.programme, hub.published = None, False
        hub.save()
        assert reasons(programme) == expected


class TestRowsInsideRecord:
    def test_office_deletes_other_name_in_form_of_hub(self, office_client, hub):
        OtherNameFactory(project=hub, name="Cedar House")
        data = filled_in(office_client.get(page(hub, "change")), **{"other_names-0-DELETE": "on"})
        assert office_client.post(page(hub, "change"), data).status_code == 302
        assert not OtherName.objects.exists()
        assert deletions() == ["Other name “Cedar House” of Wing surgery"]
        assert "Deleted other name" in hub.history.first().history_change_reason

    def test_form_of_hub_deletes_no_milestone_and_no_risk(self, admin_client, hub):
        shown = {
            inline.formset.prefix: inline.formset.can_delete
            for inline in admin_client.get(page(hub, "change")).context["inline_admin_formsets"]
        }
        assert [name for name, can_delete in shown.items() if not can_delete] == ["milestones", "risks"]
        data = filled_in(admin_client.get(page(hub, "change")), **{"milestones-0-DELETE": "on"})
        admin_client.post(page(hub, "change"), data)
        assert Milestone.objects.exists()

    def test_published_note_cannot_be_deleted(self, office_client, hub):
        ProgressNoteFactory(project=hub)
        for published, left in ((True, 1), (False, 1)):
            hub.refresh_from_db()
            hub.published = published
            hub.save()
            data = filled_in(office_client.get(page(hub, "change")), **{"progress_notes-0-DELETE": "on"})
            assert office_client.post(page(hub, "change"), data).status_code == 302
            assert ProgressNote.objects.count() == left

    def test_unpublished_note_can_be_deleted(self, office_client, hub):
        note = ProgressNoteFactory(project=hub)
        data = filled_in(office_client.get(page(hub, "change")), **{"progress_notes-0-DELETE": "on"})
        assert office_client.post(page(hub, "change"), data).status_code == 302
        assert deletions() == [f"Progress note “{note}” of Wing surgery"]

    def test_row_that_became_public_is_403(self, office_client, hub, monkeypatch):
        ProgressNoteFactory(project=hub)
        data = filled_in(office_client.get(page(hub, "change")), **{"progress_notes-0-DELETE": "on"})
        monkeypatch.setattr(ProgressNote, "reasons_to_keep", lambda note: ["The public could see it."])
        assert office_client.post(page(hub, "change"), data).status_code == 403
        assert ProgressNote.objects.exists() and deletions() == []

    def test_contributor_deletes_decision_year_and_draft(self, contributor_client, trust, hub):
        hub.lead_organisation = trust
        hub.save()
        decision = hub.decisions.create(title="Go on", decided_on=datetime.date(2026, 1, 5), decided_by="Board")
        contributor_client.post(reverse("projects:register_remove", args=[hub.slug, "decisions", decision.pk]))
        draft = workflow.start_report(hub, open_period(), contributor_client.user)
        contributor_client.post(reverse("projects:report_delete", args=[hub.slug, draft.pk]))
        assert deletions()[1] == "Decision “Go on” of Wing surgery"
        assert deletions()[0].startswith("Status report “")
        assert not hub.decisions.exists() and not hub.status_reports.exists()


@pytest.mark.parametrize("model", [Hub, Organisation, Place, Site, User])
def test_deleted_record_that_is_gone_redirects_to_index(admin_client, model):
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_delete", args=[4_000_000])
    assert admin_client.get(url).status_code in {302, 403}
