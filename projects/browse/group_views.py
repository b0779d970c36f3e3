"""Pages of programmes, priorities and the estates strategy."""

from collections import Counter

from django.contrib.auth.decorators import login_not_required
from django.db.models import Prefetch, Q
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.addresses import get_by_slug
from estates_portal.caching import cached_until_change, conditional_get
from estates_portal.paging import page_of
from estates_portal.sorting import SortKey
from projects.labels import label_counts, lead_label
from projects.models import DeliveryState, Milestone, Priority, Programme, Project, Stage, StrategySection
from projects.models.statements import column_for
from sites.models import hide_waiting
from sites.successions import successions_of

from .group_summary import roll_up, stages_by_programme, stages_label

AHEAD = 10


@login_not_required
@require_safe
@conditional_get
def programme_list(request):
    projects = Project.objects.visible_to(request.user)
    programmes = Programme.objects.visible_to(request.user)
    page = page_of(request, programmes.select_related("lead_organisation"))
    programme_ids = [programme.pk for programme in page.object_list]
    successions = successions_of(request)
    stages = cached_until_change(
        request,
        ("stages", programme_ids),
        lambda: stages_by_programme(projects.filter(programme__in=programme_ids), request.user),
    )
    can_add = request.user.has_perm("projects.add_programme")
    context = {
        "page_obj": page,
        "add_url": reverse("projects:programme_add") if can_add else "",
        "rows": [
            (
                programme,
                lead_label(hide_waiting(programme, request.user, "lead_organisation").lead_organisation, successions),
                sum(stages.get(programme.pk, {}).values()),
                stages_label(stages.get(programme.pk, {})),
            )
            for programme in page.object_list
        ],
        "example_data": any(programme.is_example for programme in page.object_list),
    }
    return render(request, "projects/browse/programme_list.html", context)


@login_not_required
@require_safe
@conditional_get
def programme_detail(request, slug):
    programmes = Programme.objects.visible_to(request.user).select_related("lead_organisation__successor")
    programme = hide_waiting(get_by_slug(programmes, slug), request.user, "lead_organisation")
    if programme.lead_organisation:
        hide_waiting(programme.lead_organisation, request.user, "successor")
    projects = programme.projects.visible_to(request.user)
    ids, stages, states, ratings = cached_until_change(
        request, ("programme", programme.pk), lambda: _parents_first(projects, request.user)
    )
    today = timezone.localdate()
    ahead = Milestone.objects.filter(project__in=projects.values("pk"), public=True)
    ahead = ahead.ahead(today, request.user).dated(request.user).select_related("project")
    can_edit = request.user.has_perm("projects.change_programme")
    context = {
        "programme": programme,
        "edit_url": reverse("projects:programme_edit", args=[slug]) if can_edit else "",
        "page_obj": page_of(request, ids),
        "acting_lead": lead.line_of_successors(today)[-1:] if (lead := programme.lead_organisation) else [],
        "stages": label_counts(stages, Stage.choices),
        "states": label_counts(states, DeliveryState.choices),
        "ahead": [(milestone, *milestone.date_seen_by(request.user)) for milestone in ahead[:AHEAD]],
        "example_data": programme.is_example,
    }
    if request.user.is_authenticated:
        context["status"] = cached_until_change(
            request,
            ("roll-up", programme.pk),
            lambda: roll_up(projects, ratings, today, successions_of(request), f"programme={programme.slug}"),
        )
    return render(request, "projects/browse/programme_detail.html", context)


def _parents_first(projects, reader):
    """(ids, those of parts last; `Counter`s of their stages, delivery states and ratings). One query."""
    rows = projects.annotate(is_part=Q(parent__isnull=False)).order_by("is_part", SortKey("title"), "pk")
    status = [column_for(reader, "stage"), column_for(reader, "delivery_state")]
    columns = list(zip(*rows.values_list("pk", *status, "current_report__overall"), strict=True))
    ids, *fields = columns or [[]] * 4
    return ids, *(Counter(column) for column in fields)


@login_not_required
@require_safe
@conditional_get
def priority_detail(request, slug):
    priority = get_by_slug(Priority.objects.all(), slug)
    projects = priority.projects.visible_to(request.user)
    examples = cached_until_change(
        request, ("tally of a priority", priority.pk), lambda: projects.tally("is_example")["is_example"]
    )
    ids = projects.order_by(SortKey("title"), "pk").values_list("pk", flat=True)
    page = page_of(request, ids, count=examples.total())
    context = {"priority": priority, "page_obj": page, "example_data": bool(examples[True])}
    return render(request, "projects/browse/priority_detail.html", context)


@login_not_required
@require_safe
@conditional_get
def strategy(request):
    """The estates strategy: its sections, each with its source and what it is about, and its priorities."""
    visible = [
        Prefetch("programmes", Programme.objects.visible_to(request.user)),
        Prefetch("projects", Project.objects.visible_to(request.user).order_by(SortKey("title"))),
    ]
    context = {
        "sections": StrategySection.objects.prefetch_related("priorities", *visible),
        "priorities": Priority.objects.all(),
    }
    return render(request, "projects/browse/strategy.html", context)
