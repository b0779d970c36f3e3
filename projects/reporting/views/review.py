"""The programme office's review of submitted reports and proposed notes."""

import re

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from estates_portal.accounts.rules import REVIEW_REPORTS, require
from estates_portal.paging import PER_PAGE, page_of
from estates_portal.unsaved.pages import rejected
from projects.labels import plural
from projects.models import (
    MilestoneStatement,
    Project,
    Proposal,
    ProposedNote,
    ReportState,
    StatusReport,
)
from projects.reporting import proposals, workflow
from projects.reporting.acceptance import confirmed_stage, public_changes
from projects.reporting.forms import AcceptForm, ProposedNoteForm, ReviewForm
from projects.reporting.queries import reports_to_review
from projects.reporting.review_queue import ReviewQueue, accept_together
from projects.reporting.review_table import ReviewTable
from projects.reporting.submissions import Submissions
from projects.reporting.waiting import waiting_notes
from projects.versions import StaleVersion
from sites.successions import successions_of


@require_safe
def review_queue(request):
    require(request.user, REVIEW_REPORTS)
    queue = ReviewQueue(request.user, request.GET, successions_of(request))
    page = page_of(request, queue.rows)
    context = {
        "queue": queue,
        "form": queue.form,
        "page_obj": page,
        "example_data": any(row.report.project.is_example for row in page.object_list),
    }
    return render(request, "projects/reporting/review_queue.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review_accept(request):
    """List the unchanged green reports that the filters of the queue find, and accept those that stay ticked."""
    require(request.user, REVIEW_REPORTS)
    successions = successions_of(request)
    form = AcceptForm(request.POST or None)
    ticked = [pk for pk in map(_number, request.POST.getlist("report")) if pk is not None]
    if request.method == "POST" and form.is_valid():
        if ticked:
            return _accept(request, ticked, form.cleaned_data["comment"], successions)
        form.add_error(None, "Select one or more reports")
    queue = ReviewQueue(request.user, request.GET, successions)
    context = {
        "form": form,
        "rows": [(row, request.method != "POST" or row.report.pk in ticked) for row in queue.together],
        "is_filtered": queue.is_filtered,
        "example_data": any(row.report.project.is_example for row in queue.together),
    }
    return render(request, "projects/reporting/review_accept.html", context)


def _accept(request, ticked, comment, successions):
    """Accept the ticked reports that did not change since the page opened, and name the others."""
    versions = {pk: _number(request.POST.get(f"version-{pk}", "")) for pk in ticked}
    accepted, left_out = accept_together(request.user, versions, comment, successions)
    named = ". ".join(f"{report.project} {why}" for report, why in left_out)
    if not accepted and comment:
        why = f"No reports accepted. {named}" if named else "No reports accepted"
        return rejected(request, why, link=("View reports to review", reverse("projects:review_queue")))
    if accepted:
        messages.success(request, f"{plural(len(accepted), 'report')} accepted")
    if not accepted or left_out:
        messages.warning(request, f"{plural(len(ticked) - len(accepted), 'report')} not accepted. {named}")
    return redirect("projects:review_queue")


def _number(text):
    """The id or version that a form posted, or None."""
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


@require_safe
def public_updates(request):
    """Progress notes, dates, records and facts that are saved when the programme office agrees."""
    require(request.user, REVIEW_REPORTS)
    return _public_updates(request)


def _public_updates(request, rejected_form=None):
    """The page; with the form of a note that could not be decided, as it was posted."""
    ids = Project.objects.visible_to(request.user).order_by().values("pk")
    notes = waiting_notes(ids).select_related(
        "report__project", "report__period", "report__submitted_by", "report__submitted_for"
    )
    note_forms = [ProposedNoteForm(proposed_note) for proposed_note in notes[:PER_PAGE]]
    if rejected_form:
        others = [form for form in note_forms if form.proposed_note != rejected_form.proposed_note]
        note_forms = [rejected_form, *others]
    dates, records = proposals.waiting_dates(ids), proposals.proposed_records(ids)
    facts = Proposal.objects.waiting().filter(project__in=ids).select_related("project", "proposed_by")
    context = {
        "note_forms": note_forms,
        "note_count": notes.count(),
        "dates": dates[:PER_PAGE],
        "date_count": dates.count(),
        "records": records[:PER_PAGE],
        "record_count": len(records),
        "facts": facts[:PER_PAGE],
        "fact_count": facts.count(),
    }
    return render(request, "projects/reporting/public_updates.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def review_report(request, pk):
    """Accept or return a report, then open the next one."""
    require(request.user, REVIEW_REPORTS)
    reports = StatusReport.objects.filter(project__in=Project.objects.visible_to(request.user))
    report = get_object_or_404(reports.select_related("project", "period", "submitted_by", "submitted_for"), pk=pk)
    if report.state != ReportState.SUBMITTED:
        reviewed = f"This report has already been {report.get_state_display().lower()}"
        why = "This report is not submitted" if report.state == ReportState.DRAFT else reviewed
        if request.POST.get("comment") or request.POST.get("independent_reason") or _edited_note(request, report):
            return rejected(request, why, link=("View report", report.get_absolute_url()))
        messages.info(request, why)
        return redirect(report)
    note = ProposedNote.objects.filter(report=report, state=ProposedNote.State.AWAITING_APPROVAL).first()
    form = ReviewForm(report, note, request.POST or None)
    ids = list(reports_to_review(request.user).values_list("pk", flat=True))
    place = ids.index(report.pk) if report.pk in ids else 0  # it can be reviewed at this moment
    if request.method == "POST" and form.is_valid() and _decide(request, report, form):
        following = [*ids[place + 1 :], *ids[:place]]  # the next one, or from the last one the first
        return redirect("projects:review_report", following[0]) if following else redirect("projects:review_queue")
    before = workflow.previous_report(report)
    context = {
        "report": report,
        "project": report.project,
        "form": form,
        "before": before,
        "table": ReviewTable(report, before),
        "submissions": Submissions(report) if report.was_returned else None,
        "public_changes": public_changes(report),
        "confirmed_stage": confirmed_stage(report),
        "number": place + 1,
        "left": len(ids),
        "previous": ids[place - 1] if place else None,
        "next": ids[place + 1] if place + 1 < len(ids) else None,
        "example_data": report.project.is_example,
    }
    return render(request, "projects/reporting/review_report.html", context)


def _decide(request, report, form):
    """Accept or return the report. Returns whether it was done; adds errors to the form."""
    data = form.cleaned_data
    try:
        if request.POST.get("action") == "return":
            names = {"fields": data["fields_to_change"], "opened_version": data["opened_version"]}
            workflow.return_report(report, request.user, data["comment"], **names)
            messages.success(request, f"{report.project} report returned for changes")
        elif request.POST.get("action") == "accept":
            messages.success(request, f"{report.project} report accepted{_accept_one(request.user, report, form)}")
        else:
            form.add_error(None, "Select Accept or Return")
    except StaleVersion as error:  # the page shows the report and its note as they are now
        form.edited_note = _edited_note(request, report)
        form.data = form.data.copy()
        form.data["opened_version"] = report.version
        form.data["note"], form.data["note_text"] = "", form.initial["note_text"]
        form.add_error(None, error)
    except ValidationError as error:
        field = error.code if error.code in form.fields else None
        form.add_error(field, " ".join(error.messages))
    return not form.errors


def _edited_note(request, report):
    """The posted text of the proposed note, or "" if it is the text of a submission of the report."""
    text = request.POST.get("note_text", "").replace("\r\n", "\n").strip()
    submitted = report.submissions.values_list("answers__report__public_note", flat=True)
    return "" if text in submitted else text


@transaction.atomic
def _accept_one(user, report, form):
    """Accept the report and decide its proposed note as the form says. Returns the end of the message."""
    data = form.cleaned_data
    names = ("independent_rating", "independent_reason", "opened_version")
    workflow.accept(report, user, data["comment"], **{name: data[name] for name in names})
    if not data.get("note"):
        return ""
    workflow.decide_note(form.proposed_note, user, publish=data["note"] == "publish", text=data["note_text"])
    return ". Progress note published" if data["note"] == "publish" else ". Progress note declined"


@require_POST
def note_decide(request, pk):
    """Publish a proposed progress note, as edited in the form, or decline it."""
    proposed_notes = ProposedNote.objects.filter(report__project__in=Project.objects.visible_to(request.user))
    written = ("report__project", "report__period", "report__submitted_by", "report__submitted_for")
    proposed_note = get_object_or_404(proposed_notes.select_related(*written), pk=pk)
    require(request.user, REVIEW_REPORTS)
    form = ProposedNoteForm(proposed_note, request.POST)
    return redirect("projects:public_updates") if _note_decided(request, form) else _public_updates(request, form)


def _note_decided(request, form):
    """Publish or decline the note. Returns whether it was done; adds errors to the form."""
    publish = request.POST.get("action") == "publish"
    if not publish and request.POST.get("action") != "decline":
        form.add_error("text", "Use one of the buttons to decide")
        return False
    if publish and not form.is_valid():
        return False
    text = form.cleaned_data["text"] if publish else None
    try:
        workflow.decide_note(form.proposed_note, request.user, publish=publish, text=text)
    except ValidationError as error:
        form.add_error("text", " ".join(error.messages))
        return False
    messages.success(request, "Progress note published" if publish else "Progress note declined")
    return True


@require_POST
def date_decide(request, pk):
    """Accept a waiting date, or decline it."""
    visible = Project.objects.visible_to(request.user)
    statements = MilestoneStatement.objects.filter(milestone__project__in=visible.values("pk"), report=None)
    statement = get_object_or_404(statements.select_related("milestone__project"), pk=pk)

    def decide(accept):
        proposals.decide_date(statement, request.user, accept=accept)
        return f"{statement.milestone}: date {'accepted' if accept else 'declined'}"

    return _decided(request, "accept", decide)


@require_POST
def public_decide(request, kind, pk):
    """Show a proposed milestone or document to the public, or decline the proposal."""
    if kind not in proposals.PUBLIC_RECORDS:
        raise Http404
    visible = Project.objects.visible_to(request.user)
    records = proposals.PUBLIC_RECORDS[kind].objects.filter(project__in=visible.values("pk"))
    record = get_object_or_404(records.select_related("project"), pk=pk)
    version = forms.IntegerField(min_value=0, max_value=2**63 - 1)

    def decide(publish):
        opened = version.clean(request.POST.get("opened_version", ""))
        proposals.decide_public(record, request.user, publish=publish, opened=opened)
        return f"{record} is now public" if publish else f"{record} stays with partners only"

    return _decided(request, "publish", decide)


def _decided(request, agree, decide):
    """Call `decide` with whether the button `agree` was used, or "decline", and go back to the public updates.

    `decide` returns the message of success, and raises ValidationError. Raises PermissionDenied.
    """
    require(request.user, REVIEW_REPORTS)
    action = request.POST.get("action")
    try:
        if action not in {agree, "decline"}:
            raise ValidationError("Use one of the buttons to decide")
        messages.success(request, decide(action == agree))
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    return redirect("projects:public_updates")
