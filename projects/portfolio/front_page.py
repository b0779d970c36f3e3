"""The content of the public home page: accepted facts only, whoever reads it."""

import datetime
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, Max, OuterRef

from estates_portal.dates import DatePrecision, PartialDate, date_label
from estates_portal.sorting import SortKey
from projects.labels import place_label
from projects.models import DeliveryState, Milestone, MilestoneKind, Priority, ProgressNote, Stage
from sites.models import Site

CARDS = 3
NOTES = 6
BEFORE_WORKS = [Stage.IDENTIFIED, Stage.SOC, Stage.OBC, Stage.FBC]


@dataclass(frozen=True)
class Card:
    """A project on the home page. `when` is its latest or next date, as text. None is example data."""

    url: str
    title: str
    place: str
    when: str
    summary: str


def front_page(visible, today, since):
    """The context of the public home page, as plain values to cache. Thirteen queries.

    It is about those of the `visible` projects that are not example data. `since` is the year from which openings are
    counted.
    """
    projects = visible.filter(is_example=False)
    left_out = ["parts", "examples"] if visible.filter(is_example=True).exists() else ["parts"]
    planned, note = _planned(projects, today)
    columns = [
        ("Recently opened", "", "See all open projects", "?stage=operational", _opened(projects, today)),
        ("Under construction", "", "See all under construction", "?stage=construction", _under_construction(projects)),
        ("Planned", note, "See all active projects by next date", "?state=active&sort=next", planned),
    ]
    return {
        "figures": _figures(projects, since),
        "counted": urlencode({"leave_out": left_out}, doseq=True),
        "columns": [column for column in columns if column[-1]],
        "priorities": _priorities(projects),
        "notes": _notes(projects, today),
        "map_sites": list(Site.objects.located().order_by(SortKey("name"))),
    }


def _opened(projects, today):
    """[`Card`] of the operational projects that opened last. One query."""
    openings = Milestone.objects.filter(
        kind=MilestoneKind.OPENING, public=True, accepted_reached=True, accepted_on__lte=today
    )
    openings = openings.filter(project__in=projects.filter(accepted_stage=Stage.OPERATIONAL))
    openings = openings.order_by("-accepted_on", "-pk")
    return _cards(
        (milestone.project, f"{milestone.title}, {milestone.accepted.label}") for milestone in _first(openings)
    )


def _under_construction(projects):
    """[`Card`] of the projects in construction with the newest stage dates, without their parts. One query."""
    under_construction = projects.filter(
        accepted_stage=Stage.CONSTRUCTION,
        accepted_delivery_state=DeliveryState.ACTIVE,
        accepted_stage_as_of__isnull=False,
    )
    newest = under_construction.without_parts().select_related("place")
    newest = newest.order_by("-accepted_stage_as_of", SortKey("title"))
    return _cards(
        (project, f"Under construction as at {project.accepted_stage_known.label}") for project in newest[:CARDS]
    )


def _planned(projects, today):
    """([`Card`] of the projects before construction with the nearest milestones, "2 of 17 have a date ahead").

    If fewer than CARDS have a date ahead, projects without one follow. Three queries.
    """
    planned = projects.filter(accepted_stage__in=BEFORE_WORKS, accepted_delivery_state=DeliveryState.ACTIVE)
    ahead = Milestone.objects.ahead(today, AnonymousUser())
    nearest = _first(ahead.filter(project__in=planned).order_by("accepted_until", "pk"))
    lines = [(milestone.project, f"{milestone.title}: {milestone.accepted.label}") for milestone in nearest]
    has_date = Exists(ahead.filter(project=OuterRef("pk")))
    undated = planned.without_parts().exclude(has_date).select_related("place").order_by(SortKey("title"))
    lines += [(project, "Next date not known") for project in undated[:CARDS]]
    dated = Count("pk", filter=has_date)
    counts = planned.aggregate(all=Count("pk"), dated=dated)
    return _cards(lines), f"{counts['dated']:,} of {counts['all']:,} have a date ahead"


def _first(milestones):
    """The first milestones, enough for CARDS different projects."""
    return milestones.select_related("project__place")[: CARDS * 4]


def _cards(dated):
    """[`Card`] of the first CARDS projects of [(project, date as text)]."""
    cards = {}
    for project, date in dated:
        if project.pk not in cards and len(cards) < CARDS:
            place = place_label(project.place)
            url = project.get_absolute_url()
            cards[project.pk] = Card(url, project.title, place, date, project.summary)
    return list(cards.values())


def _notes(projects, today):
    """[(date, text, title of the project, its address, source)] of the newest progress notes. One query."""
    notes = ProgressNote.objects.published().filter(project__in=projects, date__lte=today).select_related("project")
    return [
        (
            date_label(note.date),
            note.text,
            note.project.title,
            note.project.get_absolute_url(),
            note.source_url,
        )
        for note in notes.order_by("-date", "-pk")[:NOTES]
    ]


def _figures(projects, since):
    """{"all", "building", "open", "opened": numbers of projects; "opened_since": year; "latest": month of a fact}.

    Parts of a project that is counted are not counted again: "parts" is their number. "undated" are open without a
    recorded opening date. Four queries.
    """
    building = projects.filter(accepted_stage=Stage.CONSTRUCTION).without_parts()
    is_open = projects.filter(accepted_stage=Stage.OPERATIONAL).without_parts()
    figures = projects.aggregate(total=Count("pk"), latest=Max("accepted_stage_as_of"))
    wholes = projects.without_parts().count()
    openings = Milestone.objects.filter(project=OuterRef("pk"), kind=MilestoneKind.OPENING, accepted_reached=True)
    openings = openings.shown_to(AnonymousUser())
    since_year = openings.main_openings().filter(accepted_on__gte=datetime.date(since or 1, 1, 1))
    opened = is_open.aggregate(
        open=Count("pk"), opened=Count("pk", filter=Exists(since_year)), undated=Count("pk", filter=~Exists(openings))
    )
    latest = PartialDate.of(figures["latest"], DatePrecision.MONTH)
    return opened | {
        "all": wholes,
        "parts": figures["total"] - wholes,
        "building": building.count(),
        "opened_since": since,
        "latest": latest.label if latest else "",
    }


def _priorities(projects):
    """[(title, description, address, number of projects)] of the priorities in order. Two queries."""
    counts = dict(projects.order_by().values_list("priorities").annotate(Count("pk")))
    return [
        (priority.title, priority.description, priority.get_absolute_url(), counts.get(priority.pk, 0))
        for priority in Priority.objects.all()
    ]
