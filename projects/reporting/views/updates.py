"""Status reports: a project's list, one report, and two compared."""

from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.nhsuk.forms import SelectForm
from estates_portal.paging import page_of
from projects.access import visible_project
from projects.labels import RATING_LABELS, REPORT_STATE_COLOURS
from projects.models import StatusUpdate
from projects.reporting import workflow
from projects.reporting.compare import compare
from projects.reporting.queries import form_of, update_of, visible_updates


@require_safe
def update_list(request, slug):
    project = visible_project(request, slug)
    related = ("project", "period", "submitted_by", "correction")
    updates = visible_updates(project, request.user).select_related(*related)
    page = page_of(request, updates.order_by("-period__starts_on", "-pk"))
    context = {"project": project, "page_obj": page, "example_data": project.is_example}
    return render(request, "projects/reporting/update_list.html", context)


@require_safe
def update_detail(request, slug, pk):
    update = _readable(request, slug, pk)
    before = workflow.previous_update(update)
    context = {
        "update": update,
        "project": update.project,
        "ratings": [
            (words, rating, RATING_LABELS.get(rating, "")) for _name, words, rating in update.ratings() if rating
        ],
        "milestones": update.milestones.select_related("move_reason"),
        "steps": update.steps.select_related("by"),
        "before": before,
        "correction": StatusUpdate.objects.filter(corrects=update).first(),
        "offer": getattr(update, "note_offer", None),
        "can": _can(request.user, update),
        "form_url": form_of(update),
        "heading": f"{'Correction' if update.corrects_id else 'Report'} for {update.period}",
        "colour": REPORT_STATE_COLOURS[update.state],
        "stage": update.get_frozen_stage_display() if update.frozen_at else update.get_stage_display(),
        "compare_url": _compare_url(before, update) if before else "",
        "example_data": update.project.is_example,
    }
    return render(request, "projects/reporting/update_detail.html", context)


def _compare_url(older, newer):
    url = reverse("projects:update_compare", args=[newer.project.slug])
    return f"{url}?from={older.pk}&to={newer.pk}"


def _can(user, update):
    """The actions that the user can take on the report now."""
    may = {action for _state, action in workflow.ACTIONS if workflow.may(user, action, update)}
    if timezone.localdate() > update.period.due_on or update.period.is_closed:
        may.discard("take_back")
    if update.period.is_closed and update.corrects_id is None:
        may.discard("save")
    return may


@require_safe
def update_compare(request, slug):
    """Compare two reports of the project: `?from=` and `?to=` are their ids."""
    project = visible_project(request, slug)
    found = visible_updates(project, request.user).select_related("period", "submitted_by")
    updates = list(found.order_by("-period__starts_on", "-pk"))
    by_number = {str(update.pk): update for update in updates}
    newer = by_number.get(request.GET.get("to", ""), updates[0] if updates else None)
    if newer is None:
        raise Http404("Nothing to compare")
    older = by_number.get(request.GET.get("from", "")) or workflow.previous_update(newer)
    choices = [(str(one.pk), f"{one.period}{' (correction)' if one.corrects_id else ''}") for one in updates]
    chosen = {"from": ("From", choices, str(older.pk) if older else ""), "to": ("To", choices, str(newer.pk))}
    context = {
        "project": project,
        "selects": SelectForm(chosen),
        "older": older,
        "newer": newer,
        "comparison": compare(older, newer) if older else None,
        "example_data": project.is_example,
    }
    return render(request, "projects/reporting/update_compare.html", context)


def _readable(request, slug, pk):
    update = update_of(request, slug, pk)
    if not visible_updates(update.project, request.user).filter(Q(pk=update.pk)).exists():
        raise Http404("A draft that the user cannot read")
    return update
