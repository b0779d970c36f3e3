"""The report form: save, submit, withdraw and delete."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from estates_portal.accounts.rules import REPORT_ON_PROJECT, VIEW_ONLY
from estates_portal.addresses import get_by_slug
from estates_portal.dates import deadline_label
from estates_portal.merging import change_label, is_from_merge_page, merge_page, merged_label
from estates_portal.unsaved.pages import NO_PERMISSION, rejected
from estates_portal.unsaved.posted import is_autosave, is_by
from projects.access import visible_project
from projects.labels import due_label
from projects.models import Rating, ReportingPeriod, Stage, StatusReport
from projects.models.register import benefit_prompt
from projects.reporting import workflow
from projects.reporting.drafts import Closed, Conflict, report_and_rows, save_posted
from projects.reporting.forms import StatusReportForm, rows_of
from projects.reporting.notifications import send_red_reports
from projects.reporting.queries import highest_risks, report_form_url, visible_report
from projects.reporting.submissions import asked_to_change
from projects.versions import StaleVersion

SETTLED = "settled_report_form"  # session key of the `page` of the last form that was saved


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request, slug, period):
    """The form of a project's report for a period. The first save creates the report."""
    project = visible_project(request, slug)
    can_report = request.user.has_perm(REPORT_ON_PROJECT, project)
    if not can_report and not is_by(request.user, request.POST):
        raise PermissionDenied(VIEW_ONLY)
    period = get_by_slug(ReportingPeriod.objects.all(), period, "period")
    report = StatusReport.objects.filter(project=project, period=period, corrects=None).first()
    if not can_report:
        return _rejected(request, project, period, report, NO_PERMISSION, status=403)
    if report is None and not period.is_open_on(timezone.localdate()):
        if is_by(request.user, request.POST):
            return _rejected(request, project, period, report, f"You cannot report for {period} now")
        return render(
            request, "projects/reporting/report_closed.html", {"project": project, "period": period}, status=409
        )
    return _report(request, project, period, report)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request, slug, pk):
    """The form of a correction that `report_correct` has created."""
    project = visible_project(request, slug)
    can_report = request.user.has_perm(REPORT_ON_PROJECT, project)
    if not can_report and not is_by(request.user, request.POST):
        raise PermissionDenied(VIEW_ONLY)
    reports = StatusReport.objects.filter(project=project, corrects__isnull=False)
    report = get_object_or_404(reports.select_related("period", "corrects"), pk=pk)
    if not can_report:
        return _rejected(request, project, report.period, report, NO_PERMISSION, status=403)
    return _report(request, project, report.period, report)


def _report(request, project, period, report):
    if report is not None and not (report.is_editable and not (period.is_closed and report.corrects_id is None)):
        if request.POST:
            return _rejected(request, project, period, report, _not_saved(report))
        return redirect("projects:report_detail", project.slug, report.pk)
    if request.method == "POST":
        return _save(request, project, period, report)
    # On a GET these are answers of a user who was signed out when they posted them
    shown = StatusReportForm(*report_and_rows(project, period, report), request.user, request.POST or None)
    return _page(request, project, period, shown)


def _not_saved(report):
    if report.is_editable:
        return f"{report.period} is closed for reporting. Nothing has changed"
    return f"This report has been {report.get_state_display().lower()}, so you cannot change it"


def _save(request, project, period, report):
    """Save the answers; respond with JSON to an autosave, else with a page."""
    outcome = save_posted(request, project, period, report)
    if isinstance(outcome, Closed):
        return _rejected(request, project, period, report, outcome.message)
    if isinstance(outcome, Conflict):
        return _conflict(request, project, outcome)
    if is_autosave(request):
        return _autosaved(request, outcome)
    request.session[SETTLED] = request.POST.get("page", "")[:64]
    if request.POST.get("action") == "submit" and not is_from_merge_page(request.POST):
        return _submit(request, project, period, outcome)
    if outcome.is_valid:
        messages.success(request, f"Draft saved at {_saved_label(outcome)}")
        return redirect(request.path)
    shown = StatusReportForm(outcome.report, outcome.rows, request.user, outcome.form.data)
    return _page(request, project, period, shown)


def _autosaved(request, outcome):
    """The values that are saved now, as JSON: the page with the form goes on from them."""
    saved, shown = outcome.report, outcome.form
    now = StatusReportForm(saved, outcome.rows, request.user)
    return JsonResponse(
        {
            "saved": _saved_label(outcome),
            "opened": now.opened_values(shown.old_keys),
            "merged": shown.merged_names(),
            "errors": shown.errors_by_field(),
        }
    )


