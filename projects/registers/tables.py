"""The registers of all projects: what a row is, its columns, its statuses and its order."""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter

from django.db.models import Case, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf
from django.urls import reverse

from estates_portal.sorting import SortKey
from projects.columns import DATE, EXAMPLE, FIGURE, OF_PROJECT, TEXT, Column, of_project, row_of, yes
from projects.models import (
    Benefit,
    Decision,
    DeliveryState,
    Document,
    DocumentKind,
    Gate,
    Milestone,
    Outcome,
    Project,
    ProjectClosure,
    RiskAction,
    RiskKind,
    Stage,
)


@dataclass(frozen=True)
class State:
    """A status: its label, the colour of its tag, and a function that returns its condition on a day."""

    label: str
    colour: str
    condition: Callable


@dataclass(frozen=True)
class TableColumn(Column):
    """A column of a register. `value` returns its value for a row: the attribute `name` without one."""

    value: Callable | None = None
    on_page: bool = False
    is_sorted: bool = False  # whether the page can be sorted by the field `name`

    def of(self, row):
        return self.value(row) if self.value else getattr(row, self.name)

    @property
    def directions(self):
        """Labels of both orders."""
        return ("earliest first", "latest first") if self.kind == DATE else ("A to Z", "Z to A")

    def order(self, descending):
        """The expression to sort by. Missing values come last."""
        key = SortKey(NullIf(F(self.name), Value(""))) if self.kind == TEXT else F(self.name)
        return key.desc(nulls_last=True) if descending else key.asc(nulls_last=True)


def _first(label, name):
    """The column with the name of a row, which is a link to it."""
    return TableColumn(label, name, width=44, on_page=True, is_sorted=True)


def _shown(label, name, **more):
    return TableColumn(label, name, on_page=True, **more)


def _sorted(label, name, **more):
    return _shown(label, name, is_sorted=True, **more)


@dataclass(frozen=True)
class Table:
    """A register of all projects.

    The first of `own_columns` is the name of a row. `url` returns the address of a row, `detail` the text below its
    name. `project` is the lookup of the project of a row, `order` its lookups to sort by unless another order is
    selected. A row is in the first of the `states` that match. `owner` is (label, field) of the filter by person, and
    `kinds` are the choices of the filter by type.
    """

    key: str
    title: str
    noun: str
    empty: str
    queryset: QuerySet
    own_columns: tuple
    searched: tuple
    order: tuple
    url: Callable
    detail: Callable = lambda row: ""
    project: str = "project"
    states: dict = field(default_factory=dict)
    state_label: str = "Status"
    owner: tuple = ()
    kinds: tuple = ()
    has_links: bool = False  # whether `url` is of another website

    @property
    def nouns(self):
        """The noun for one and for several."""
        return f"{self.noun},{self.noun}s"

    @property
    def columns(self):
        """The columns of downloads."""
        state = [Column(self.state_label, "state_label", width=20)] if self.states else []
        return (*OF_PROJECT, *self.own_columns, *state, EXAMPLE)

    @property
    def sorts(self):
        """{name in addresses: column} that the page can be sorted by."""
        project = _first("Project", f"{self.project}__title")
        return {"project": project} | {column.name: column for column in self.own_columns if column.is_sorted}

    def rows(self, projects, on):
        """The rows of these projects, each with its `state` on the day, in order."""
        rows = self.queryset.filter(**{f"{self.project}__in": projects}).select_related(self.project)
        shown = [When(state.condition(on), then=Value(key)) for key, state in self.states.items()]
        return rows.annotate(state=Case(*shown, default=Value("")) if shown else Value("")).order_by(*self.order, "pk")

    def visible_to(self, user, on):
        """The rows of projects that `user` can see; none for anonymous users."""
        visible = Project.objects.visible_to(user).order_by() if user.is_authenticated else Project.objects.none()
        return self.rows(visible.values("pk"), on)

    def counts(self, rows):
        """{key of a state: number of rows in it}. One query."""
        if not self.states:
            return {}
        numbers = {f"in_{key}": Count("pk", filter=Q(state=key)) for key in self.states}
        return dict(zip(self.states, rows.order_by().aggregate(**numbers).values(), strict=True))

    def record(self, row):
        """The values of a row for `columns`."""
        record = of_project(row.project) | {column.name: column.of(row) for column in self.own_columns}
        return record | {"state_label": self.states[row.state].label if row.state in self.states else ""}

    def records(self, ids, on):
        """Yields the records of the rows of the projects with these ids."""
        return (self.record(row) for row in self.rows(ids, on).iterator())

    def cells(self, rows):
        """Yields the values of rows in `columns`."""
        return (row_of(self.columns, self.record(row)) for row in rows)


def _register_of(key):
    """A function that returns the address of the register `key` of a row's project."""
    return lambda row: reverse("projects:register", args=[row.project.slug, key])


DECISIONS = Table(
    "decisions",
    "Decisions",
    "decision",
    "Decisions recorded on projects show here.",
    Decision.objects.all(),
    (
        _first("Decision", "title"),
        TableColumn("Reason and conditions", "reason", width=50),
        _sorted("Decided by", "decided_by", width=30),
        _sorted("Decided on", "decided_on", kind=DATE),
        TableColumn("Link to minutes or paper", "url", width=44),
    ),
    searched=("title__icontains", "reason__icontains", "decided_by__icontains", "project__title__icontains"),
    order=("-decided_on",),
    url=_register_of("decisions"),
    owner=("Decided by", "decided_by"),
)


def _about(risk):
    kind = RiskKind(risk.kind).label.partition(":")[0]
    return f"{kind}: {risk.title}"


