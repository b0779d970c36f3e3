"""The report form: save, submit, withdraw and delete. Saves answers of signed-out users in the session."""

import time

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ValidationError
from django.http import JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from estates_portal.addresses import get_by_slug
from projects.access import editable_project
from projects.dates import deadline_label
from projects.labels import due_label
from projects.models import Rating, ReportingPeriod, Stage, StatusReport
from projects.models.register import benefit_prompt
from projects.reporting import workflow
from projects.reporting.drafts import Closed, Conflict, DraftSave, report_and_rows
from projects.reporting.forms import StatusReportForm, VersionsForm, meanings, person_of, rows_of
from projects.reporting.queries import report_form_url, visible_report

UNSAVED_REPORT = "kept_report"
UNSAVED_SECONDS = 12 * 3600
UNSAVED_CHARACTERS = 60_000


@login_not_required  # answers posted after a session ended are saved until the user signs in again
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report(request, slug, period):
    """The form of a project's report for a period. The first save creates the report."""
    if not request.user.is_authenticated:
        return _save_unsent_and_sign_in(request)
    project = editable_project(request, slug)
    period = get_by_slug(ReportingPeriod.objects.all(), period, "period")
    report = StatusReport.objects.filter(project=project, period=period, corrects=None).first()
    if report is None and not period.is_open_on(timezone.localdate()):
        return render(
            request, "projects/reporting/report_closed.html", {"project": project, "period": period}, status=409
        )
    return _report(request, project, period, report)


@login_not_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def correction(request, slug, pk):
    """The form of a correction that `report_correct` has created."""
    if not request.user.is_authenticated:
        return _save_unsent_and_sign_in(request)
    project = editable_project(request, slug)
    reports = StatusReport.objects.filter(project=project, corrects__isnull=False)
    report = get_object_or_404(reports.select_related("period", "corrects"), pk=pk)
    return _report(request, project, report.period, report)


def _report(request, project, period, report):
    if report is not None and not (report.is_editable and not (period.is_closed and report.corrects_id is None)):
        if request.method == "POST":
            messages.info(request, _not_saved(report))
        return redirect("projects:report_detail", project.slug, report.pk)
    if request.method == "POST":
        return _save(request, project, period, report)
    data = _unsaved_report(request)
    if data is not None:
        messages.info(request, "You were signed out. Save to keep the changes below")
    shown = StatusReportForm(*report_and_rows(project, period, report), request.user, data)
    return _page(request, project, period, shown)


def _not_saved(report):
    if report.is_editable:
        return f"{report.period} is closed for reporting. Nothing has changed"
    return f"This report has been {report.get_state_display().lower()}, so you cannot change it"


def _save(request, project, period, report):
    """Save the answers; respond with JSON to an autosave, else with a page."""
    is_autosave = request.POST.get("action") == "autosave"
    outcome = DraftSave(request, project, period, report).run()
    if isinstance(outcome, Conflict):
        return _conflict(request, project, period, outcome.form, outcome.theirs, is_autosave)
    if isinstance(outcome, Closed):
        return _show_rejected(request, project, period, outcome.message, is_autosave)
    request.session.pop(UNSAVED_REPORT, None)
    return _after_save(request, project, period, outcome)


def _after_save(request, project, period, outcome):
    saved, shown = outcome.report, outcome.form
    if request.POST.get("action") == "autosave":
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
            return _show_rejected(request, project, period, " ".join(error.messages), False)
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


def _conflict(request, project, period, shown, theirs, is_autosave):
    if is_autosave:
        return JsonResponse({"conflict": _who_changed(request, theirs)}, status=409)
    differences = shown.differences(theirs)
    skip = {conflict.name for conflict in differences} | {"version", "csrfmiddlewaretoken", "action"}
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


def _show_rejected(request, project, period, message, is_autosave):
    """Show the answers to copy, because the report was closed, submitted or deleted while the user edited it."""
    if is_autosave:
        return JsonResponse({"conflict": message}, status=409)
    answers = [(name, value) for name, value in request.POST.items() if value and name in workflow.TEXT_FIELDS]
    context = {"project": project, "period": period, "why": message, "answers": answers}
    return render(request, "projects/reporting/report_closed.html", context, status=409)


# Answers of a user whose session has ended ----------------------------------------------------------------------


def _save_unsent_and_sign_in(request):
    """Save the posted answers in the session until the user signs in, unless they are longer than any report."""
    if request.method == "POST":
        data = request.POST.copy()
        data.pop("csrfmiddlewaretoken", None)
        encoded = data.urlencode()
        if len(encoded) <= UNSAVED_CHARACTERS * 3 and person_of(data.get("writer", "")) is not None:
            request.session[UNSAVED_REPORT] = {"path": request.path, "data": encoded, "at": int(time.time())}
        if data.get("action") == "autosave":
            return JsonResponse({"signed_out": True}, status=401)
    return redirect_to_login(request.path)


def _unsaved_report(request):
    """The answers that this user posted here after their session ended, as a QueryDict, or None."""
    unsaved = request.session.get(UNSAVED_REPORT)
    if not unsaved or unsaved["path"] != request.path:
        return None
    data = QueryDict(unsaved["data"])
    if time.time() - unsaved["at"] > UNSAVED_SECONDS or person_of(data.get("writer", "")) != request.user.pk:
        del request.session[UNSAVED_REPORT]
        return None
    return data


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
