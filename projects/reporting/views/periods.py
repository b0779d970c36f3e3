"""Reporting periods: create, view progress, send reminders, close and reopen."""

from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.text import get_text_list
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from estates_portal.accounts.audit import record
from estates_portal.accounts.models import AuditKind
from estates_portal.accounts.rules import require
from estates_portal.addresses import get_by_slug
from estates_portal.csv_export import stream
from estates_portal.paging import page_of
from estates_portal.sorting import SortKey
from estates_portal.unsaved.pages import rejected
from projects.labels import plural
from projects.models import Project, ReportingPeriod
from projects.reporting import workflow
from projects.reporting.board import HEADINGS, Board, csv_rows
from projects.reporting.period_forms import CloseForm, DueDaysForm, ReminderForm, YearForm
from projects.reporting.progress import reporting_progress
from projects.reporting.reminders import recipients_of, send_reminders, suggested_text

MAX_REPORTS = 500  # on a page of the board: with more, the names of organisations link to their reports
MANAGE_PERIODS = "projects.change_reportingperiod"


@require_safe
def reporting(request):
    """Redirect to the progress of the newest period that is open, else to all periods."""
    require(request.user, "projects.view_reportingperiod")
    period = ReportingPeriod.objects.open_on(timezone.localdate()).order_by("due_on").last()
    return redirect(period or "projects:period_list")


@require_http_methods(["GET", "HEAD", "POST"])
def period_list(request):
    """The periods, and a form that shows new ones with their due days before it creates them."""
    require(request.user, "projects.view_reportingperiod")
    today = timezone.localdate()
    form = YearForm(request.POST or None, initial={"month": today.month, "year": today.year})
    days = None
    if request.method == "POST":
        require(request.user, "projects.add_reportingperiod")
        if form.is_valid():
            planned = form.planned()
            days = _due_days(request, planned)
            if days.is_valid() and _created(request, form, planned):
                return redirect("projects:period_list")
    context = {
        "form": form,
        "days": days,
        "page_obj": page_of(request, ReportingPeriod.objects.order_by("-starts_on")),
        "today": today,
    }
    return render(request, "projects/reporting/period_list.html", context)


def _due_days(request, planned):
    """The form of the due days; not bound, so that it previews, if the user asks for that or has not seen them all."""
    if request.POST.get("action") == "preview":
        return DueDaysForm(planned)
    days = DueDaysForm(planned, request.POST)
    return days if days.fields.keys() <= request.POST.keys() else DueDaysForm(planned, initial=request.POST.dict())


def _created(request, form, planned):
    """Create the planned periods that overlap none. False, with errors on the form, if one cannot be created."""
    new = [row.period for row in planned if not row.overlapping]
    try:
        with transaction.atomic():
            for period in new:
                period.full_clean()
                period.save()
    except ValidationError as error:
        form.add_error(None, error.messages)
        return False
    except IntegrityError:
        form.add_error(None, f"{period.name} overlaps an existing period")
        return False
    left_out = [f"{row.period.name} {row.reason_left_out}" for row in planned if row.overlapping]
    text = f"{plural(len(new), 'period')} created"
    messages.success(request, f"{text}. {'. '.join(left_out)}" if left_out else text)
    return True


@require_safe
def period_detail(request, slug):
    """Reporting progress for the period, by organisation."""
    require(request.user, "projects.view_reportingperiod")
    period = get_by_slug(ReportingPeriod.objects.all(), slug)
    today = timezone.localdate()
    board = Board(period, Project.objects.visible_to(request.user), today, request.GET)
    page = page_of(request, board.rows)
    context = {
        "period": period,
        "board": board,
        "form": board.form,
        "page_obj": page,
        "rows": board.complete(page.object_list),
        "opens": sum(len(row.reports) for row in page) <= MAX_REPORTS or len(page.object_list) == 1,
        "is_open": period.is_open_on(today),
        "days": (period.due_on - today).days,
        "not_needed": _not_needed(period, request.user),
        "example_data": any(report.project.is_example for row in page for report in row.reports),
    }
    return render(request, "projects/reporting/period_detail.html", context)


def _not_needed(period, user):
    """The reports of a closed period that were not needed, by title. One query if it is closed."""
    if not period.is_closed:
        return []
    visible = period.expected.exclude(not_needed="").filter(project__in=Project.objects.visible_to(user))
    return visible.select_related("project", "organisation").order_by(SortKey("project__title"))


@require_GET
def period_csv(request, slug):
    """The board of the period, with its filters, as CSV."""
    require(request.user, "projects.view_reportingperiod")
    period = get_by_slug(ReportingPeriod.objects.all(), slug)
    board = Board(period, Project.objects.visible_to(request.user), timezone.localdate(), request.GET)
    if not board.form.is_valid():
        return redirect(f"{period.get_absolute_url()}?{request.GET.urlencode()}")  # it shows the errors
    reports = plural(sum(len(row.reports) for row in board.rows), "report")
    detail = f"Reporting progress of {period}: {reports}. {'; '.join(board.form.filters)}"
    record(AuditKind.EXPORTED, request=request, person=request.user, detail=detail[:500])
    return stream(HEADINGS, csv_rows(board.complete(board.rows)), f"reporting-progress-{period.slug}.csv")