ACTIONS = Table(
    "actions",
    "Actions",
    "action",
    "Actions added to risks and issues show here.",
    RiskAction.objects.select_related("risk"),
    (
        _first("Action", "what"),
        TableColumn("Risk or issue", "risk__title", value=attrgetter("risk.title"), width=44),
        _sorted("Owner", "owner", width=24),
        _sorted("Due", "due_on", kind=DATE),
        _sorted("Done", "done_on", kind=DATE),
        TableColumn("Risk closed on", "risk__closed_on", value=attrgetter("risk.closed_on"), kind=DATE),
    ),
    searched=("what__icontains", "owner__icontains", "risk__title__icontains", "risk__project__title__icontains"),
    order=(
        F("done_on").desc(nulls_first=True),
        F("risk__closed_on").desc(nulls_first=True),
        F("due_on").asc(nulls_last=True),
    ),
    url=lambda row: row.risk.get_absolute_url(),
    detail=lambda row: _about(row.risk),
    project="risk__project",
    states={
        "overdue": State("Overdue", "orange", lambda on: Q(done_on=None, risk__closed_on=None, due_on__lt=on)),
        "open": State("Open", "blue", lambda on: Q(done_on=None, risk__closed_on=None)),
        "risk_closed": State("Risk or issue closed", "grey", lambda on: Q(done_on=None)),
        "done": State("Done", "green", lambda on: Q(done_on__isnull=False)),
    },
    owner=("Owner", "owner"),
)

BENEFITS = Table(
    "benefits",
    "Benefits",
    "benefit",
    "Benefits added to projects show here.",
    Benefit.objects.with_met(),
    (
        _first("Measure", "title"),
        TableColumn("Unit", "unit", width=20),
        _shown("Baseline", "baseline", kind=FIGURE),
        _shown("Target", "target", kind=FIGURE),
        _shown("Latest", "latest", kind=FIGURE),
        TableColumn("Measured on", "latest_on", kind=DATE),
        _sorted("Target date", "due_on", kind=DATE),
        TableColumn("Benefit owner", "owner", width=24, is_sorted=True),
    ),
    searched=("title__icontains", "unit__icontains", "owner__icontains", "project__title__icontains"),
    order=(F("due_on").asc(nulls_last=True),),
    url=_register_of("benefits"),
    detail=lambda row: " · ".join(filter(None, [row.unit, row.owner])),
    states={
        "met": State("Met", "green", lambda on: Q(met=True)),
        "overdue": State("Overdue", "orange", lambda on: Q(met=False, due_on__lt=on)),
        "measured": State("Measured", "blue", lambda on: Q(latest__isnull=False)),
        "not_measured": State("Not measured", "grey", lambda on: Q(latest=None)),
    },
    owner=("Benefit owner", "owner"),
)

DOCUMENTS = Table(
    "documents",
    "Documents",
    "document",
    "Links to documents added to projects show here.",
    Document.objects.all(),
    (
        _first("Document", "title"),
        _shown("Type", "kind", write=dict(DocumentKind.choices).get, width=28),
        _sorted("Date", "dated", kind=DATE),
        TableColumn("Web address", "url", width=44),
        TableColumn("Proposed for the public", "proposed_public", write=yes),
    ),
    searched=("title__icontains", "url__icontains", "project__title__icontains"),
    order=(F("dated").desc(nulls_last=True),),
    url=attrgetter("url"),
    has_links=True,
    states={
        "public": State("Public", "green", lambda on: Q(public=True)),
        "partners": State("Partners", "grey", lambda on: Q(public=False)),
    },
    state_label="Visible to",
    kinds=tuple(DocumentKind.choices),
)

IN_USE = Q(project__stage__in=[Stage.OPERATIONAL, Stage.CLOSED]) | Q(project__delivery_state=DeliveryState.COMPLETE)
NEWEST_CLOSURE = ProjectClosure.objects.filter(project=OuterRef("project")).order_by("-recorded_at", "-pk")
COMPLETION = NEWEST_CLOSURE.filter(outcome=Outcome.COMPLETE, project__delivery_state=DeliveryState.COMPLETE)

EVALUATIONS = Table(
    "evaluations",
    "Evaluations",
    "evaluation",
    "Evaluations are milestones of projects. Completing a project adds one.",
    Milestone.objects.filter(gate=Gate.EVALUATION).annotate(
        benefits_owner=Coalesce(Subquery(NEWEST_CLOSURE.values("benefits_owner")[:1]), Value("")),
        completed_on=Subquery(COMPLETION.values("closed_on")[:1]),
    ),
    (
        _first("Evaluation", "title"),
        _sorted("Completed", "completed_on", kind=DATE),
        _shown("Due or done", "current_label"),
        TableColumn("Due or done, first day", "current_on", kind=DATE),
        _sorted("Benefits owner", "benefits_owner", width=24),
    ),
    searched=("title__icontains", "project__title__icontains"),
    order=(F("reached").asc(), F("current_on").asc(nulls_last=True)),
    url=lambda row: reverse("projects:milestone_list", args=[row.project.slug]),
    states={
        "done": State("Done", "green", lambda on: Q(reached=True)),
        "cancelled": State("Project cancelled", "grey", lambda on: Q(project__delivery_state=DeliveryState.CANCELLED)),
        "overdue": State("Overdue", "orange", lambda on: IN_USE & Q(current_until__lt=on)),
        "outstanding": State("Outstanding", "blue", lambda on: IN_USE),
        "planned": State("Planned", "grey", lambda on: Q(pk__isnull=False)),
    },
    owner=("Benefits owner", "benefits_owner"),
)

TABLES = {table.key: table for table in (DECISIONS, ACTIONS, BENEFITS, DOCUMENTS, EVALUATIONS)}
