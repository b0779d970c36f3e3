"""My work: reports due, decisions that wait, draft corrections and followed projects."""

import datetime

from django.db.models import F, Q
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from estates_portal.accounts.models import Role
from estates_portal.accounts.rules import ANSWER_MESSAGES, REVIEW_REPORTS
from estates_portal.contact.models import Message
from estates_portal.paging import PER_PAGE, page_of
from estates_portal.sorting import SortKey
from projects.labels import RATING_LABELS
from projects.models import Following, Project, Proposal, ProposalState, ReportingPeriod, ReportState, StatusReport
from projects.reporting.due import due_reports, expected_numbers
from projects.reporting.reporters import projects_reported_by
from projects.reporting.waiting import waiting_for

NEW_DAYS = 60  # that the page says what to do first
PROPOSALS_SHOWN = datetime.timedelta(days=60)


@require_safe
def my_work(request):
    today = timezone.localdate()
    periods = list(ReportingPeriod.objects.open_on(today))
    mine = _mine(request.user, today)
    asked = projects_reported_by(request.user, today)
    asked_ids = set(asked.values_list("pk", flat=True))
    all_due = due_reports(mine, periods, today)
    due = [report for report in all_due if report.project.pk in asked_ids]
    context = {
        "periods": periods,
        "page_obj": page_of(request, due),
        "others": [report for report in all_due if report.project.pk not in asked_ids][:PER_PAGE],
        "submitted": [] if due else expected_numbers(asked, periods),
        "overdue": sum(1 for report in due if report.is_overdue),
        "reports_at_all": request.user.role != Role.VIEWER,
        "corrections": _corrections(request.user),
        "followed": _followed(request.user),
        "decisions": waiting_for(request).labels if request.user.has_perm(REVIEW_REPORTS) else None,
        "proposals": _proposals(request.user),
    }
    context["is_new"] = _is_new(request.user, today)
    if request.user.has_perm(ANSWER_MESSAGES):
        context["unanswered"] = _unanswered(request.user)
    return render(request, "projects/reporting/my_work.html", context)


def _mine(user, on):
    """The projects of the user's organisations and those they have succeeded, if the user can report on them."""
    if user.role == Role.VIEWER:
        return Project.objects.none()
    return Project.objects.visible_to(user).of_organisations(user.organisation_ids, on)


def _is_new(user, on):
    """Whether the user is a contributor who joined in the last NEW_DAYS and has not submitted a report. One query."""
    if user.role != Role.CONTRIBUTOR or (on - timezone.localdate(user.date_joined)).days > NEW_DAYS:
        return False
    return not _mine(user, on).filter(status_reports__submitted_by=user).exists()


def _unanswered(user):
    """The number of messages from readers that wait for an answer."""
    return Message.objects.visible_to(user).unanswered().count()


def _corrections(user):
    drafts = StatusReport.objects.filter(
        project__in=Project.objects.visible_to(user),
        started_by=user,
        corrects__isnull=False,
        state__in=[ReportState.DRAFT, ReportState.RETURNED],
    )
    return drafts.select_related("project", "period")[:PER_PAGE]


def _proposals(user):
    """The user's proposals that await a decision, then those decided in the last 60 days. At most one query."""
    if user.role != Role.CONTRIBUTOR:
        return []
    visible = Project.objects.visible_to(user).values("pk")
    shown = Q(state=ProposalState.WAITING) | Q(decided_at__gte=timezone.now() - PROPOSALS_SHOWN)
    proposals = Proposal.objects.filter(shown, proposed_by=user, project__in=visible).select_related("project")
    return proposals.order_by(F("decided_at").desc(nulls_first=True), "-proposed_at", "-pk")[:PER_PAGE]


def _followed(user):
    """[(project, newest report or None, label of its rating)] of the projects that the user follows."""
    visible = Project.objects.visible_to(user)
    followed = Following.objects.filter(person=user, project__in=visible).select_related(
        "project__current_report__period"
    )
    rows = [
        (following.project, following.project.current_report)
        for following in followed.order_by(SortKey("project__title"))[:PER_PAGE]
    ]
    return [(project, report, RATING_LABELS.get(report.overall, "") if report else "") for project, report in rows]
