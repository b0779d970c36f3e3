"""Events for the programme office: decisions that wait, problems, and what partners changed."""

import datetime
from collections import Counter, defaultdict
from urllib.parse import urlencode

from django.db.models import Count, Max, Q
from django.urls import reverse
from django.utils import timezone

from estates_portal.accounts.models import Invitation, User
from estates_portal.dates import DatePrecision, date_label, deadline_label, start_of
from estates_portal.sorting import sort_key
from projects.approvals import approved_label
from projects.history.forms import PARTNERS
from projects.history.queries import all_rows
from projects.labels import both_ratings, plural
from projects.models import (
    ChangeRequest,
    Milestone,
    MilestoneKind,
    Notice,
    NoticeKind,
    Project,
    Proposal,
    ReportAction,
    ReportState,
    StatusReport,
)
from projects.models.choices import DeliveryState
from projects.notices import notice_item
from projects.reporting.notifications import red_reports
from projects.reporting.proposals import proposed_since, waiting_dates
from projects.reporting.waiting import waiting_notes
from projects.risks.notifications import escalated

DAYS_AHEAD = 7  # of approvals
LOOK_BACK = datetime.timedelta(days=7)  # older problems are not sent, if the command has not run for a while


def office_events(outstanding, reported_by, today):
    """[(item, id of the user who caused it, or None)] of every event that the programme office hears of.

    `outstanding` and `reported_by` are the outstanding reports, and these with their reporters.
    """
    return [
        *escalated(),
        *red_reports(),
        *_submitted(),
        *_requested(),
        *_proposed(),
        *_approvals(today),
        *_without_reporters(outstanding, reported_by),
        *_invitations(),
        *_failed(),
        *_changed_by_partners(today),
    ]


# Decisions -----------------------------------------------------------------------------------------------------------


def _submitted():
    """Reports that wait for review, each time that they were submitted."""
    submitted = Q(events__action=ReportAction.SUBMITTED)
    reports = StatusReport.objects.filter(state=ReportState.SUBMITTED).annotate(
        submission=Max("events", filter=submitted),
        times_submitted=Count("events", filter=submitted),
    )
    for report in reports.select_related("project", "period", "submitted_by").order_by("submitted_at", "pk"):
        rating = both_ratings(report.overall, report.office_rating).lower()
        submitted = "submitted again" if report.times_submitted > 1 else "submitted"
        about = {"report": report, "rating": rating, "submitted": submitted}
        path, at = reverse("projects:review_report", args=[report.pk]), report.frozen_at
        item = notice_item(NoticeKind.SUBMITTED, path, happened_at=at, project=report.project, **about)
        yield item, report.submitted_by_id


def _requested():
    """Change requests that wait for a decision."""
    for change in ChangeRequest.objects.waiting().select_related("project", "requested_by").order_by("pk"):
        about = {"change": change, "new": approved_label(change.after)}
        path, at = change.get_absolute_url(), change.requested_at
        item = notice_item(NoticeKind.REQUESTED, path, happened_at=at, project=change.project, **about)
        yield item, change.requested_by_id


def _proposed():
    """Progress notes, dates, milestones, documents and facts that wait to become public."""
    projects = Project.objects.order_by().values("pk")
    notes = waiting_notes(projects).select_related("report__project", "report__submitted_by")
    for note in notes.order_by("pk"):
        report = note.report
        yield _proposal(f"note:{note.pk}", report.project, "progress note", report.submitted_by, report.frozen_at)
    for statement in waiting_dates(projects):
        milestone = statement.milestone
        key, text = f"date:{statement.pk}", f"{milestone}, {str(statement).lower()}"
        yield _proposal(key, milestone.project, text, statement.stated_by, statement.recorded_at)
    for record, row in proposed_since(projects):
        key, text = f"{record._meta.model_name}:{row.pk}", f"{record._meta.verbose_name} “{record}”"
        yield _proposal(key, record.project, text, row.history_user, row.history_date)
    for fact in Proposal.objects.waiting().select_related("project", "proposed_by"):
        text = f"{fact.label}, “{fact.new_text}”" if fact.new_text else f"{fact.label}, blank"
        yield _proposal(f"fact:{fact.pk}", fact.project, text, fact.proposed_by, fact.proposed_at)


def _proposal(key, project, text, proposed_by, at):
    about = {"key": key, "project": project, "proposal": text, "by": f", by {proposed_by}" if proposed_by else ""}
    path = reverse("projects:public_updates")
    return notice_item(NoticeKind.PROPOSED, path, happened_at=at, **about), proposed_by and proposed_by.pk


