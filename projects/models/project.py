"""Projects of both kinds, programmes, priorities and their related records."""

from collections import Counter
from itertools import chain
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils import formats, timezone
from simple_history.models import HistoricalRecords

from estates_portal.addresses import AddressField, free_slug
from estates_portal.amounts import Pounds
from estates_portal.constraints import known_choice
from estates_portal.dates import DatePrecision, PartialDate, PartialDateColumns
from estates_portal.fields import Day
from estates_portal.sorting import SortKey
from estates_portal.statements import StageBasis
from sites.models import ACCEPTED, Organisation, OrganisationKind, Site

from . import search
from .choices import (
    NOT_KNOWN,
    NOT_STATED,
    OVER,
    DeliveryState,
    HubType,
    MilestoneKind,
    PriorityKind,
    ProjectKind,
    ReportingCadence,
    Stage,
    Trend,
)
from .statements import ACCEPTED_COLUMNS, column_for


class Priority(models.Model):
    """An aim of the ten-year Estates Strategy that projects support."""

    title = models.CharField(max_length=120, unique=True)
    slug = AddressField(max_length=120, unique=True)
    kind = models.CharField("type", max_length=20, choices=PriorityKind, default=PriorityKind.STRATEGIC_PRIORITY)
    description = models.TextField()
    order = models.PositiveSmallIntegerField(default=0)
    source_url = models.URLField("source", max_length=500, blank=True, db_default="", default="")
    source_read_on = Day("source read on", null=True, blank=True, not_future=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["order", SortKey("title"), "pk"]
        verbose_name_plural = "priorities"
        constraints = [
            known_choice("projects_priority_kind_known", "Select a type of priority from the list", kind=PriorityKind)
        ]

    def __str__(self):
        return self.title

    def get_absolute_url(self):
        return reverse("projects:priority_detail", args=[self.slug])


class ProgrammeQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Programmes that the strategy names, or with at least one project that `user` can see."""
        projects = Project.objects.visible_to(user).order_by().filter(programme=OuterRef("pk"))
        in_strategy = self.model.strategy_sections.through.objects.filter(programme=OuterRef("pk"))
        return self.filter(Exists(projects) | Exists(in_strategy))


class Programme(models.Model):
    """A group of projects run together."""

    name = models.CharField(max_length=200, unique=True)
    slug = AddressField(max_length=120, unique=True)
    description = models.TextField(blank=True)
    lead_organisation = models.ForeignKey(
        "sites.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="led_programmes",
        limit_choices_to=ACCEPTED,
    )
    priorities = models.ManyToManyField(Priority, blank=True, related_name="programmes")
    source_url = models.URLField("source", max_length=500, blank=True, db_default="", default="")
    source_read_on = Day("source read on", null=True, blank=True, not_future=True)
    is_example = models.BooleanField("example data", default=False, editable=False)

    objects = ProgrammeQuerySet.as_manager()
    history = HistoricalRecords(m2m_fields=[priorities])

    class Meta:
        ordering = [SortKey("name"), "pk"]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("projects:programme_detail", args=[self.slug])

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted, beside what refers to it: its page was public. At most three queries."""
        published = {"programme": self.pk, "published": True}
        was_public = any(kind.history.filter(**published).exists() for kind in (Hub, HospitalScheme, Project))
        return ["It has had a published project."] if was_public else []


class Service(models.Model):
    """A health or care service that hubs offer, such as social prescribing."""

    name = models.CharField(max_length=120, unique=True)

    history = HistoricalRecords()

    class Meta:
        ordering = [SortKey("name"), "pk"]

    def __str__(self):
        return self.name


def _involving(organisation_ids, on):
    """The condition that one of the organisations, or one that they have succeeded by that day, leads or partners."""
    lineage = Organisation.objects.lineage(organisation_ids, on).values("pk")
    partnered = Project.partner_organisations.through.objects.filter(organisation__in=lineage)
    return Q(lead_organisation__in=lineage) | Q(pk__in=partnered.values("project_id"))


class ProjectQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Projects that `user` (or an AnonymousUser) can see. Every page, count and list of choices starts here."""
        if not user.is_authenticated:
            return self.filter(published=True)
        if user.sees_everything:
            return self
        open_to_all = Q(published=True) | Q(restricted=False)
        return self.filter(open_to_all | _involving(user.organisation_ids, timezone.localdate()))

    def of_organisations(self, organisation_ids, on):
        """Projects that one of the organisations, or one that they have succeeded by that day, leads or partners."""
        return self.filter(_involving(organisation_ids, on))

    def with_opening(self, reader, **date):
        """Projects joined with their openings that `reader` can see, whose date matches these lookups."""
        on = column_for(reader, "current_on")
        opening = {f"milestones__{on}__{lookup}": value for lookup, value in date.items()}
        if not reader.is_authenticated:
            opening["milestones__public"] = True
        return self.filter(milestones__kind=MilestoneKind.OPENING, **opening)

    def without_parts(self):
        """Without projects that are part of another of these."""
        return self.exclude(parent__in=self.order_by().values("pk"))

    def tally(self, *fields):
        """The number of projects by value: {field: `Counter` of its values}. One query."""
        counts = {field: Counter() for field in fields}
        for *values, number in self.order_by().values_list(*fields).annotate(Count("pk")):
            for field, value in zip(fields, values, strict=True):
                counts[field][value] += number
        return counts

    def in_places(self, places, or_several=False):
        """Projects in any of the places (or ids of places); with `or_several`, also projects in several places."""
        in_place = Q(place__in=places)
        return self.filter(in_place | Q(place__isnull=True)) if or_several else self.filter(in_place)

    def matching(self, text, reader=None):
        """Projects that contain every term of the text; all projects for an empty text.

        `reader` is the user who searches; only signed-in users find names of people.
        """
        return search.matching(self, text, with_people=reader is not None and reader.is_authenticated)

    def by_relevance(self, text):
        """Projects with all terms of the text in their own names first, then by title."""
        return search.by_relevance(self, text)


# Status reports set these columns when they are submitted, accepted or returned. No form saves them.
WORKFLOW_COLUMNS = {"current_report", "trend"}
FUTURE_STAGE = "Date of the stage must be today or in the past"
# The facts that stage statements state, each with the columns that copy its current statement.
STATED_FACTS = {
    "stage": ("stage", "stage_as_of", "stage_as_of_precision", "stage_basis", "stage_source_url"),
    "delivery_state": ("delivery_state",),
}
STATED_COLUMNS = {name for names in STATED_FACTS.values() for name in names}


def newest_by_fact(statements):
    """{"stage" or "delivery_state": its statement with the latest date} of these `StageStatement`s.

    A statement without a date is older than any with one. Among equals, the last recorded one counts.
    """
    ordered = sorted(statements, key=lambda statement: (str(statement.stated_on or ""), statement.pk))
    return {"stage" if statement.stage else "delivery_state": statement for statement in ordered}


def state_at(stage, delivery_state):
    """The delivery state of a project at the stage: a closed project is complete unless it was cancelled."""
    return DeliveryState.COMPLETE if stage == Stage.CLOSED and delivery_state not in OVER else delivery_state


def accepted_columns(project):
    """The values of the columns that copy accepted statements."""
    return [getattr(project, ACCEPTED_COLUMNS[name]) for name in sorted(STATED_COLUMNS)]


class ProjectStatus(NamedTuple):
    """The stage and delivery state that a reader sees, with the date, basis and source of the stage.

    `is_reviewed`: the programme office has accepted them.
    """

    stage: str
    dated: PartialDate | None
    basis: str
    source_url: str
    delivery_state: str
    is_reviewed: bool

    @property
    def basis_label(self):
        """How the stage is known. A project without a stage, and without a source that does not give it, has none."""
        return StageBasis(self.basis).label if self.stage or self.source_url else NOT_STATED

    @property
    def is_waiting(self):
        return not self.is_reviewed

    def __str__(self):
        return Stage(self.stage).label if self.stage else NOT_KNOWN


class Project(models.Model):
    """A piece of estates work; always a Hub or a HospitalScheme."""

    reference = models.CharField(max_length=60, unique=True, help_text="Short and permanent, for example LAD-ASB")
    kind = models.CharField("type", max_length=20, choices=ProjectKind, editable=False)
    title = models.CharField(max_length=200)
    slug = AddressField(max_length=120, unique=True)
    summary = models.TextField(help_text="Describe the project in two sentences for the public")
    description = models.TextField(blank=True)
    programme = models.ForeignKey(Programme, on_delete=models.PROTECT, null=True, blank=True, related_name="projects")
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
        help_text="Parent project",
    )
    priorities = models.ManyToManyField(Priority, blank=True, related_name="projects")
    place = models.ForeignKey(
        "sites.Place",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        help_text="Leave blank if it covers more than one place",
    )
    site = models.ForeignKey(
        "sites.Site",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="projects",
        verbose_name="main site",
        limit_choices_to=ACCEPTED,
    )
    further_sites = models.ManyToManyField(
        "sites.Site", blank=True, related_name="further_projects", limit_choices_to=ACCEPTED
    )
    lead_organisation = models.ForeignKey(
        "sites.Organisation",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="led_projects",
        limit_choices_to=ACCEPTED,
    )
    partner_organisations = models.ManyToManyField(
        "sites.Organisation", blank=True, related_name="partnered_projects", limit_choices_to=ACCEPTED
    )
    stage = models.CharField(
        max_length=20, choices=Stage, blank=True, help_text="Leave blank if no source gives the stage"
    )
    stage_as_of = Day("stage as at", null=True, blank=True)
    stage_as_of_precision = models.CharField(max_length=10, choices=DatePrecision, default=DatePrecision.DAY)
    stage_basis = models.CharField(max_length=10, choices=StageBasis, default=StageBasis.REPORTED)
    stage_source_url = models.URLField("source of the stage", max_length=500, blank=True)
    delivery_state = models.CharField(max_length=20, choices=DeliveryState, default=DeliveryState.ACTIVE)
    # the accepted statements, for the public; see `save`
    accepted_stage = models.CharField(
        max_length=20, choices=Stage, blank=True, default="", db_default="", editable=False
    )
    accepted_stage_as_of = Day(null=True, blank=True, editable=False)
    accepted_stage_as_of_precision = models.CharField(
        max_length=10, choices=DatePrecision, default=DatePrecision.DAY, db_default=DatePrecision.DAY, editable=False
    )
    accepted_stage_basis = models.CharField(
        max_length=10, choices=StageBasis, default=StageBasis.REPORTED, db_default=StageBasis.REPORTED, editable=False
    )
    accepted_stage_source_url = models.URLField(max_length=500, blank=True, default="", db_default="", editable=False)
    accepted_delivery_state = models.CharField(
        max_length=20,
        choices=DeliveryState,
        default=DeliveryState.ACTIVE,
        db_default=DeliveryState.ACTIVE,
        editable=False,
    )
    senior_responsible_owner = models.CharField(max_length=150, blank=True)
    project_manager = models.CharField(max_length=150, blank=True)
    approved_budget = Pounds(
        "approved budget (£)", null=True, blank=True, help_text="Capital approved for the whole project"
    )
    approved_budget_on = Day("budget approved on", null=True, blank=True, not_future=True)
    cost_notes = models.TextField(
        "notes on the figures",
        max_length=2000,
        blank=True,
        help_text="For example, VAT, optimism bias and price base",
    )
    published = models.BooleanField(default=False, help_text="Everyone can see it without signing in")
    restricted = models.BooleanField(
        default=False, help_text="If not published, only its own organisations and the programme office can see it"
    )
    reporting = models.CharField(
        "reports",
        max_length=10,
        choices=ReportingCadence,
        default=ReportingCadence.MONTHLY,
        help_text="How often it reports while active",
    )
    current_report = models.ForeignKey(
        "projects.StatusReport",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        db_column="current_update_id",
        related_name="+",
    )
    trend = models.CharField(
        max_length=10,
        choices=Trend,
        blank=True,
        editable=False,
        help_text="How the rating of the latest report compares with those before it",
    )
    is_example = models.BooleanField("example data", default=False, editable=False)
    version = models.PositiveIntegerField(default=0, editable=False)

    # rows that nothing but `estates_portal.deletion` deletes with the project, beside those that cascade
    own_rows = (
        *("milestones", "stage_statements", "change_requests", "proposals", "decisions", "risks"),
        "progress_notes",
        "closures",
    )
    # date, precision, basis, source and reason for the statement of the delivery state; the admin's form sets them
    state_details = None

    objects = ProjectQuerySet.as_manager()
    history = HistoricalRecords(
        inherit=True,
        excluded_fields=[
            *("version", "current_report", "trend"),
            *(ACCEPTED_COLUMNS[name] for name in sorted(STATED_COLUMNS)),
        ],
    )

    class Meta:
        ordering = [SortKey("title"), "pk"]
        indexes = [
            models.Index(fields=["title", "id"], name="projects_project_title"),  # default order of lists
            models.Index(fields=["place", "title"], name="projects_project_place"),  # place pages
            # the public home page
            models.Index(fields=["published", "accepted_stage"], name="projects_project_public"),
        ]
        constraints = [
            known_choice("projects_project_kind_known", "Select hub or hospital scheme", kind=ProjectKind),
            known_choice("projects_project_stage_known", "Select a stage from the list", or_blank=True, stage=Stage),
            known_choice(
                "projects_project_stage_basis_known",
                "Select how the stage is known from the list",
                stage_basis=StageBasis,
            ),
            known_choice(
                "projects_project_stage_precision_known",
                "Select a date precision from the list",
                stage_as_of_precision=DatePrecision,
            ),
            known_choice(
                "projects_project_delivery_state_known",
                "Select a delivery state from the list",
                delivery_state=DeliveryState,
            ),
            known_choice(
                "projects_project_reporting_known",
                "Select how often it reports from the list",
                reporting=ReportingCadence,
            ),
            *(
                models.CheckConstraint(
                    name=f"projects_project_{prefix}closed_is_over",
                    condition=~Q(**{f"{prefix}stage": Stage.CLOSED}) | Q(**{f"{prefix}delivery_state__in": OVER}),
                    violation_error_message="Select Complete or Cancelled as the delivery state of a closed project",
                )
                for prefix in ("", "accepted_")
            ),
            models.CheckConstraint(
                name="projects_project_budget_not_negative",
                condition=Q(approved_budget__isnull=True) | Q(approved_budget__gte=0),
                violation_error_message="Approved budget must be 0 or more",
            ),
            known_choice("projects_project_trend_known", "Select a trend from the list", or_blank=True, trend=Trend),
            models.CheckConstraint(
                name="projects_project_not_own_parent",
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")),
                violation_error_message="Select a parent other than this project",
            ),
            models.UniqueConstraint(
                Upper("reference"),
                name="projects_project_reference_any_case",
                violation_error_message="Enter another reference. Another project has this one",
            ),
        ]

    def __str__(self):
        return self.title

    def save(self, *args, update_fields=None, **kwargs):
        """Save the project. A stage or delivery state changed by hand, as in the admin, becomes an accepted statement.

        One more query for an existing project.
        """
        by_hand = update_fields is None or not STATED_COLUMNS.isdisjoint(update_fields)
        changed = self.accept_changes() if by_hand else {}
        if update_fields is not None and by_hand:
            update_fields = {*update_fields, *STATED_COLUMNS, *(ACCEPTED_COLUMNS[name] for name in STATED_COLUMNS)}
        with transaction.atomic():
            super().save(*args, update_fields=update_fields, **kwargs)
            for fact, statement in changed.items():
                self._replace_statement(fact, statement)

    def get_absolute_url(self):
        return reverse("projects:project_detail", args=[self.slug])

    def clean(self):
        """Raise ValidationError for a parent that is part of this project, a new reference of a public one, or a stage
        dated in the future.

        One query, and one for each level above the project.
        """
        if self.stage_known and self.stage_known.first > timezone.localdate():
            raise ValidationError({"stage_as_of": FUTURE_STAGE}, code="future")
        stored = Project.objects.filter(pk=self.pk).first() if self.pk is not None else None
        if stored and stored.reference != self.reference and stored.is_permanent("reference"):
            raise ValidationError(
                f"The reference of a published project is permanent. Change it back to {stored.reference}",
                code="reference",
            )
        ancestor, seen = self.parent, set()
        while ancestor is not None and ancestor.pk not in seen:
            if self.pk is not None and ancestor.pk == self.pk:
                raise ValidationError({"parent": "Select a parent that is not part of this project"}, code="circle")
            seen.add(ancestor.pk)
            ancestor = ancestor.parent

    def involves(self, organisation_ids, on):
        """Whether one of the organisations, or one that they have succeeded by the day `on`, leads or partners.

        At most two queries; none if one is the lead itself.
        """
        if self.lead_organisation_id in organisation_ids:
            return True
        involved = {self.lead_organisation_id, *(partner.pk for partner in self.partner_organisations.all())} - {None}
        return (
            not involved.isdisjoint(organisation_ids)
            or Organisation.objects.lineage(organisation_ids, on).filter(pk__in=involved).exists()
        )

    def is_led_by(self, organisation_ids, on):
        """Whether one of the organisations leads, or has succeeded the lead by the day `on`. At most one query."""
        if self.lead_organisation_id is None or self.lead_organisation_id in organisation_ids:
            return self.lead_organisation_id is not None
        return Organisation.objects.lineage(organisation_ids, on).filter(pk=self.lead_organisation_id).exists()

    def organisation_of(self, person, on):
        """The organisation for which the user acts on this project; None if they have none.

        Of theirs, the one that leads, or that has succeeded the lead by the day `on`; else one that partners; else
        their main one. No query for a user with one organisation.
        """
        theirs = person.organisations
        if len(theirs) < 2:
            return theirs[0] if theirs else None
        lead = Organisation.objects.filter(pk=self.lead_organisation_id)
        leads = (one for one in theirs if lead.lineage([one.pk], on).exists())
        partners = (one for one in theirs if self.involves([one.pk], on))
        return next(chain(leads, partners, theirs))

    def as_its_kind(self):
        """The project as a `Hub` or a `HospitalScheme`. At most two queries."""
        return self.hub if hasattr(self, "hub") else self.hospitalscheme

    def all_sites(self):
        """Queryset of its main site and its further sites."""
        further = Project.further_sites.through.objects.filter(project=self.pk).values("site_id")
        return Site.objects.filter(Q(pk=self.site_id) | Q(pk__in=further))

    def last_save(self):
        """(user, time) of the newest change to the project or its milestones; (None, None) without one."""
        milestones = self.milestones.model.history.filter(project_id=self.pk)
        newest = max(
            filter(None, [self.as_its_kind().history.first(), milestones.first()]),
            key=lambda record: record.history_date,
            default=None,
        )
        return (newest.history_user, newest.history_date) if newest else (None, None)

    def accept_changes(self):
        """Accept the stage or delivery state if it differs from its current statement.

        Returns {"stage" or "delivery_state": fields of its new statement}. Saves nothing.
        """
        standing = [] if self._state.adding else list(self.stage_statements.standing())
        self._copy_statements(newest_by_fact(said for said in standing if said.is_accepted), ACCEPTED_COLUMNS)
        recorded = newest_by_fact(standing)
        stage, state, changed = recorded.get("stage"), recorded.get("delivery_state"), {}
        new_state = {"delivery_state": self.delivery_state, **(self.state_details or {})}
        new = {
            "stage": self.stage,
            "stated_on": self.stage_as_of,
            "precision": self.stage_as_of_precision,
            "basis": self.stage_basis,
            "source_url": self.stage_source_url,
        }
        if any(value != getattr(stage, name) for name, value in new.items()) if stage else self.stage:
            changed["stage"] = new
        if state:
            is_new = any(value != getattr(state, name) for name, value in new_state.items())
        else:
            is_new = self.delivery_state != DeliveryState.ACTIVE or self.state_details is not None
        if is_new:
            changed["delivery_state"] = {"stated_on": timezone.localdate(), "basis": StageBasis.OFFICE, **new_state}
        # a stage that no one stated can have a date and a source: those of the page that does not give it
        accepted = {*changed, "stage"} if stage is None and not self.accepted_stage else changed
        for name in (name for fact in accepted for name in STATED_FACTS[fact]):
            setattr(self, ACCEPTED_COLUMNS[name], getattr(self, name))
        self.accepted_delivery_state = state_at(self.accepted_stage, self.accepted_delivery_state)
        return changed

    def _copy_statements(self, statements, columns):
        """Copy {fact: its statement} to the `columns`; those of a stage that no statement gives stay as they are."""
        if stage := statements.get("stage"):
            values = (stage.stage, stage.stated_on, stage.precision, stage.basis, stage.source_url)
            for name, value in zip(STATED_FACTS["stage"], values, strict=True):
                setattr(self, columns[name], value)
        state = statements.get("delivery_state")
        stated = state.delivery_state if state else DeliveryState.ACTIVE
        setattr(self, columns["delivery_state"], state_at(getattr(self, columns["stage"]), stated))

    def _replace_statement(self, fact, statement):
        """Create the statement and withdraw those with later dates; all, if it says nothing."""
        replaced = self.stage_statements.standing().exclude(**{fact: ""})
        if not statement[fact]:
            replaced.update(withdrawn_at=timezone.now())
            return
        is_later = Q(stated_on__gt=statement["stated_on"]) if statement["stated_on"] else Q(stated_on__isnull=False)
        replaced.filter(is_later).update(withdrawn_at=timezone.now())
        self.stage_statements.create(**statement)

    def refresh_status(self):
        """Set the stage and delivery state from their statements, those of this project and those saved."""
        standing = list(self.stage_statements.standing())
        newest = newest_by_fact(standing)
        accepted = newest_by_fact(statement for statement in standing if statement.is_accepted)
        record, accepted_before = self.as_its_kind(), accepted_columns(self)
        self._copy_statements(accepted, ACCEPTED_COLUMNS)
        if "stage" not in newest:  # what the source of a project without a stage says of it
            for name in STATED_FACTS["stage"]:
                setattr(self, name, getattr(self, ACCEPTED_COLUMNS[name]))
        self._copy_statements(newest, {name: name for name in STATED_COLUMNS})
        for name in STATED_COLUMNS:
            setattr(record, name, getattr(self, name))
        if accepted_before == accepted_columns(self):
            Project.objects.filter(pk=self.pk).update(**{name: getattr(self, name) for name in STATED_COLUMNS})
        else:  # history records what was accepted, with who accepted it
            record.save(update_fields=STATED_COLUMNS)

    def missing_when_closed(self):
        """[what a closed project should record and does not], as text. Four queries."""
        reached = self.milestones.filter(kind=MilestoneKind.OPENING, reached=True)
        evaluations = self.milestones.filter(gate="evaluation", current_on__isnull=False)
        checks = {
            "the final cost": self.annual_costs.filter(actual__isnull=False),
            "the opening date": reached,
            "the evaluation date": evaluations,
        }
        missing = [label for label, rows in checks.items() if not rows.exists()]
        if self.benefits.filter(owner="").exists() or not self.benefits.exists():
            missing.append("an owner of each benefit")
        return missing

    def was_ever_published(self):
        """Whether the public can see the project, or could. At most one query."""
        kind = Hub if self.kind == ProjectKind.HUB else HospitalScheme
        return self.published or kind.history.filter(id=self.pk, published=True).exists()

    def is_permanent(self, name):
        """Whether the value of this column can no longer change. At most one query."""
        return name == "reference" and self.was_ever_published()

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted, beside what refers to it. At most two queries."""
        if self.published:
            return ["It is published."]
        reasons = ["It has been published."] if self.was_ever_published() else []
        return reasons + [
            f"Milestone “{link.milestone}” of {link.milestone.project} depends on its milestone “{link.depends_on}”."
            for link in self.milestones.all().dependents()
        ]

    @transaction.atomic
    def save_edited(self, *, on):
        """Save all columns except those of the reporting workflow, which can change after the row is read.

        If the title changes, the former one becomes another name of the project, until the day `on`. The address
        follows the title until the project is first published.
        """
        former, slug = Project.objects.values_list("title", "slug").get(pk=self.pk)
        if former != self.title and slug == self.slug and not self.was_ever_published():
            self.slug = free_slug(Project, self.title, "project", self.pk)
        names = [field.name for field in self._meta.concrete_fields if not field.primary_key]
        self.save(update_fields=[name for name in names if name not in WORKFLOW_COLUMNS])
        if former != self.title:
            self.other_names.filter(name=self.title).delete()
            OtherName.objects.get_or_create(project_id=self.pk, name=former, defaults={"until": on})

    stage_known = PartialDateColumns("stage_as_of", "stage_as_of_precision", empty=DatePrecision.DAY)
    accepted_stage_known = PartialDateColumns(
        "accepted_stage_as_of", "accepted_stage_as_of_precision", empty=DatePrecision.DAY
    )

    def status_seen_by(self, reader):
        """The `ProjectStatus` that `reader` sees: the newest for signed-in users, the accepted one for others."""
        return self.newest_status if reader.is_authenticated else self.accepted_status

    @property
    def newest_status(self):
        accepted = (self.accepted_stage, self.accepted_stage_known)
        return ProjectStatus(
            self.stage,
            self.stage_known,
            self.stage_basis,
            self.stage_source_url,
            self.delivery_state,
            is_reviewed=(self.stage, self.stage_known) == accepted,
        )

    @property
    def accepted_status(self):
        return ProjectStatus(
            self.accepted_stage,
            self.accepted_stage_known,
            self.accepted_stage_basis,
            self.accepted_stage_source_url,
            self.accepted_delivery_state,
            is_reviewed=True,
        )


class Hub(Project):
    """A place that brings care out of hospitals and into neighbourhoods."""

    hub_type = models.CharField(max_length=30, choices=HubType)
    primary_care_networks = models.ManyToManyField(
        "sites.Organisation",
        blank=True,
        related_name="hubs",
        limit_choices_to={"kind": OrganisationKind.PRIMARY_CARE_NETWORK, **ACCEPTED},
    )
    services = models.ManyToManyField(Service, blank=True, related_name="hubs")
    population_served = models.PositiveIntegerField(null=True, blank=True)
    homes_planned = models.PositiveIntegerField(null=True, blank=True, help_text="New homes that the hub will serve")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [known_choice("projects_hub_type_known", "Select a hub type from the list", hub_type=HubType)]
        indexes = [models.Index(fields=["hub_type"], name="projects_hub_by_type")]  # the list's filter

    def __init__(self, *args, **kwargs):
        if not args:  # rows read from the database come as positional arguments
            kwargs.setdefault("kind", ProjectKind.HUB)
        super().__init__(*args, **kwargs)


class HospitalScheme(Project):
    """A capital scheme on a hospital site."""

    clinical_function = models.CharField(max_length=200, blank=True)
    beds_added = models.IntegerField(null=True, blank=True, help_text="Can be negative if beds close")
    theatres_added = models.IntegerField(null=True, blank=True)
    floor_area_m2 = models.DecimalField(
        "floor area (m2)", max_digits=10, decimal_places=2, null=True, blank=True, validators=[MinValueValidator(0)]
    )
    estate_risk_addressed = models.TextField(blank=True, help_text="Backlog or risk removed from the old building")

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="projects_hospitalscheme_floor_area_not_negative",
                condition=Q(floor_area_m2__isnull=True) | Q(floor_area_m2__gte=0),
                violation_error_message="Floor area must be 0 or more",
            )
        ]

    def __init__(self, *args, **kwargs):
        if not args:  # rows read from the database come as positional arguments
            kwargs.setdefault("kind", ProjectKind.HOSPITAL_SCHEME)
        super().__init__(*args, **kwargs)