def _saved_label(outcome):
    """ "11:04", or "11:04, together with changes by Olive Office at 11:03"."""
    return _clock(outcome.report.saved_at) + merged_label(outcome.form.forms, saved=outcome.before)


def _submit(request, project, period, outcome):
    saved = outcome.report
    saved.project = project
    rows = rows_of(saved)
    errors = workflow.submission_errors(saved, rows)
    if outcome.is_valid and not errors:
        try:
            submitted = workflow.submit(saved, request.user, opened_version=saved.version)
        except StaleVersion as stale:
            changed = change_label(saved, stale.who, stale.when, stale.who == request.user)
            messages.warning(request, f"{changed}. Check the report, then submit it")
            return redirect(request.path)
        except ValidationError as error:
            return _rejected(request, project, period, saved, " ".join(error.messages))
        if submitted.overall == Rating.RED:
            transaction.on_commit(send_red_reports, robust=True)
        messages.success(request, "Report submitted. The programme office will review it")
        return redirect("projects:report_detail", project.slug, submitted.pk)
    shown = StatusReportForm(saved, rows, request.user, outcome.form.data)
    shown.add_errors(errors)
    return _page(request, project, period, shown)


def _page(request, project, period, shown):
    today = timezone.localdate()
    shown.form.define_ratings(today)
    context = {
        "project": project,
        "period": period,
        "report_form": shown,
        "report": shown.report,
        "heading": f"{'Correction' if shown.report.corrects_id else 'Report'} for {period}",
        "due": due_text(period, today),
        "asked": asked_to_change(shown.report),
        "stages": Stage.values,
        "benefits": benefit_prompt(project),
        "risks": highest_risks(project, today),
        "example_data": project.is_example,
        "settled": request.session.get(SETTLED, ""),
        "is_unsaved": request.method != "POST" and shown.form.is_bound,
        "can_delete": shown.report.pk and workflow.user_can(request.user, "delete", shown.report),
    }
    return render(request, "projects/reporting/report.html", context)


def _conflict(request, project, outcome):
    if is_autosave(request):
        who, when = outcome.before
        return JsonResponse({"conflict": change_label(outcome.report, who, when, who == request.user)}, status=409)
    context = {"project": project, "example_data": project.is_example}
    return merge_page(request, outcome.form.forms, record=outcome.report, saved=outcome.before, **context)


def _rejected(request, project, period, report, why, status=409):
    """The answers to copy, because the report was closed, submitted or deleted while the user edited it."""
    shown = StatusReportForm(*report_and_rows(project, period, report), request.user, request.POST)
    link = ("View report", report.get_absolute_url()) if report else ("Go to My work", reverse("projects:my_work"))
    return rejected(request, why, answers=shown.labelled_answers(), status=status, link=link)


def _clock(moment):
    return timezone.localtime(moment).strftime("%H:%M")


def due_text(period, today):
    """ "Due today", "Due in 3 days, on Friday 4 December 2026", "2 days overdue. Due on Wednesday 2 December 2026"."""
    days = (period.due_on - today).days
    if days == 0:
        return due_label(days)
    return f"{due_label(days)}{'. Due' if days < 0 else ','} on {deadline_label(period.due_on)}"


@require_POST
def report_withdraw(request, slug, pk):
    report = visible_report(request, slug, pk)
    try:
        workflow.withdraw(report, request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("projects:report_detail", slug, pk)
    messages.success(request, "Report withdrawn. It is a draft again")
    return redirect(report_form_url(report))


@require_http_methods(["GET", "HEAD", "POST"])
def report_delete(request, slug, pk):
    """Confirm, then delete a draft."""
    report = visible_report(request, slug, pk)
    action = workflow.delete_draft if request.method == "POST" else workflow.check_delete_draft
    try:
        action(report, request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("projects:report_detail", slug, pk)
    if request.method != "POST":
        return render(request, "projects/reporting/report_delete.html", {"report": report, "project": report.project})
    messages.success(request, "Draft deleted")
    return redirect("projects:my_work")


@require_POST
def report_correct(request, slug, pk):
    report = visible_report(request, slug, pk)
    try:
        correction = workflow.start_correction(report, request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
        return redirect("projects:report_detail", slug, pk)
    return redirect("projects:correction", slug, correction.pk)
