"""Status reports: a project's list, one report, and a comparison of two."""

from django.db.models import Q
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.rules import REPORT_ON_PROJECT, REVIEW_REPORTS
from estates_portal.nhsuk.forms import SelectForm
from estates_portal.paging import page_of
from projects.access import visible_project
from projects.costs import frozen_costs
from projects.labels import RATING_LABELS, REPORT_STATE_COLOURS
from projects.reporting import workflow
from projects.reporting.compare import compare, with_date_changes
from projects.reporting.queries import report_form_url, visible_report, visible_reports
from projects.reporting.submissions import Submissions


@require_safe
def report_list(request, slug):
    project = visible_project(request, slug)
    related = ("project", "period", "submitted_by", "submitted_for", "correction")
    reports = visible_reports(project, request.user).select_related(*related)
    page = page_of(request, reports.order_by("-period__starts_on", "-pk"))
    context = {"project": project, "page_obj": page, "example_data": project.is_example}
    return render(request, "projects/reporting/report_list.html", context)


@require_safe
def report_detail(request, slug, pk):
    report = _readable(request, slug, pk)
    before, submissions = workflow.previous_report(report), Submissions(report)
    context = {
        "report": report,
        "project": report.project,
        "ratings": [
            (label, rating, RATING_LABELS.get(rating, "")) for _name, label, rating in report.ratings() if rating
        ],
        "milestones": with_date_changes(report.milestones.select_related("change_reason"), before),
        "events": submissions.events,
        "submissions": submissions.history if _sees_submissions(request.user, report) else [],
        "before": before,
        "correction": visible_reports(report.project, request.user).filter(corrects=report).first(),
        "proposed_note": getattr(report, "proposed_note", None),
        "can": _can(request.user, report),
        "form_url": report_form_url(report),
        "heading": f"{'Correction' if report.corrects_id else 'Report'} for {report.period}",
        "colour": REPORT_STATE_COLOURS[report.state],
        "costs": frozen_costs(report),
        "stage": report.get_frozen_stage_display() if report.frozen_at else report.get_stage_display(),
        "compare_url": _compare_url(before, report) if before else "",
        "example_data": report.project.is_example,
    }
    return render(request, "projects/reporting/report_detail.html", context)


def _compare_url(older, newer):
    url = reverse("projects:report_compare", args=[newer.project.slug])
    return f"{url}?from={older.pk}&to={newer.pk}"


def _sees_submissions(user, report):
    """Whether the user can read what the report said before; it can include text removed on request."""
    return any(user.has_perm(permission, report.project) for permission in (REPORT_ON_PROJECT, REVIEW_REPORTS))


def _can(user, report):
    """The actions that the user can take on the report now."""
    actions = {action for _state, action in workflow.ACTIONS if workflow.user_can(user, action, report)}
    if timezone.localdate() > report.period.due_on or report.period.is_closed:
        actions.discard("withdraw")
    if report.period.is_closed and report.corrects_id is None:
        actions.discard("save")
    return actions


@require_safe
def report_compare(request, slug):
    """Compare two reports of the project: `?from=` and `?to=` are their ids."""
    project = visible_project(request, slug)
    visible = visible_reports(project, request.user).select_related("period", "submitted_by")
    reports = list(visible.order_by("-period__starts_on", "-pk"))
    by_id = {str(report.pk): report for report in reports}
    newer = by_id.get(request.GET.get("to", ""), reports[0] if reports else None)
    if newer is None:
        raise Http404("Nothing to compare")
    older = by_id.get(request.GET.get("from", "")) or workflow.previous_report(newer)
    choices = [
        (str(report.pk), f"{report.period}{' (correction)' if report.corrects_id else ''}") for report in reports
    ]
    chosen = {"from": ("From", choices, str(older.pk) if older else ""), "to": ("To", choices, str(newer.pk))}
    context = {
        "project": project,
        "selects": SelectForm(chosen),
        "older": older,
        "newer": newer,
        "comparison": compare(older, newer) if older else None,
        "example_data": project.is_example,
    }
    return render(request, "projects/reporting/report_compare.html", context)


def _readable(request, slug, pk):
    report = visible_report(request, slug, pk)
    if not visible_reports(report.project, request.user).filter(Q(pk=report.pk)).exists():
        raise Http404("A draft that the user cannot read")
    return report
