"""The kinds of rows in the history: records and links, which django-simple-history keeps, and events."""

from dataclasses import dataclass, field

from django.db.models import F, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from estates_portal.accounts.models import AuditEvent, AuditKind, Invitation, User
from projects.models import (
    AnnualCost,
    BacklogRemoved,
    Benefit,
    ChangeRequest,
    CostEstimate,
    DateChangeReason,
    Decision,
    Document,
    FundingLine,
    HospitalScheme,
    Hub,
    Milestone,
    MilestoneDependency,
    MilestoneStatement,
    OtherName,
    Priority,
    Programme,
    ProgressNote,
    Project,
    ProjectClosure,
    ProjectSource,
    Proposal,
    ProposalState,
    ProposedNote,
    RatingMeaning,
    ReportAction,
    ReportEvent,
    ReportingPeriod,
    Risk,
    RiskAction,
    RiskCategory,
    RiskEscalation,
    SearchSynonym,
    Service,
    Source,
    StrategySection,
)
from sites.models import (
    ConditionSurvey,
    EstateReturn,
    Organisation,
    OrganisationIdentifier,
    Place,
    Site,
    SiteIdentifier,
    System,
)

# The columns of each row: time, user, key of the kind, id and reason.
COLUMNS = ["row_at", "row_by", "row_key", "row_id", "row_reason"]


@dataclass(frozen=True)
class Kind:
    """A kind of row. `at` and `by` are the columns with its time and its user."""

    key: str
    label: str
    at = "history_date"
    by = "history_user"
    reason = Coalesce("history_change_reason", Value(""))

    def columns_of(self, rows):
        """The COLUMNS of the rows, to combine with those of other kinds."""
        columns = {
            "row_at": F(self.at),
            "row_by": F(f"{self.by}_id"),
            "row_key": Value(self.key),
            "row_id": F("pk"),
            "row_reason": self.reason,
        }
        return rows.order_by().annotate(**columns).values_list(*COLUMNS)


@dataclass(frozen=True)
class RecordKind(Kind):
    """A type of record.

    `named_by` is the field with the name of a record; `summary` are the fields shown when one is added or deleted.
    `parent` is (column, model) of the record that it is part of, if that is not the project. `which` selects rows, if
    others of the same table are of another type.
    """

    model: type = None
    named_by: str = ""
    summary: tuple = ()
    parent: tuple = ()
    which: Q = field(default_factory=Q)

    @property
    def past(self):
        return self.model.history.model

    def rows(self):
        return self.past.objects.filter(self.which)

    def rows_of(self, projects):
        """Queryset of the rows of history of the projects with these ids, including deleted records.

        A record that moved to another project leaves its earlier rows, and those of its parts, with the first one.
        """
        if issubclass(self.model, Project):
            return self.past.objects.filter(id__in=projects)
        if self.parent:
            column, model = self.parent
            parents = model.history.model.objects.filter(project_id__in=projects)
            rows = self.past.objects.filter(**{f"{column}__in": parents.values("id")})
            return rows.alias(project_then=_project_of_parent(column, model)).filter(project_then__in=projects)
        return self.past.objects.filter(project_id__in=projects)


def _project_of_parent(column, model):
    """The id of the project that had the parent of the outer row at that time; if not known, its first project."""
    parents = model.history.model.objects.filter(id=OuterRef(column))
    newest = parents.filter(history_date__lte=OuterRef("history_date")).order_by("-history_date", "-history_id")
    first = parents.order_by("history_date", "history_id")
    return Coalesce(*(Subquery(rows.values("project_id")[:1]) for rows in (newest, first)))


@dataclass(frozen=True)
class LinkKind(Kind):
    """Links of projects to other records."""

    link: object = None

    @property
    def past(self):
        return self.link.through.history.model

    @property
    def record_column(self):
        return f"{self.link.field.m2m_field_name()}_id"

    @property
    def linked_column(self):
        return f"{self.link.field.m2m_reverse_field_name()}_id"

    @property
    def linked_model(self):
        return self.link.field.remote_field.model

    def rows(self):
        return self.past.objects.all()

    def rows_of(self, projects):
        return self.past.objects.filter(**{f"{self.record_column}__in": projects})


@dataclass(frozen=True)
class EventKind(Kind):
    """Events: those that `which` selects. `project` is the lookup to their project, if they have one."""

    model: type = None
    which: Q = None
    at: str = "at"
    by: str = "by"
    reason: object = Value("")
    project: str = ""
    related: tuple = ()

    def rows(self):
        return self.model.objects.filter(self.which).select_related(*self.related)

    def rows_of(self, projects):
        return self.rows().filter(**{f"{self.project}__in": projects})


MILESTONE = ("milestone_id", Milestone)
STATEMENT_FIELDS = ("kind", "on", "stated_on", "change_reason", "explanation", "wording")
CHANGE_FIELDS = ("old_on", "new_on", "old_pounds", "new_pounds", "why", "state")
CLOSURE_FIELDS = ("outcome", "merged_into", "closed_on", "reason", "final_cost", "benefits_owner", "lessons")
ESCALATION_FIELDS = ("tier", "why", "wanted", "state")
BENEFIT_FIELDS = ("baseline", "target", "due_on", "latest", "latest_on")
ORGANISATION_ACTS = [AuditKind.HANDED_OVER, AuditKind.HAND_OVER_UNDONE, AuditKind.ORGANISATIONS_MERGED]
DELETIONS = [AuditKind.DELETED, AuditKind.RESTORED]

