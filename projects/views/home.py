"""The front page: where buildings are changing, in one screen."""

import datetime
from dataclasses import dataclass

from django.contrib.auth.decorators import login_not_required
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.conditional import remembered, unchanged
from sites.models import Site

from ..dates import DatePrecision, in_words
from ..models import DeliveryState, Milestone, MilestoneKind, Priority, ProgressNote, Project, Stage
from .dashboard import dashboard

OPENED_SINCE = datetime.date(2022, 1, 1)  # the ICB, and with it the strategy, began in July 2022
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


@login_not_required
@require_safe
@unchanged
def home(request):
    """The dashboard to who is signed in; to everybody else, and by `?front`, the strategy in brief."""
    if request.user.is_authenticated and "front" not in request.GET:
        return dashboard(request)
    projects = Project.objects.visible_to(request.user)
    today = timezone.localdate()
    context = remembered(request, "home", lambda: _front_page(projects, today))
    return render(request, "projects/home.html", context)


def _front_page(projects, today):
    """Everything on the front page, as plain values."""
    columns = [
        ("Opened lately", "All that are open", "?stage=operational", _opened(projects, today)),
        ("Being built now", "All that are being built", "?stage=construction", _being_built(projects)),
        ("Planned next", "All that are active, by next date", "?state=active&sort=next", _planned(projects, today)),
    ]
    notes = ProgressNote.objects.filter(_of(projects), date__lte=today).select_related("project")
    return {
        "figures": _figures(projects),
        "columns": [column for column in columns if column[-1]],
        "priorities": _priorities(projects),
        "notes": [
            (in_words(note.date), note.text, note.project.title, note.project.get_absolute_url(), note.source_url)
            for note in notes[:NOTES]
        ],
        "map_sites": list(Site.objects.filter(latitude__isnull=False, is_example=False).order_by("name")),
        "example_data": projects.filter(is_example=True).exists(),
    }


def _figures(projects):
    figures = projects.aggregate(
        all=Count("pk"),
        building=Count("pk", filter=Q(stage=Stage.CONSTRUCTION)),
        latest=Max("stage_as_of"),
    )
    figures["opened"] = projects.opened_since(OPENED_SINCE).count()
    figures["opened_since"] = OPENED_SINCE.year
    figures["latest"] = in_words(figures["latest"], DatePrecision.MONTH)
    return figures


def _priorities(projects):
    """(title, description, address, number of projects) of each priority, in the strategy's order."""
    counts = dict(projects.order_by().values_list("priorities").annotate(Count("pk")))
    return [
        (priority.title, priority.description, priority.get_absolute_url(), counts.get(priority.pk, 0))
        for priority in Priority.objects.all()
    ]


def _of(projects):
    """The condition that something is of one of these projects, asked of each in its order until enough are found.

    As `project__in` the database would gather the ids of all projects first.
    """
    return Exists(projects.filter(pk=OuterRef("project_id")))


def _card(project, when):
    place = project.place.name if project.place else "Several places"
    return Card(project.get_absolute_url(), project.title, place, when, project.summary, project.is_example)


def _by_milestone(milestones, projects, words):
    """Cards for the first projects that these milestones belong to; `words` says how each date is put."""
    cards, seen = [], set()
    for milestone in milestones.filter(_of(projects), public=True).select_related("project__place")[: CARDS * 4]:
        if milestone.project_id not in seen and len(cards) < CARDS:
            seen.add(milestone.project_id)
            cards.append(_card(milestone.project, words(milestone)))
    return cards


def _opened(projects, today):
    openings = Milestone.objects.filter(kind=MilestoneKind.OPENING, reached=True, current_on__lte=today)
    in_use = projects.filter(stage=Stage.OPERATIONAL)
    return _by_milestone(openings.order_by("-current_on", "-pk"), in_use, lambda m: f"{m.title}, {m.current_words}")


def _being_built(projects):
    building = projects.filter(stage=Stage.CONSTRUCTION, delivery_state=DeliveryState.ACTIVE).select_related("place")
    newest = building.filter(stage_as_of__isnull=False).order_by("-stage_as_of", "title")
    return [_card(project, f"In construction as of {project.stage_as_of_words}") for project in newest[:CARDS]]


def _planned(projects, today):
    planned = projects.filter(stage__in=BEFORE_WORKS, delivery_state=DeliveryState.ACTIVE)
    ahead = Milestone.objects.ahead(today).order_by("current_until", "pk")
    return _by_milestone(ahead, planned, lambda m: f"{m.title}: {m.current_words}")
