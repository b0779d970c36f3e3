"""Constraints of the database, and which projects users see."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from estates_portal.accounts.models import Role
from projects.models import FundingLine, HospitalScheme, Hub, Priority, Project, ProjectKind
from tests.factories import (
    CostEstimateFactory,
    FundingLineFactory,
    HospitalSchemeFactory,
    HubFactory,
    MilestoneFactory,
    MilestoneStatementFactory,
    OrganisationFactory,
    OtherNameFactory,
    PriorityFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_project_has_type_and_model_of_its_type():
    hub, scheme = HubFactory(), HospitalSchemeFactory()
    assert Project.objects.get(pk=hub.pk).kind == ProjectKind.HUB
    assert Project.objects.get(pk=scheme.pk).kind == ProjectKind.HOSPITAL_SCHEME
    assert Hub.objects.get().hub_type == "primary_care"
    assert HospitalScheme.objects.get().kind == ProjectKind.HOSPITAL_SCHEME


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        (Project, "kind", "castle"),
        (Project, "stage", "nearly"),
        (Project, "stage_basis", "guessed"),
        (Project, "stage_as_of_precision", "decade"),
        (Project, "delivery_state", "asleep"),
        (Hub, "hub_type", "transport"),
        (Priority, "kind", "wish"),
    ],
)
def test_database_refuses_value_outside_choices(model, field, value):
    HubFactory()
    PriorityFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        model.objects.update(**{field: value})


@pytest.mark.parametrize(
    ("factory", "field", "value"),
    [
        (MilestoneFactory, "kind", "party"),
        (MilestoneFactory, "reached", True),
        (MilestoneStatementFactory, "kind", "rumour"),
        (MilestoneStatementFactory, "precision", "decade"),
        (CostEstimateFactory, "amount_pounds", 0),
        (CostEstimateFactory, "amount_pounds", -1),
        (FundingLineFactory, "amount_pounds", 0),
        (FundingLineFactory, "status", "hoped"),
        (HospitalSchemeFactory, "floor_area_m2", -1),
    ],
)
def test_database_refuses_invalid_row(factory, field, value):
    with pytest.raises(IntegrityError), transaction.atomic():
        factory(**{field: value})


def test_funding_line_without_amount_is_valid():
    FundingLineFactory(amount_pounds=None)
    assert FundingLine.objects.get().amount_pounds is None


def test_constraint_error_is_explained():
    project = HubFactory()
    project.delivery_state = "asleep"
    with pytest.raises(ValidationError, match="not a valid choice"):
        project.full_clean()
    line = FundingLineFactory.build(project=project, amount_pounds=-5)
    with pytest.raises(ValidationError, match="Amount must be more than 0"):
        line.full_clean()


def test_duplicate_other_name_and_reference_are_rejected():
    name = OtherNameFactory(name="ASB")
    with pytest.raises(IntegrityError), transaction.atomic():
        OtherNameFactory(project=name.project, name="ASB")
    with pytest.raises(IntegrityError), transaction.atomic():
        HubFactory(reference=name.project.reference)


def test_database_refuses_project_as_own_parent():
    hub = HubFactory()
    with pytest.raises(IntegrityError), transaction.atomic():
        Project.objects.filter(pk=hub.pk).update(parent=hub.pk)


def test_project_cannot_be_own_ancestor():
    plan = HospitalSchemeFactory()
    block = HospitalSchemeFactory(parent=plan)
    ward = HospitalSchemeFactory(parent=block)
    plan.parent = Project.objects.get(pk=ward.pk)
    with pytest.raises(ValidationError, match="Select a parent that is not part of this project"):
        plan.full_clean()
    plan.parent = None
    plan.full_clean()


def test_saving_adds_history_with_old_and_new_value():
    hub = HubFactory(title="Old name")
    hub.title = "New name"
    hub.save()
    newest, oldest = hub.history.all()
    assert (oldest.title, newest.title) == ("Old name", "New name")


class TestVisibility:
    @pytest.fixture
    def projects(self, trust, other_trust):
        """A project of each visibility, all led by `trust`."""
        return {
            "published": HubFactory(lead_organisation=trust, published=True, restricted=True),
            "unpublished": HubFactory(lead_organisation=trust, published=False),
            "restricted": HospitalSchemeFactory(lead_organisation=trust, published=False, restricted=True),
        }

    def seen(self, projects, user):
        visible = set(Project.objects.visible_to(user).values_list("pk", flat=True))
        for project in projects.values():  # the same rule for the subclass's manager
            assert type(project).objects.visible_to(user).filter(pk=project.pk).exists() == (project.pk in visible)
        return {name for name, project in projects.items() if project.pk in visible}

    def test_anonymous_user_sees_published_projects(self, projects):
        assert self.seen(projects, AnonymousUser()) == {"published"}

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
    def test_viewer_sees_unpublished_but_not_restricted_projects_of_others(self, projects, role, other_trust):
        for organisation in (other_trust, None):
            user = UserFactory(role=role, organisation=organisation)
            assert self.seen(projects, user) == {"published", "unpublished"}

    @pytest.mark.parametrize("role", [Role.VIEWER, Role.CONTRIBUTOR])
    def test_lead_organisation_sees_restricted_project(self, projects, role, trust):
        assert self.seen(projects, UserFactory(role=role, organisation=trust)) == set(projects)

    def test_partner_organisation_sees_restricted_project(self, projects, other_trust):
        projects["restricted"].partner_organisations.add(other_trust, OrganisationFactory())
        assert self.seen(projects, UserFactory(organisation=other_trust)) == set(projects)

    @pytest.mark.parametrize("role", [Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR])
    def test_office_sees_all_projects(self, projects, role):
        assert self.seen(projects, UserFactory(role=role)) == set(projects)

    def test_each_project_is_listed_once(self, projects, trust, other_trust):
        projects["published"].partner_organisations.add(trust, other_trust)
        user = UserFactory(organisation=trust)
        assert Project.objects.visible_to(user).count() == 3
