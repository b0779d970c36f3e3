"""The content of the public home page."""

import datetime
from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Count, Exists, Max, OuterRef, Q
from django.urls import reverse

from projects.dates import DatePrecision, in_words
from projects.models import DeliveryState, Milestone, MilestoneKind, Priority, ProgressNote, Stage
from sites.models import Site
from sites.unions import NOTHING, text

CARDS = 3
NOTES = 6
BEFORE_WORKS = [Stage.IDENTIFIED, Stage.SOC, Stage.OBC, Stage.FBC]


@dataclass(frozen=True)
class Card:
    """One project on the front page: where, when, and what it is."""

    url: str
    title: str
    place: str
    when: str
    summary: str
    is_example: bool


def front_page(projects, today, since):
    """Everything on the front page, as plain values. Six queries."""
    lines = _lines(projects, today)
    columns = [
        ("Opened lately", "All that are open", "?stage=operational", _cards(lines["opened"], "{words}, {when}")),
        (
            "Being built now",
            "All that are being built",
            "?stage=construction",
            _cards(lines["built"], "In construction as of {when}"),
        ),
        (
            "Planned next",
            "All that are active, by next date",
            "?state=active&sort=next",
            _cards(lines["planned"], "{words}: {when}"),
        ),
    ]
    figures = _figures(projects, since)
    return {
        "figures": figures,
        "columns": [column for column in columns if column[-1]],
        "priorities": _priorities(projects),
        "notes": [(line.when, line.words, line.title, line.url, line.source_url) for line in lines["note"]],
        "map_sites": list(Site.objects.filter(latitude__isnull=False, is_example=False).order_by("name")),
        "example_data": figures["examples"] > 0,
    }


def _figures(projects, since):
    """How many there are, are being built, opened since that year and are examples, and how new the facts are.

    Two queries.
    """
    figures = projects.aggregate(
        all=Count("pk"),
        building=Count("pk", filter=Q(stage=Stage.CONSTRUCTION)),
        examples=Count("pk", filter=Q(is_example=True)),
        latest=Max("stage_as_of"),
    )
    figures["opened"] = projects.opened_since(datetime.date(since or 1, 1, 1)).count()
    figures["opened_since"] = since
    figures["latest"] = in_words(figures["latest"], DatePrecision.MONTH)
    return figures


def _priorities(projects):
    """(title, description, address, number of projects) of each priority, in the strategy's order. Two queries."""
    counts = dict(projects.order_by().values_list("priorities").annotate(Count("pk")))
    return [
        (priority.title, priority.description, priority.get_absolute_url(), counts.get(priority.pk, 0))
        for priority in Priority.objects.all()
    ]


# The first of what opened, is being built, is planned, and was noted: one union --------------------------------------


@dataclass(frozen=True)
class Line:
    """Something of a project that the front page tells."""

    words: str
    on: datetime.date
    precision: str
    source_url: str
    project_id: int
    slug: str
    title: str
    place: str | None
    summary: str
    is_example: bool

    @property
    def when(self):
        return in_words(self.on, self.precision)

    @property
    def url(self):
        return reverse("projects:project_detail", args=[self.slug])


def _lines(projects, today):
    """{"opened", "built", "planned", "note": [`Line`]}, the first of each in their order. One query."""
    in_use = projects.filter(stage=Stage.OPERATIONAL)
    openings = Milestone.objects.filter(kind=MilestoneKind.OPENING, reached=True, current_on__lte=today)
    openings = openings.filter(_of(in_use), public=True).order_by("-current_on", "-pk")
    being_built = projects.filter(
        stage=Stage.CONSTRUCTION, delivery_state=DeliveryState.ACTIVE, stage_as_of__isnull=False
    )
    planned = projects.filter(stage__in=BEFORE_WORKS, delivery_state=DeliveryState.ACTIVE)
    ahead = Milestone.objects.ahead(today).filter(_of(planned), public=True).order_by("current_until", "pk")
    notes = ProgressNote.objects.filter(_of(projects), date__lte=today)
    rows = _some("opened", openings[: CARDS * 4], MILESTONE).union(
        _some("built", being_built.order_by("-stage_as_of", "title")[:CARDS], PROJECT, of=""),
        _some("planned", ahead[: CARDS * 4], MILESTONE),
        _some("note", notes[:NOTES], NOTE),
        all=True,
    )
    found = defaultdict(list)
    for kind, pk, until, *line in rows:
        found[kind].append((pk, until, Line(*line)))
    orders = {
        "opened": lambda row: (-row[2].on.toordinal(), -row[0]),
        "built": lambda row: (-row[2].on.toordinal(), row[2].title),
        "planned": lambda row: (row[1], row[0]),
        "note": lambda row: (-row[2].on.toordinal(), -row[0]),
    }
    return {kind: [line for *_key, line in sorted(found[kind], key=order)] for kind, order in orders.items()}


def _of(projects):
    """The condition that something is of one of these projects, asked of each in its order until enough are found.

    As `project__in` the database would gather the ids of all projects first.
    """
    return Exists(projects.filter(pk=OuterRef("project_id")))


# Where the day that something is until, its words, its date and how exactly that is known, and its source come from.
MILESTONE = ("current_until", "title", "current_on", "current_precision", NOTHING)
PROJECT = ("stage_as_of", NOTHING, "stage_as_of", "stage_as_of_precision", NOTHING)
NOTE = ("date", "text", "date", text("day"), "source_url")
ABOUT = ("pk", "slug", "title", "place__name", "summary", "is_example")


def _some(kind, first, columns, of="project__"):
    """The first few rows as one part of the union; SQLite takes a limit only one level down."""
    rows = first.model.objects.filter(pk__in=first.values("pk")).order_by()
    about = [f"{of}{name}" for name in ABOUT]
    return rows.values_list(text(kind), "pk", *columns, *about)


def _cards(lines, words):
    """`Card`s of the first CARDS different projects; `words` says how each date is put."""
    cards = {}
    for line in lines:
        if line.project_id not in cards and len(cards) < CARDS:
            when = words.format(words=line.words, when=line.when)
            place = line.place or "Several places"
            cards[line.project_id] = Card(line.url, line.title, place, when, line.summary, line.is_example)
    return list(cards.values())
