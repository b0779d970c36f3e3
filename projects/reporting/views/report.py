"""The report form: save, submit, withdraw and delete."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from estates_portal.accounts.rules import REPORT_ON_PROJECT
from estates_portal.addresses import get_by_slug
from estates_portal.unsaved.pages import NO_PERMISSION, rejected
from estates_portal.unsaved.posted import FORM_KEY, TOKEN, WRITER, is_autosave, is_by
from projects.access import visible_project
from projects.dates import deadline_label
from projects.labels import due_label
from projects.models import Rating, ReportingPeriod, Stage, StatusReport
from projects.models.register import benefit_prompt
from projects.reporting import workflow
from projects.reporting.drafts import Closed, Conflict, DraftSave, report_and_rows
from projects.reporting.forms import StatusReportForm, VersionsForm, meanings, rows_of
from projects.reporting.queries import report_form_url, visible_report


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request, slug, period):
    """The form of a project's report for a period. The first save creates the report."""
    project = visible_project(request, slug)
    can_report = request.user.has_perm(REPORT_ON_PROJECT, project)
    if not can_report and not is_by(request.user, request.POST):
        raise PermissionDenied
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
        raise PermissionDenied
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
    outcome = DraftSave(request, project, period, report).run()
    if isinstance(outcome, Conflict):
        return _conflict(request, project, period, outcome.form, outcome.theirs)
    if isinstance(outcome, Closed):
        return _rejected(request, project, period, report, outcome.message)
    return _after_save(request, project, period, outcome)


def _after_save(request, project, period, outcome):
    saved, shown = outcome.report, outcome.form
    if is_autosave(request):
        return JsonResponse(
            {"version": saved.version, "saved": _clock(saved.saved_at), "errors": shown.errors_by_field()}
        )
    if request.POST.get("action") == "submit" and outcome.is_valid:
        return _submit(request, project, period, saved, shown)
    if outcome.is_valid:
        messages.success(request, f"Draft saved at {_clock(saved.saved_at)}")
        return redirect(request.path)
    shown.report.version = saved.version
    return _page(request, project, period, _with_version(shown, saved.version))


def _submit(request, project, period, saved, shown):
    saved.project = project
    rows = rows_of(saved)
    errors = workflow.submission_errors(saved, rows)
    if not errors:
        try:
            submitted = workflow.submit(saved, request.user, opened_version=saved.version)
        except ValidationError as error:
            return _rejected(request, project, period, saved, " ".join(error.messages))
        messages.success(request, "Report submitted. The programme office will review it")
        return redirect("projects:report_detail", project.slug, submitted.pk)
    shown = StatusReportForm(saved, rows, request.user, _with_version(shown, saved.version).form.data)
    shown.form.is_valid()
    shown.add_errors(errors)
    return _page(request, project, period, shown)


def _with_version(shown, version):
    """The form with the new version, for the next save."""
    data = shown.form.data.copy()
    data["version"] = str(version)
    shown.form.data = data
    return shown


def _page(request, project, period, shown):
    today = timezone.localdate()
    context = {
        "project": project,
        "period": period,
        "report_form": shown,
        "report": shown.report,
        "heading": f"{'Correction' if shown.report.corrects_id else 'Report'} for {period}",
        "due": due_text(period, today),
        "meanings": meanings(today),
        "stages": Stage.values,
        "benefits": benefit_prompt(project),
        "example_data": project.is_example,
        "can_delete": shown.report.pk and workflow.user_can(request.user, "delete", shown.report),
    }
    return render(request, "projects/reporting/report.html", context)


def _conflict(request, project, period, shown, theirs):
    if is_autosave(request):
        return JsonResponse({"conflict": _who_changed(request, theirs)}, status=409)
    differences = shown.differences(theirs)
    skip = {conflict.name for conflict in differences} | {"version", "action", TOKEN, WRITER, FORM_KEY}
    is_own = theirs.saved_by_id == request.user.pk
    owners = ("This device", "Other device") if is_own else ("Yours", f"{theirs.saved_by}’s")
    labels = {
        **dict(Rating.choices),
        **dict(Stage.choices),
        **{str(reason.pk): reason.name for reason in shown.reasons},
    }
    context = {
        "project": project,
        "period": period,
        "theirs": theirs,
        "who_changed": _who_changed(request, theirs),
        "versions_form": VersionsForm(differences, mine=owners[0], theirs=owners[1], labels=labels),
        "same": [(name, value) for name, value in shown.form.data.items() if name not in skip],
    }
    return render(request, "projects/reporting/report_conflict.html", context, status=409)


def _who_changed(request, theirs):
    """The heading of a conflict: the user and the time of the other save."""
    if theirs.saved_by_id == request.user.pk:
        return f"You changed this report on another device at {_clock(theirs.saved_at)}"
    return f"{theirs.saved_by} changed this report at {_clock(theirs.saved_at)}"


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