def _approvals(today):
    """Approvals of active projects that are expected soon, on a known day."""
    milestones = Milestone.objects.filter(
        kind=MilestoneKind.APPROVAL,
        reached=False,
        current_precision=DatePrecision.DAY,
        current_on__range=(today, today + datetime.timedelta(days=DAYS_AHEAD - 1)),
        project__delivery_state=DeliveryState.ACTIVE,
    )
    for milestone in milestones.select_related("project").order_by("current_on", "pk"):
        about = {"milestone": milestone, "day": deadline_label(milestone.current_on)}
        path = reverse("projects:milestone_list", args=[milestone.project.slug])
        yield notice_item(NoticeKind.APPROVAL, path, project=milestone.project, **about), None


# Problems ------------------------------------------------------------------------------------------------------------


def _without_reporters(outstanding, reported_by):
    """Organisations with outstanding reports that have no reporter, once for each period."""
    reached = {(project.pk, period.pk) for _person, project, period in reported_by}
    leads = Counter((period, lead) for project, period, lead in outstanding if (project.pk, period.pk) not in reached)
    for (period, lead), number in leads.items():
        about = {
            "key": lead.pk if lead else 0,
            "organisation": lead or "Projects without a lead organisation",
            "reports": plural(number, "report"),
        }
        yield notice_item(NoticeKind.NO_REPORTER, period.get_absolute_url(), period=period, **about), None


def _invitations():
    """Invitations that have expired, and those whose email could not be sent."""
    now = timezone.now()
    for invitation in Invitation.objects.open().filter(expires_at__gte=now - LOOK_BACK).order_by("pk"):
        if invitation.has_expired(now):
            state, problem, at = "expired", "invitation expired", invitation.expires_at
        elif invitation.sent_at is None:
            state, problem, at = "unsent", "the invitation could not be sent", invitation.invited_at
        else:
            continue
        about = {"invitation": invitation, "state": state, "problem": problem}
        day = date_label(timezone.localdate(at))
        path = reverse("people:invitation_list")
        yield notice_item(NoticeKind.INVITATION, path, happened_at=at, day=day, **about), None


def _failed():
    """Users to whom emails could not be sent, up to the newest of each."""
    failed = Notice.objects.given_up().filter(last_tried_at__gte=timezone.now() - LOOK_BACK, person__is_active=True)
    by_person = defaultdict(list)
    for notice in failed.select_related("person").order_by("last_tried_at", "pk"):
        by_person[notice.person].append(notice)
    for person, notices in by_person.items():
        newest = notices[-1]
        about = {"person": person, "notice": newest, "emails": plural(len(notices), "item")}
        query = urlencode({"delivery": "given-up", "q": person.email})
        item = notice_item(
            NoticeKind.FAILED,
            f"{reverse('admin:projects_notice_changelist')}?{query}",
            happened_at=newest.last_tried_at,
            day=date_label(timezone.localdate(newest.last_tried_at)),
            **about,
        )
        yield item, person.pk


# Changes by partners -------------------------------------------------------------------------------------------------


def _changed_by_partners(today):
    """Organisations whose users changed records in the last full week, Monday to Sunday."""
    monday = today - datetime.timedelta(days=today.weekday() + 7)
    sunday = monday + datetime.timedelta(days=6)
    partners = {person.pk: person for person in User.objects.partners().prefetch_related("other_organisations")}
    changes, people = Counter(), defaultdict(set)
    rows = all_rows(people=list(partners), since=monday, until=sunday)
    for _at, person_id, *_row in rows if partners else ():
        for organisation in partners[person_id].organisations or [None]:
            changes[organisation] += 1
            people[organisation].add(person_id)
    for organisation in sorted(changes, key=lambda organisation: sort_key(str(organisation or ""))):
        chosen = organisation.slug if organisation else PARTNERS
        query = urlencode({"organisation": chosen, "since": monday.isoformat(), "until": sunday.isoformat()})
        about = {
            "organisation": organisation or "Users without an organisation",
            "changes": plural(changes[organisation], "change"),
            "people": plural(len(people[organisation]), "user"),
        }
        item = notice_item(
            NoticeKind.PARTNERS,
            f"{reverse('projects:history_list')}?{query}",
            happened_at=start_of(sunday),
            key=organisation.pk if organisation else 0,
            monday=monday,
            first=date_label(monday),
            last=date_label(sunday),
            **about,
        )
        yield item, None