@require_http_methods(["GET", "HEAD", "POST"])
def period_close(request, slug):
    """Name the reports that are outstanding and ask why they are not needed, then close the period.

    Of a closed period, say what reopening undoes; by POST with the action "reopen", reopen it.
    """
    require(request.user, MANAGE_PERIODS)
    period = get_by_slug(ReportingPeriod.objects.all(), slug)
    is_posted = request.method == "POST"
    if is_posted and request.POST.get("action") == "reopen":
        return _reopen(request, period)
    if period.is_closed and not is_posted:
        context = {"period": period, "reasons": period.expected.exclude(not_needed="").count()}
        return render(request, "projects/reporting/period_reopen.html", context)
    rows = reporting_progress(period, Project.objects.visible_to(request.user), timezone.localdate())
    expected = [report for row in rows for report in row.expected]
    form = CloseForm([report for report in expected if not report.is_in], request.POST if is_posted else None)
    if is_posted and form.is_valid():
        try:
            workflow.close_period(period, request.user, not_needed=form.reasons)
        except ValidationError as error:
            return _refused(request, period, " ".join(error.messages), _typed_reasons(request))
        messages.success(request, f"{period} closed")
        return redirect(period)
    context = {
        "period": period,
        "form": form,
        "expected": len(expected),
        "to_review": sum(report.state == "submitted" for report in expected),
    }
    return render(request, "projects/reporting/period_close.html", context)


def _reopen(request, period):
    try:
        workflow.reopen_period(period, request.user)
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    else:
        messages.success(request, f"{period} reopened")
    return redirect(period)


def _typed_reasons(request):
    """[(label, text)] of the posted reasons. One query."""
    projects = Project.objects.visible_to(request.user).order_by(SortKey("title")).values_list("pk", "title")
    return [(f"Reason not needed: {title}", request.POST.get(f"reason-{pk}", "")) for pk, title in projects]


def _refused(request, period, why, answers):
    """What was typed in `answers`, (label, text), to copy; a redirect to the period if nothing was."""
    if answers := [(label, text) for label, text in answers if text.strip()]:
        return rejected(request, why, answers=answers, link=("View reporting progress", period.get_absolute_url()))
    messages.warning(request, why)
    return redirect(period)


@require_http_methods(["GET", "HEAD", "POST"])
def period_remind(request, slug):
    """Ask, then email reminders of outstanding reports to contributors of one organisation, or of all."""
    require(request.user, MANAGE_PERIODS)
    period = get_by_slug(ReportingPeriod.objects.all(), slug)
    today = timezone.localdate()
    if not period.is_open_on(today):
        typed = [("Your message", request.POST.get("text", ""))]
        return _refused(request, period, f"{period} is not open for reporting", typed)
    chosen = request.POST.get("organisation", request.GET.get("organisation", ""))
    recipients = recipients_of(period, chosen, today=today)
    data = request.POST if request.method == "POST" else None
    form = ReminderForm(data, initial={"text": suggested_text(period)})
    if request.method == "POST" and form.is_valid():
        result = send_reminders(period, chosen, text=form.cleaned_data["text"], by=request.user, today=today)
        _add_messages(request, result, recipients)
        return redirect(f"{request.path}?{urlencode({'organisation': chosen})}")
    context = {"period": period, "chosen": chosen, "recipients": recipients, "form": form}
    return render(request, "projects/reporting/period_remind.html", context)


def _add_messages(request, result, recipients):
    """Say who was sent a reminder, and whom none could be sent; `recipients` were those before."""
    if result.digests:
        messages.success(request, f"Reminders sent to {plural(result.digests, 'person', 'people')}")
    if result.unsent:
        names = get_text_list([person.name for person in result.unsent], "and")
        emails = f"email to {names}" if len(result.unsent) == 1 else f"emails to {names}"
        messages.warning(request, f"We could not send the {emails}. We will try again with the next emails")
    if not result.digests and not result.unsent:
        messages.warning(request, f"No reminders sent: {_why_not_sent(recipients)}")


def _why_not_sent(recipients):
    if recipients.reminded:
        newest = timezone.localtime(max(recipient.reminded_at for recipient in recipients.reminded))
        return f"already reminded today at {newest:%H:%M}"
    if not recipients.unreachable:
        return "no reports are outstanding"
    if len(recipients.unreachable) == 1 and (organisation := recipients.unreachable[0].organisation):
        return f"{organisation} has no contributors"
    return "the lead organisations have no contributors"