PROJECT_KINDS = [
    RecordKind("hub", "Project", Hub),
    RecordKind("scheme", "Project", HospitalScheme),
    LinkKind("partners", "Partner organisations", Project.partner_organisations),
    LinkKind("priorities", "Priorities", Project.priorities),
    LinkKind("further_sites", "Further sites", Project.further_sites),
    LinkKind("networks", "Primary care networks", Hub.primary_care_networks),
    LinkKind("services", "Services", Hub.services),
    EventKind(
        "report",
        "Status report",
        ReportEvent,
        ~Q(action=ReportAction.STARTED) | Q(report__corrects__isnull=False),
        project="report__project",
        related=("report__period", "report__project"),
    ),
    EventKind(
        "note_declined",
        "Proposed progress note",
        ProposedNote,
        Q(state=ProposedNote.State.DECLINED, decided_at__isnull=False),
        at="decided_at",
        by="decided_by",
        project="report__project",
        related=("report__project",),
    ),
    EventKind(
        "proposal_declined",
        "Proposed change",
        Proposal,
        Q(state=ProposalState.DECLINED),
        at="decided_at",
        by="decided_by",
        project="project",
        related=("project",),
    ),
    RecordKind("milestone", "Milestone", Milestone, "title", ("title", "kind")),
    RecordKind("statement", "Milestone date", MilestoneStatement, summary=STATEMENT_FIELDS, parent=MILESTONE),
    RecordKind("cost", "Cost", CostEstimate, summary=("amount_pounds", "covers", "as_of")),
    RecordKind("funding", "Funding", FundingLine, "funder", ("funder", "amount_pounds", "status", "note", "as_of")),
    RecordKind(
        "backlog", "Backlog removed", BacklogRemoved, summary=("band", "site", "amount_pounds", "price_year", "as_of")
    ),
    RecordKind("name", "Other name", OtherName, "name", ("name",)),
    RecordKind("source", "Source", ProjectSource, summary=("url",)),
    RecordKind("note", "Progress note", ProgressNote, summary=("date", "text")),
    RecordKind("risk", "Risk or issue", Risk, "title", ("title", "kind", "likelihood", "consequence", "owner")),
    RecordKind("action", "Risk action", RiskAction, "what", ("owner", "due_on"), parent=("risk_id", Risk)),
    RecordKind("escalation", "Escalation", RiskEscalation, summary=ESCALATION_FIELDS, parent=("risk_id", Risk)),
    RecordKind("annual", "Annual cost", AnnualCost, "year", ("year", "budget", "forecast", "actual")),
    RecordKind("dependency", "Milestone dependency", MilestoneDependency, summary=("depends_on",), parent=MILESTONE),
    RecordKind("change", "Change request", ChangeRequest, "title", CHANGE_FIELDS),
    RecordKind("closure", "Completion or closure", ProjectClosure, summary=CLOSURE_FIELDS),
    RecordKind("decision", "Decision", Decision, "title", ("decided_on", "decided_by", "reason")),
    RecordKind("benefit", "Benefit", Benefit, "title", BENEFIT_FIELDS),
    RecordKind("document", "Document", Document, "title", ("kind", "dated", "url", "public")),
]
OTHER_KINDS = [
    RecordKind("project", "Project", Project),
    RecordKind("programme", "Programme", Programme, "name"),
    RecordKind("priority", "Priority", Priority, "title"),
    RecordKind("strategy", "Strategy section", StrategySection, "title"),
    RecordKind("service", "Service", Service, "name"),
    RecordKind("place", "Place", Place, "name"),
    RecordKind("organisation", "Organisation", Organisation, "name"),
    RecordKind("site", "Site", Site, "name"),
    RecordKind("site_code", "Site code", SiteIdentifier, "value", parent=("site_id", Site)),
    RecordKind(
        "organisation_code",
        "Organisation code",
        OrganisationIdentifier,
        "value",
        parent=("organisation_id", Organisation),
    ),
    RecordKind("survey", "Condition survey", ConditionSurvey, summary=("facet", "grade"), parent=("site_id", Site)),
    RecordKind(
        "estate_return",
        "Estate return",
        EstateReturn,
        "year",
        parent=("site_id", Site),
        which=Q(aggregate_of__isnull=True),
    ),
    RecordKind(
        "aggregate",
        "Aggregate of small sites",
        EstateReturn,
        "year",
        parent=("aggregate_of_id", Organisation),
        which=Q(aggregate_of__isnull=False),
    ),
    RecordKind("published_source", "Source", Source, "url"),
    RecordKind("synonym", "Search synonym", SearchSynonym, "words", ("words", "finds")),
    RecordKind("period", "Reporting period", ReportingPeriod, "name"),
    RecordKind("meaning", "Rating definition", RatingMeaning, "meaning"),
    RecordKind("risk_category", "Risk category", RiskCategory, "name"),
    RecordKind("reason", "Reason for date changes", DateChangeReason, "name"),
    RecordKind("system", "System", System, "name"),
    RecordKind("user", "User", User, "name"),
    RecordKind("invitation", "Invitation", Invitation, "name"),
    EventKind("organisation_act", "Hand-over or merger", AuditEvent, Q(kind__in=ORGANISATION_ACTS), by="actor"),
    EventKind("deletion", "Deletion or restoration", AuditEvent, Q(kind__in=DELETIONS), by="actor"),
]
KINDS = [*PROJECT_KINDS, *OTHER_KINDS]
KINDS_BY_KEY = {kind.key: kind for kind in KINDS}


def labels_of(kinds):
    """The labels of the kinds, each once, in order."""
    return list(dict.fromkeys(kind.label for kind in kinds))
