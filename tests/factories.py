"""Minimal valid objects with fixed dates. A test sets only what it asserts."""

import datetime
import itertools

import factory
from factory.django import DjangoModelFactory

from estates_portal.accounts.models import AuditEvent, AuditKind, Invitation, Role, User
from projects.models import (
    BacklogRemoved,
    CostEstimate,
    FundingLine,
    HospitalScheme,
    Hub,
    Milestone,
    MilestoneStatement,
    OtherName,
    Priority,
    Programme,
    ProgressNote,
    Proposal,
    ReportingPeriod,
    Risk,
    RiskEscalation,
    Stage,
    StageBasis,
    StatementKind,
    StatusReport,
    StrategySection,
)
from projects.reporting import workflow
from sites.models import EstateReturn, Organisation, Place, Site

DAY = datetime.timedelta(days=1)
PASSWORD = "correct horse battery"
PROJECT_NUMBERS = itertools.count(1)


class PlaceFactory(DjangoModelFactory):
    class Meta:
        model = Place

    name = factory.Sequence(lambda n: f"Borough {n}")
    slug = factory.Sequence(lambda n: f"borough-{n}")


class OrganisationFactory(DjangoModelFactory):
    """An organisation. `ods_code=` gives it a code for as long as it is valid."""

    class Meta:
        model = Organisation
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Trust {n}")
    slug = factory.Sequence(lambda n: f"trust-{n}")
    kind = "nhs_trust"

    @factory.post_generation
    def ods_code(self, create, code, **kwargs):
        if code:
            self.identifiers.create(value=code, valid_from=self.valid_from, valid_to=self.valid_to)


class SiteFactory(DjangoModelFactory):
    """A site. `ods_code=` gives it a code, `condition=` an accepted grade without a date."""

    class Meta:
        model = Site
        skip_postgeneration_save = True

    name = factory.Sequence(lambda n: f"Site {n}")
    slug = factory.Sequence(lambda n: f"site-{n}")
    kind = "health_centre"
    place = factory.SubFactory(PlaceFactory)

    @factory.post_generation
    def ods_code(self, create, code, **kwargs):
        if code:
            self.identifiers.create(value=code)

    @factory.post_generation
    def condition(self, create, grade, **kwargs):
        if grade:
            self.surveys.create(grade=grade, accepted=True)


class EstateReturnFactory(DjangoModelFactory):
    """An accepted return of a site without figures. `aggregate_of=` makes it an aggregate."""

    class Meta:
        model = EstateReturn

    site = factory.Maybe("aggregate_of", None, factory.SubFactory(SiteFactory))
    aggregate_of = None
    year = 2025
    accepted = True


class PriorityFactory(DjangoModelFactory):
    class Meta:
        model = Priority

    title = factory.Sequence(lambda n: f"Priority {n}")
    slug = factory.Sequence(lambda n: f"priority-{n}")
    description = "Care nearer home."


class ProgrammeFactory(DjangoModelFactory):
    class Meta:
        model = Programme

    name = factory.Sequence(lambda n: f"Programme {n}")
    slug = factory.Sequence(lambda n: f"programme-{n}")


class StrategySectionFactory(DjangoModelFactory):
    class Meta:
        model = StrategySection

    title = factory.Sequence(lambda n: f"Section {n}")
    slug = factory.Sequence(lambda n: f"section-{n}")
    text = "Ten years of buildings."
    source_url = "https://partnership.example/estates"
    source_read_on = datetime.date(2026, 11, 27)


class ProjectFactory(DjangoModelFactory):
    """A published, unrestricted project with a place and a lead organisation."""

    class Meta:
        abstract = True

    class Params:
        number = factory.LazyFunction(lambda: next(PROJECT_NUMBERS))  # one sequence for hubs and schemes

    reference = factory.LazyAttribute(lambda p: f"REF-{p.number}")
    title = factory.LazyAttribute(lambda p: f"Project {p.number:03d}")
    slug = factory.LazyAttribute(lambda p: f"project-{p.number}")
    summary = "A new building for the neighbourhood."
    place = factory.SubFactory(PlaceFactory)
    lead_organisation = factory.SubFactory(OrganisationFactory)
    stage = Stage.OBC
    stage_as_of = datetime.date(2025, 10, 1)
    stage_basis = StageBasis.STATED
    published = True


class HubFactory(ProjectFactory):
    class Meta:
        model = Hub

    hub_type = "primary_care"


class HospitalSchemeFactory(ProjectFactory):
    class Meta:
        model = HospitalScheme


class OtherNameFactory(DjangoModelFactory):
    class Meta:
        model = OtherName

    project = factory.SubFactory(HubFactory)
    name = factory.Sequence(lambda n: f"Known as {n}")


class MilestoneFactory(DjangoModelFactory):
    """A milestone without a date. `forecast=` or `actual=` records one."""

    class Meta:
        model = Milestone
        skip_postgeneration_save = True

    project = factory.SubFactory(HubFactory)
    title = "Opening"
    kind = "opening"

    @factory.post_generation
    def forecast(self, create, day, **kwargs):
        if day:
            self.record_date(StatementKind.FORECAST, day, **kwargs)

    @factory.post_generation
    def actual(self, create, day, **kwargs):
        if day:
            self.record_date(StatementKind.ACTUAL, day, **kwargs)


class MilestoneStatementFactory(DjangoModelFactory):
    class Meta:
        model = MilestoneStatement

    milestone = factory.SubFactory(MilestoneFactory)
    kind = StatementKind.FORECAST
    on = datetime.date(2027, 3, 1)


