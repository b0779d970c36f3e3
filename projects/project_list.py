"""A filtered list of projects: the choices of its filters and the chips of the selected ones."""

from dataclasses import dataclass

from django.db.models import Case, F, Subquery, Value, When
from django.utils import timezone
from django.utils.functional import cached_property

from estates_portal.caching import cached_until_change
from estates_portal.paging import PER_PAGE, page_of

from .filters import FOR_SIGNED_IN, ProjectFilter, choices_among
from .models import Project, Rating, Stage
from .models.finance import newest_costs
from .models.milestone import next_milestones


@dataclass
class Chip:
    """One selected filter: its label, and the address of the list without it."""

    label: str
    url: str


def chips(filterset, request):
    """A `Chip` for each valid value selected, in the order of the filters."""
    found = []
    for name, value in filterset.form.cleaned_data.items():
        if name == "sort" or not value:
            continue
        choices = dict(getattr(filterset.form.fields[name], "choices", []))
        for chosen in value if isinstance(value, list) else [value]:
            query = request.GET.copy()
            query.setlist(name, [other for other in query.getlist(name) if other.strip() != chosen])
            query.pop("page", None)
            label = choices.get(chosen, f"“{chosen}”")
            found.append(Chip(label=str(label), url=f"?{query.urlencode()}"))
    return found


class ProjectList:
    """The projects that the filters of an address choose, among those that the user can see.

    What the filters offer, and how many projects there are, is cached until the data changes.
    """

    def __init__(self, request, filterset, kind=""):
        self.request = request
        self.filterset = filterset
        self.kind = kind

    @classmethod
    def from_request(cls, request, *, kind="", without=(), query=None):
        """The list of the request's address, or of another `query`; of one kind of project, `without` some filters.

        Signed-out users have no filters of partners' information.
        """
        projects = Project.objects.visible_to(request.user)
        if kind:
            projects = projects.filter(kind=kind)
        if not request.user.is_authenticated:
            without = (*without, *FOR_SIGNED_IN)
        choices = cached_until_change(request, ("choices", kind), lambda: choices_among(projects))
        query = request.GET if query is None else query
        filterset = ProjectFilter(query, projects, choices, timezone.localdate(), without)
        filterset.form.is_valid()  # chips need the cleaned values, even if no one reads the projects
        return cls(request, filterset, kind)

    @property
    def form(self):
        return self.filterset.form

    @property
    def chips(self):
        """A `Chip` for each chosen filter."""
        return chips(self.filterset, self.request)

    @property
    def projects(self):
        """The projects, in no order."""
        return self.filterset.valid_qs

    @property
    def order(self):
        """The column to sort by, and whether downwards."""
        return self.filterset.order

    @property
    def scope(self):
        """[(name, value)] of the chosen filters."""
        self.form.is_valid()
        pairs = self.form.cleaned_data.items()
        return [(name, one) for name, value in pairs for one in (value if isinstance(value, list) else [value]) if one]

    @cached_property
    def count(self):
        """How many projects there are. At most one query."""
        return cached_until_change(self.request, ("count", self.kind, *self.filterset.chosen), self.projects.count)

    def ids(self, today):
        """The ids of the projects in the order that was asked for, as a queryset."""
        column, descending = self.order
        return sort_projects(self.projects, column, today, descending).values_list("pk", flat=True)

    def page(self, today, per_page=PER_PAGE):
        """The page of ids that the address asks for. At most two queries, and none if nothing has changed."""
        page = page_of(self.request, range(self.count), per_page=per_page)
        rows = slice(page.start_index() - 1, page.end_index()) if self.count else slice(0)
        name = ("ids", self.kind, *self.filterset.chosen, self.order, rows.start, rows.stop)
        page.object_list = cached_until_change(self.request, name, lambda: list(self.ids(today)[rows]))
        return page


# Filters that are no scope of the dashboard and of papers: what these count by, or order by themselves.
NOT_IN_SCOPE = ("rating", "watch", "stage", "sort")


def sort_projects(projects, column, today, descending=False):
    """Sorted by a column of the lists ("title" for any that is unknown), then by title; unknown values last.

    `today` is the day from which a milestone is a next one.
    """
    if column not in {"place", "lead", "stage", "next", "cost", "rating"}:
        return projects.order_by("-title", "-pk") if descending else projects.order_by("title", "pk")
    key = {
        "place": F("place__name"),
        "lead": F("lead_organisation__name"),
        "stage": Case(*(When(stage=stage, then=Value(rank)) for rank, stage in enumerate(Stage))),
        "rating": Case(*(When(current_report__overall=rating, then=Value(rank)) for rank, rating in enumerate(Rating))),
        "next": Subquery(next_milestones(today).values("current_on")[:1]),
        "cost": Subquery(newest_costs().values("amount_pounds")[:1]),
    }[column]
    return projects.order_by(key.desc(nulls_last=True) if descending else key.asc(nulls_last=True), "title", "pk")
