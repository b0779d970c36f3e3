"""A filtered list of projects: its filters, the chips of selected filters, and its order."""

from dataclasses import dataclass

from django.db.models import Case, Subquery, Value, When
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import cached_property

from estates_portal.caching import cached_until_change
from estates_portal.paging import PER_PAGE, page_of
from estates_portal.sorting import SortKey
from sites.successions import successions_of

from .filters import FOR_SIGNED_IN, ProjectFilter, choices_among
from .models import Project, Rating, Stage
from .models.finance import newest_cost
from .models.milestone import next_milestones
from .models.statements import column_for


@dataclass
class Chip:
    """A selected filter, with the address of the list without it."""

    label: str
    url: str


def chips(filterset, request):
    """[`Chip`] of the valid values selected, in the order of the filters."""
    found_chips = []
    for name, value in filterset.form.cleaned_data.items():
        if name == "sort" or not value:
            continue
        choices = dict(getattr(filterset.form.fields[name], "choices", []))
        for chosen in value if isinstance(value, list) else [value]:
            query = request.GET.copy()
            query.setlist(name, [other for other in query.getlist(name) if other.strip() != chosen])
            query.pop("page", None)
            label = choices.get(chosen, f"“{chosen}”")
            found_chips.append(Chip(label=str(label), url=f"?{query.urlencode()}"))
    return found_chips


class ProjectList:
    """The projects that the user can see and that match the filters of an address.

    The choices of the filters and the number of projects are cached until the data changes.
    """

    def __init__(self, request, filterset, kind=""):
        self.request = request
        self.filterset = filterset
        self.kind = kind

    @classmethod
    def from_request(cls, request, *, kind="", without=(), query=None):
        """The list of the request's query string, or of `query`; of one type of project, `without` some filters.

        Signed-out users never have the filters FOR_SIGNED_IN.
        """
        projects = Project.objects.visible_to(request.user)
        if kind:
            projects = projects.filter(kind=kind)
        if not request.user.is_authenticated:
            without = (*without, *FOR_SIGNED_IN)
        choices = cached_until_change(
            request, ("choices", kind), lambda: choices_among(projects, request.user, successions_of(request))
        )
        query = request.GET if query is None else query
        filterset = ProjectFilter(query, projects, choices, timezone.localdate(), request.user, without)
        filterset.form.is_valid()  # chips need the cleaned values, even if no one reads the projects
        return cls(request, filterset, kind)

    @property
    def form(self):
        return self.filterset.form

    @property
    def chips(self):
        """[`Chip`] of the selected filters."""
        return chips(self.filterset, self.request)

    @property
    def projects(self):
        """The matching projects, without order; none if a filter is invalid."""
        return self.filterset.found

    @property
    def has_errors(self):
        """Whether a filter is invalid."""
        return self.filterset.has_errors

    @property
    def order(self):
        """(column to sort by, whether descending)."""
        return self.filterset.order

    @property
    def scope(self):
        """[(name, value)] of the selected filters."""
        self.form.is_valid()
        pairs = self.form.cleaned_data.items()
        return [
            (name, item) for name, value in pairs for item in (value if isinstance(value, list) else [value]) if item
        ]

    @cached_property
    def count(self):
        """The number of matching projects. At most one query."""
        name = ("count", self.kind, *self.filterset.chosen)
        return cached_until_change(self.request, name, lambda: self.projects.count())  # queries are slow to write

    def ids(self, today):
        """Queryset of the ids of the projects in the selected order."""
        column, descending = self.order
        return sort_projects(self.projects, column, today, self.request.user, descending).values_list("pk", flat=True)

    def page(self, today, per_page=PER_PAGE):
        """The page of ids selected in the address. At most two queries; none while the data is unchanged."""
        page = page_of(self.request, range(self.count), per_page=per_page)
        rows = slice(page.start_index() - 1, page.end_index()) if self.count else slice(0)
        name = ("ids", self.kind, *self.filterset.chosen, self.order, rows.start, rows.stop)
        page.object_list = cached_until_change(self.request, name, lambda: list(self.ids(today)[rows]))
        return page


# Filters that the dashboard and reports do not have: they count by these, or have their own order.
NOT_IN_SCOPE = ("rating", "watch", "stage", "sort")


def sort_projects(projects, column, today, reader, descending=False):
    """The projects sorted by a column of LIST_COLUMNS (else by title), then by title. Unknown values come last.

    Next milestones are those on the day `today` or later.
    """
    if column not in {"place", "lead", "stage", "next", "cost", "rating"}:
        return projects.order_by(*((SortKey("title").desc(), "-pk") if descending else (SortKey("title"), "pk")))
    stage_column = column_for(reader, "stage")
    key = {
        "place": SortKey("place__name"),
        "lead": SortKey("lead_organisation__name"),
        "stage": Case(*(When(**{stage_column: stage}, then=Value(rank)) for rank, stage in enumerate(Stage))),
        "rating": Case(*(When(current_report__overall=rating, then=Value(rank)) for rank, rating in enumerate(Rating))),
        "next": Subquery(next_milestones(today, reader).values(column_for(reader, "current_on"))[:1]),
        "cost": newest_cost("amount_pounds"),
    }[column]
    key = key.desc(nulls_last=True) if descending else key.asc(nulls_last=True)
    return projects.order_by(key, SortKey("title"), "pk")


def invalid_filters(request, project_list):
    """The page, with status 400, that says why there is no download: it would contain more than was asked for."""
    invalid = project_list.form.errors.items()
    errors = [f"{project_list.form.fields[name].label}: {' '.join(messages)}" for name, messages in invalid]
    query = request.GET.urlencode()
    return render(request, "projects/invalid_filters.html", {"errors": errors, "query": query}, status=400)