class CostEstimateFactory(DjangoModelFactory):
    class Meta:
        model = CostEstimate

    project = factory.SubFactory(HubFactory)
    amount_pounds = 1_500_000


class FundingLineFactory(DjangoModelFactory):
    class Meta:
        model = FundingLine

    project = factory.SubFactory(HubFactory)
    funder = "NHS England"


class BacklogRemovedFactory(DjangoModelFactory):
    """A statement on high risk backlog at the main site of its project."""

    class Meta:
        model = BacklogRemoved

    project = factory.SubFactory(HubFactory, site=factory.SubFactory(SiteFactory))
    site = factory.SelfAttribute("project.site")
    band = "high"
    amount_pounds = 1_000_000
    as_of = datetime.date(2026, 3, 1)


class ProposalFactory(DjangoModelFactory):
    class Meta:
        model = Proposal

    project = factory.SubFactory(HubFactory)
    field = "summary"
    old = factory.SelfAttribute("project.summary")
    new = "It opens in two wings."
    old_text = factory.SelfAttribute("old")
    new_text = factory.SelfAttribute("new")
    proposed_by = factory.SubFactory("tests.factories.UserFactory", role="contributor")
    proposed_at = datetime.datetime(2026, 11, 20, 9, tzinfo=datetime.UTC)


class ProgressNoteFactory(DjangoModelFactory):
    class Meta:
        model = ProgressNote

    project = factory.SubFactory(HubFactory)
    date = datetime.date(2025, 10, 1)
    text = "Steel frame finished."
    source_url = "https://www.example.org/news"


class RiskFactory(DjangoModelFactory):
    class Meta:
        model = Risk

    project = factory.SubFactory(HubFactory)
    title = factory.Sequence(lambda n: f"Risk {n}")
    likelihood = 3
    consequence = 4
    raised_on = datetime.date(2026, 1, 5)


class UserFactory(DjangoModelFactory):
    class Meta:
        model = User

    email = factory.Sequence(lambda n: f"person{n}@example.org")
    name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.VIEWER
    password = PASSWORD

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        is_active, others = kwargs.pop("is_active", True), kwargs.pop("other_organisations", ())
        person = model_class.objects.create_user(*args, **kwargs)
        person.other_organisations.set(others)
        if not is_active:
            model_class.objects.filter(pk=person.pk).update(is_active=False)
            person.is_active = False
        return person


class RiskEscalationFactory(DjangoModelFactory):
    class Meta:
        model = RiskEscalation

    risk = factory.SubFactory(RiskFactory)
    tier = "portfolio"
    why = "The trust cannot pay for it"
    wanted = "A decision on the contingency by March"
    asked_by = factory.SubFactory(UserFactory)


class AuditEventFactory(DjangoModelFactory):
    class Meta:
        model = AuditEvent

    kind = AuditKind.SIGNED_IN
    person = factory.SubFactory(UserFactory)
    address = "192.0.2.7"


class InvitationFactory(DjangoModelFactory):
    """An invitation that is open for a week; `token` is the token of its link."""

    class Meta:
        model = Invitation
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"invited{n}@example.org")
    name = factory.Sequence(lambda n: f"Invited {n}")
    organisation = factory.SubFactory(OrganisationFactory)
    invited_by = factory.SubFactory(UserFactory, role=Role.PROGRAMME_OFFICE)

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        invitation = model_class(*args, **kwargs)
        token = invitation.renew()
        for name, value in kwargs.items():  # after renew() has set them
            setattr(invitation, name, value)
        invitation.save()
        invitation.token = token
        return invitation


def reported(report, by, accepted_by=None, **answers):
    """The report, submitted, and accepted by `accepted_by` if given. `answers` replace the default answers."""
    all_answers = {"overall": "green", "summary": "On time and within budget", **answers}
    report = workflow.save_draft(report, by, all_answers)
    report = workflow.submit(report, by)
    return workflow.accept(report, accepted_by) if accepted_by else report


class ReportingPeriodFactory(DjangoModelFactory):
    """Consecutive months from January 2030. Each opens on the 20th and is due on the 5th of the next month."""

    class Meta:
        model = ReportingPeriod

    month = factory.Sequence(lambda n: n)
    starts_on = factory.LazyAttribute(lambda o: datetime.date(2030 + o.month // 12, o.month % 12 + 1, 1))
    ends_on = factory.LazyAttribute(lambda o: (o.starts_on + datetime.timedelta(days=31)).replace(day=1) - DAY)
    opens_on = factory.LazyAttribute(lambda o: o.starts_on.replace(day=20))
    due_on = factory.LazyAttribute(lambda o: o.ends_on + datetime.timedelta(days=5))
    name = factory.LazyAttribute(lambda o: f"{o.starts_on:%B %Y}")
    slug = factory.LazyAttribute(lambda o: f"{o.starts_on:%Y-%m}")

    @classmethod
    def _create(cls, model_class, *args, **kwargs):
        kwargs.pop("month")
        return super()._create(model_class, *args, **kwargs)


class StatusReportFactory(DjangoModelFactory):
    """A draft that can be submitted."""

    class Meta:
        model = StatusReport

    project = factory.SubFactory("tests.factories.HubFactory")
    period = factory.SubFactory(ReportingPeriodFactory)
    overall = "green"
    summary = "On time and within budget"
    started_by = factory.SubFactory("tests.factories.UserFactory")
    saved_by = factory.SelfAttribute("started_by")
