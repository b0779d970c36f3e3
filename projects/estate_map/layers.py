"""The layers of the map: what each shows, in which groups, and what has no published location."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Case, Prefetch, Value, When

from estates_portal.dates import PartialDate
from estates_portal.sorting import SortKey
from projects.labels import DELIVERY_STATES, STAGES, money, not_accepted, plural, whose_return
from projects.models import DeliveryState, Project, Stage, year_label
from projects.models.choices import NOT_KNOWN
from sites.models import (
    CIR_BANDS,
    DiagnosticCentre,
    Grade,
    LocationPrecision,
    Organisation,
    OrganisationKind,
    Postcode,
    Site,
    SiteKind,
    hide_waiting,
    with_condition,
    with_full_names,
    with_newest_figures,
)


@dataclass(frozen=True)
class Group:
    """What things on the map have in common: a word, a shape and a colour.

    `letter` is shown in the shape; without one, the number of the row.
    """

    key: str
    label: str
    shape: str = "circle"
    colour: str = "plain"
    letter: str = ""


@dataclass(frozen=True)
class Thing:
    """One thing of a layer: a marker and a row of the table. Without a location it is in the list below them.

    `is_accepted` is about the thing, `figures_accepted` about what puts it in its group.
    """

    name: str
    url: str
    place: str
    group: str = ""
    cells: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None
    is_about: bool = False
    is_accepted: bool = True
    figures_accepted: bool = True

    @property
    def is_located(self):
        return self.latitude is not None


@dataclass(frozen=True)
class Layer:
    """One way to see the estate. `things(reader)` are all that the reader can see, in the order of the table."""

    key: str
    label: str
    noun: str
    groups: tuple[Group, ...]
    headings: tuple[str, ...]
    things: Callable
    title: str  # what the markers show, after the number of things: "12 projects by stage"
    plural: str = ""
    source: str = ""  # key of the `GazetteerSource` with its attribution

    def counted(self, number):
        return plural(number, self.noun, self.plural)


def _location_of(site):
    """The location of a site as fields of a `Thing`; none for None or a site without one."""
    if site is None or site.latitude is None:
        return {}
    return {
        "latitude": float(site.latitude),
        "longitude": float(site.longitude),
        "is_about": site.location_precision == LocationPrecision.POSTCODE,
    }


# Projects -------------------------------------------------------------------------------------------------------------

PLANNED, BUILDING, OPEN, CLOSED, UNKNOWN = "planned", "building", "open", "closed", "unknown"
ON_HOLD, CANCELLED = DeliveryState.ON_HOLD.value, DeliveryState.CANCELLED.value
STAGE_GROUPS = {
    Stage.IDENTIFIED: PLANNED,
    Stage.SOC: PLANNED,
    Stage.OBC: PLANNED,
    Stage.FBC: PLANNED,
    Stage.CONSTRUCTION: BUILDING,
    Stage.COMMISSIONING: BUILDING,
    Stage.OPERATIONAL: OPEN,
    Stage.CLOSED: CLOSED,
    "": UNKNOWN,
}
PROJECT_GROUPS = (
    Group(PLANNED, "Planned", "circle", "blue"),
    Group(BUILDING, "Under construction", "square", "purple"),
    Group(OPEN, "Open", "diamond", "green"),
    Group(CLOSED, "Closed", "square", "grey"),
    Group(ON_HOLD, "On hold", "triangle", "amber"),
    Group(CANCELLED, "Cancelled", "triangle", "grey"),
    Group(UNKNOWN, "Stage not known", "circle", "plain"),
)


def projects(reader):
    """Projects at their main site, or at a further one if that has no location. Two queries."""
    visible = Project.objects.visible_to(reader).filter(is_example=False).select_related("place", "site")
    rows = visible.prefetch_related(Prefetch("further_sites", Site.objects.visible_to(reader)))
    rows = rows.order_by(SortKey("place__name"), SortKey("title"), "pk")
    return [_project(hide_waiting(project, reader, "site"), reader) for project in rows]


def _project(project, reader):
    status = project.status_seen_by(reader)
    sites = [project.site, *project.further_sites.all()]
    site = next((site for site in sites if site and site.latitude is not None), project.site)
    state = status.delivery_state
    return Thing(
        project.title,
        project.get_absolute_url(),
        str(project.place or ""),
        state if state in {ON_HOLD, CANCELLED} else STAGE_GROUPS[status.stage],
        (STAGES[status.stage], DELIVERY_STATES[state], str(site or "Not confirmed")),
        **_location_of(site),
    )


# Sites ----------------------------------------------------------------------------------------------------------------

SITE_COLOURS = {
    SiteKind.ACUTE_HOSPITAL: ("square", "purple"),
    SiteKind.COMMUNITY_HOSPITAL: ("square", "blue"),
    SiteKind.HEALTH_CENTRE: ("circle", "green"),
    SiteKind.HUB: ("diamond", "amber"),
    SiteKind.OTHER: ("circle", "plain"),
}
SITE_GROUPS = tuple(Group(kind.value, kind.label, *SITE_COLOURS[kind]) for kind in SiteKind)


def sites(reader):
    """All sites of the area, by place and name. One query, five if sites share a name."""
    rows = with_full_names(_rows_of_sites(reader))
    return [_site(site, site.kind, (site.get_kind_display(), site.postcode)) for site in rows]


def _rows_of_sites(reader):
    rows = Site.objects.visible_to(reader).filter(is_example=False, outside_area=False).select_related("place")
    return rows.order_by(SortKey("place__name"), SortKey("name"), "pk")


def _site(site, group, cells, **more):
    place = str(site.place or "")
    more |= {"is_accepted": site.accepted, **_location_of(site)}
    return Thing(site.full_name, site.get_absolute_url(), place, group, cells, **more)


# The bands of critical infrastructure risk: (shape, colour, letter).
CIR_MARKS = {
    "none": ("circle", "green", "N"),
    "under_1m": ("circle", "amber", "L"),
    "1m_to_5m": ("square", "orange", "M"),
    "over_5m": ("square", "red", "H"),
    "unknown": ("circle", "plain", "U"),
}
CIR_GROUPS = tuple(Group(key, label, *CIR_MARKS[key]) for key, (label, _condition) in CIR_BANDS.items())


def backlog(reader):
    """Sites by the critical infrastructure risk of the newest return that the reader can see. As many queries."""
    band = Case(*(When(condition, then=Value(key)) for key, (_label, condition) in CIR_BANDS.items()))
    rows = with_newest_figures(_rows_of_sites(reader), reader).annotate(band=band)
    return [_backlog(site) for site in with_full_names(rows)]


def _backlog(site):
    amounts = (money(pounds) or NOT_KNOWN for pounds in (site.cir, site.backlog))
    year = NO_RETURN if site.return_year is None else year_label(site.return_year)
    year = _joined(year, whose_return(site), not_accepted(site.return_accepted).lower())
    return _site(site, site.band, (*amounts, year), figures_accepted=site.return_accepted is not False)


def _joined(text, *notes):
    """The text with its notes: "2014/15, not accepted yet"."""
    return ", ".join(filter(None, [text, *notes]))


NO_RETURN = "No return"
NO_SURVEY = "no_survey"
GRADE_MARKS = {"A": ("circle", "green"), "B": ("circle", "blue"), "C": ("square", "amber"), "D": ("square", "red")}
GRADE_GROUPS = (
    *(Group(grade.value, grade.label, *GRADE_MARKS[grade.value[0]], grade.value) for grade in Grade),
    Group(NO_SURVEY, "No survey", "circle", "plain", "U"),
)


def condition(reader):
    """Sites by the physical condition of the newest survey that the reader can see. As many queries."""
    return [_condition(site) for site in with_full_names(with_condition(_rows_of_sites(reader), reader))]


def _condition(site):
    if site.condition is None:
        return _site(site, NO_SURVEY, (NOT_KNOWN, ""))
    date = PartialDate.of(site.surveyed_on, site.surveyed_on_precision)
    date = _joined(date.label if date else "Date not known", not_accepted(site.survey_accepted).lower())
    return _site(site, site.condition, (Grade(site.condition).label, date), figures_accepted=site.survey_accepted)


# GP practices and diagnostic centres ----------------------------------------------------------------------------------

PRACTICE = Group("practice", "GP practice", "circle", "blue")


def practices(reader):
    """GP practices at the centres of their postcodes, by place and name. Two queries."""
    kept = Organisation.objects.visible_to(reader).not_merged()
    kept = kept.filter(kind=OrganisationKind.GP_PRACTICE, is_example=False, valid_to=None)
    rows = list(kept.select_related("place", "network").order_by(SortKey("place__name"), SortKey("name"), "pk"))
    points = Postcode.objects.in_bulk({row.postcode for row in rows})
    return [_practice(row, points.get(row.postcode)) for row in rows]


def _practice(practice, point):
    return Thing(
        practice.name,
        practice.get_absolute_url(),
        str(practice.place or ""),
        PRACTICE.key,
        (str(practice.network or "Not known"), practice.postcode),
        point and point.latitude,
        point and point.longitude,
        is_about=True,
        is_accepted=practice.accepted,
    )


LONG, SHORT = "long", "short"
CENTRE_GROUPS = (
    Group(LONG, "Open 12 hours a day, 7 days a week", "diamond", "green"),
    Group(SHORT, "Other opening hours", "circle", "blue"),
)


def centres(reader):
    """Community diagnostic centres, with the site that has their postcode. Two queries."""
    rows = DiagnosticCentre.objects.select_related("place")
    rows = list(rows.order_by(SortKey("place__name"), SortKey("name"), "pk"))
    with_postcode = Site.objects.visible_to(reader).filter(postcode__in=[row.postcode for row in rows])
    site_at = {site.postcode: site for site in with_postcode}
    return [
        Thing(
            row.name,
            site_at[row.postcode].get_absolute_url() if row.postcode in site_at else "",
            str(row.place or ""),
            LONG if row.is_open_long == "Yes" else SHORT,
            (row.services, row.address, str(site_at.get(row.postcode, "Not known"))),
            row.latitude,
            row.longitude,
        )
        for row in rows
    ]


LAYERS = {
    layer.key: layer
    for layer in (
        Layer(
            "projects",
            "Projects by stage",
            "project",
            PROJECT_GROUPS,
            ("Stage", "Delivery state", "Site"),
            projects,
            "by stage",
        ),
        Layer("sites", "Sites by type", "site", SITE_GROUPS, ("Type", "Postcode"), sites, "by type"),
        Layer(
            "backlog",
            "Backlog by critical infrastructure risk",
            "site",
            CIR_GROUPS,
            ("Critical infrastructure risk", "Backlog", "Year of return"),
            backlog,
            "by critical infrastructure risk",
        ),
        Layer(
            "condition",
            "Condition",
            "site",
            GRADE_GROUPS,
            ("Physical condition", "Surveyed"),
            condition,
            "by physical condition",
        ),
        Layer(
            "practices",
            "GP practices",
            "GP practice",
            (PRACTICE,),
            ("Primary care network", "Postcode"),
            practices,
            "at the centre of their postcodes",
        ),
        Layer(
            "centres",
            "Diagnostic centres",
            "community diagnostic centre",
            CENTRE_GROUPS,
            ("Services", "Address", "Site with this postcode"),
            centres,
            "by opening hours",
            source="centres",
        ),
    )
}