class OtherName(models.Model):
    """A former or everyday name that users search for."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="other_names")
    name = models.CharField(max_length=200)
    until = Day("title until", null=True, blank=True, help_text="For a former title")

    history = HistoricalRecords()

    class Meta:
        ordering = [SortKey("name"), "pk"]
        constraints = [
            models.UniqueConstraint(
                name="projects_othername_once_a_project",
                fields=["project", "name"],
                violation_error_message="This project already has that other name",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def label(self):
        """The name, with the last day of a former title: "Wing surgery (until 26 November 2026)"."""
        return f"{self.name} (until {formats.date_format(self.until, 'j F Y')})" if self.until else self.name


class ProjectSource(models.Model):
    """A published source for a project's facts."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="sources")
    url = models.URLField("web address", max_length=500)
    supports = models.CharField(max_length=200, blank=True, help_text="The facts it supports, if known")

    history = HistoricalRecords()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="projects_projectsource_once_a_project",
                fields=["project", "url"],
                violation_error_message="This project already has that source",
            )
        ]

    def __str__(self):
        return self.url


BATCH = 500


@transaction.atomic
def set_published(projects, published, *, by):
    """Publish or unpublish `projects` of one type and return the number changed.

    Adds a row of history by the user `by` for each.
    """
    model, changed = projects.model, 0
    ids = list(projects.order_by().exclude(published=published).values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        Project.objects.filter(pk__in=batch).update(published=published, version=F("version") + 1)
        rows = list(model.objects.filter(pk__in=batch))
        reason = "Published from the list" if published else "Unpublished from the list"
        model.history.bulk_history_create(rows, update=True, default_user=by, default_change_reason=reason)
        changed += len(rows)
    return changed
