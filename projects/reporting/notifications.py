"""Items of emails about reports and change requests, for reporters, authors, requesters and followers.

`projects.notices` has their texts and sends them.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.urls import reverse
from django.utils import timezone

from estates_portal.dates import deadline_label
from estates_portal.sorting import SortKey
from projects.approvals import approved_label
from projects.labels import RATING_LABELS, both_ratings, plural
from projects.models import (
    EDITABLE,
    REPORTED,
    ChangeRequest,
    Following,
    Notice,
    NoticeKind,
    Project,
    ProposedNote,
    Rating,
    ReportAction,
    ReportEvent,
    ReportState,
    StatusReport,
)
from projects.models.change import DECIDED
from projects.notices import NOTICE_TYPES, REQUESTED_BY, can_see, for_office, notice_item, office_users, send_items
from projects.working_days import working_days
from sites.models import Organisation
from sites.successions import acting_organisation

from .due import is_skipped
from .reporters import reporters_of
from .workflow import projects_expected_to_report

REMIND_DAYS = 3  # working days
LOOK_BACK = timedelta(days=7)  # older events are not sent, if the command has not run for a while


def report_items(outstanding, today):
    """[{user: items}] of all events about reports and change requests. `outstanding` is that of `with_reporters`."""
    return [
        _due(outstanding, today),
        _unsent_reminders(outstanding, today),
        _reviewed(),
        _decided(),
        _notes(),
        _followed(),
    ]


def _due(outstanding, today):
    """{user: items} of reports that are open, due soon or overdue; not of those that are skipped."""
    items = defaultdict(list)
    for person, project, period in outstanding:
        days = (period.due_on - today).days
        if is_skipped(project, period):
            continue
        if days < 0:
            kind, part = NoticeKind.OVERDUE, (-days - 1) // 7  # on the first day, then each week
        elif working_days(today, period.due_on) <= REMIND_DAYS:
            kind, part = NoticeKind.REMINDER, 0
        else:
            kind, part = NoticeKind.OPENED, 0
        items[person].append(_report_item(kind, project, period, today, part=part))
    return items


def _report_item(kind, project, period, today, **about):
    """The item of a report that is not submitted."""
    days = (today - period.due_on).days
    about |= {"due": deadline_label(period.due_on), "overdue": f", {plural(days, 'day')} overdue" if days > 0 else ""}
    return notice_item(kind, _form_path(project, period), project=project, period=period, **about)


def reminder_item(project, period, today, by):
    """The item of a reminder, sent by the user named `by`. At most one a day for each report."""
    item = _report_item(NoticeKind.OFFICE_REMINDER, project, period, today, day=today, by=by)
    return replace(item, due_on=period.due_on, is_overdue=period.due_on < today, message=period.reminder_text)


def reminder_key(period, project, day):
    return NOTICE_TYPES[NoticeKind.OFFICE_REMINDER].key.format(period=period, project=project, day=day)


def reminder_keys(period):
    """The start of the keys of all reminders of a period. The id of the project and the day follow."""
    return f"chased:{period.pk}:"


def _unsent_reminders(outstanding, today):
    """{user: items} of unsent reminders of reports that are still outstanding. One query."""
    reports = {
        (person.pk, _form_path(project, period)): (person, project, period) for person, project, period in outstanding
    }
    items = defaultdict(list)
    for notice in Notice.objects.waiting().filter(kind=NoticeKind.OFFICE_REMINDER):
        if report := reports.get((notice.person_id, notice.url)):
            person, project, period = report
            item = reminder_item(project, period, today, notice.text.partition(REQUESTED_BY)[2])
            items[person].append(replace(item, dedupe_key=notice.dedupe_key))
    return items


def outstanding_reports(periods, today):
    """[(project, period, organisation that acts for its lead, or None)] of every outstanding report."""
    successions = Organisation.objects.successions(today)
    rows = []
    for period in periods:
        submitted = StatusReport.objects.filter(period=period, corrects=None).exclude(state__in=EDITABLE)
        projects = projects_expected_to_report(period).exclude(pk__in=submitted.values("project"))
        related = projects.select_related("lead_organisation", "current_report__period")
        for project in related.order_by(SortKey("title")):
            rows.append((project, period, acting_organisation(project.lead_organisation, successions)))
    return rows


def with_reporters(outstanding):
    """(user, project, period) for each of its reporters."""
    reporters = reporters_of({lead.pk for _project, _period, lead in outstanding if lead})
    for project, period, lead in outstanding:
        for person in reporters[lead.pk] if lead else []:
            yield person, project, period


def _reviewed():
    """{user: items} of reports recently returned or accepted, for the user who submitted them.

    Only by the last event of each report: a report that was returned, submitted again and accepted is accepted.
    """
    items = defaultdict(list)
    events = ReportEvent.objects.filter(at__gte=timezone.now() - LOOK_BACK)
    events = events.select_related("report__project", "report__period", "report__submitted_by", "by")
    events = events.prefetch_related("report__submitted_by__other_organisations")
    last = {event.report_id: event for event in events.order_by("at", "pk")}
    for event in last.values():
        if event.action not in {ReportAction.RETURNED, ReportAction.ACCEPTED}:
            continue
        report, person = event.report, event.report.submitted_by
        if person is None or person == event.by or not can_see(person, report.project):
            continue
        kind, path = NoticeKind.ACCEPTED, report.get_absolute_url()
        if event.action == ReportAction.RETURNED:
            kind = NoticeKind.RETURNED
            path = path if report.corrects_id else _form_path(report.project, report.period)
        items[person].append(notice_item(kind, path, project=report.project, report=report, event=event))
    return items


def _decided():
    """{user: items} of change requests recently approved or declined, for the user who made them."""
    items = defaultdict(list)
    changes = ChangeRequest.objects.filter(state__in=DECIDED, decided_at__gte=timezone.now() - LOOK_BACK)
    changes = changes.exclude(decided_by=F("requested_by")).select_related("project", "requested_by")
    for change in changes.order_by("decided_at", "pk"):
        if can_see(change.requested_by, change.project):
            about = {"new": approved_label(change.after), "state": change.get_state_display().lower()}
            path = change.get_absolute_url()
            item = notice_item(NoticeKind.DECIDED, path, project=change.project, change=change, **about)
            items[change.requested_by].append(item)
    return items


def _notes():
    """{user: items} of proposed progress notes recently published or declined, for the user who submitted the report.

    Not of those withdrawn since.
    """
    items = defaultdict(list)
    notes = ProposedNote.objects.filter(decided_at__gte=timezone.now() - LOOK_BACK, note__withdrawn_at=None)
    notes = notes.exclude(decided_by=F("report__submitted_by"))
    notes = notes.select_related("report__project", "report__period", "report__submitted_by", "decided_by", "note")
    notes = notes.prefetch_related("report__submitted_by__other_organisations")
    for note in notes.order_by("decided_at", "pk"):
        report, person = note.report, note.report.submitted_by
        if person is None or not can_see(person, report.project):
            continue
        about = {"state": note.get_state_display().lower(), "text": note.note.text if note.note else note.text}
        path = report.project.get_absolute_url() if note.note else report.get_absolute_url()
        items[person].append(
            notice_item(NoticeKind.NOTE, path, project=report.project, report=report, note=note, **about)
        )
    return items


def _followed():
    """{user: items} of new reports on projects that the user follows and can see, and of those returned since."""
    items = defaultdict(list)
    fresh = StatusReport.objects.filter(submitted_at__gte=timezone.now() - LOOK_BACK)
    fresh = fresh.filter(state__in=[*REPORTED, ReportState.RETURNED])
    followings = Following.objects.filter(project__in=fresh.values("project")).select_related("person")
    followings = followings.prefetch_related("person__other_organisations")
    followers = defaultdict(list)
    for following in followings:
        followers[following.project_id].append(following)
    sent_keys = defaultdict(set)  # {id of user: keys of items}
    sent = Notice.objects.filter(kind=NoticeKind.FOLLOWED, sent_at__gte=timezone.now() - LOOK_BACK)
    for person, key in sent.values_list("person", "dedupe_key"):
        sent_keys[person].add(key)
    returns = Count("events", filter=Q(events__action=ReportAction.RETURNED))
    reports = fresh.filter(project__in=list(followers)).select_related("project", "period").annotate(returns=returns)
    for report in reports.order_by("submitted_at", "pk"):
        for following in followers[report.project_id]:
            person = following.person
            if report.submitted_at < following.since or person.pk == report.submitted_by_id:
                continue
            item = _followed_item(report, sent_keys[person.pk])
            if item and can_see(person, report.project):
                items[person].append(item)
    return items


def _followed_item(report, sent_keys):
    """The item of a new report, or of its return to a follower who has its item in `sent_keys`; or None."""
    keys = [f"update:{report.pk}", *(f"update:{report.pk}:{number + 1}" for number in range(report.returns))]
    if report.state == ReportState.RETURNED:
        if keys[-2] not in sent_keys:
            return None
        key, news = f"returned:{report.pk}:{report.returns}", "returned for changes, so what it says may change"
        path = reverse("projects:report_list", args=[report.project.slug])
    else:
        rating = both_ratings(report.overall, report.office_rating).lower()
        review = ", not yet reviewed" if report.state == ReportState.SUBMITTED else ""
        key, news = keys[-1], f"{rating}{review}. {report.summary}"
        path = report.get_absolute_url()
    return notice_item(NoticeKind.FOLLOWED, path, project=report.project, report=report, key=key, news=news)


def red_reports():
    """[(item, id of its author)] of projects whose current report is red and that before it, if any, was not."""
    earlier = (
        StatusReport.objects.reported()
        .not_superseded()
        .filter(project=OuterRef("project"), period__starts_on__lt=OuterRef("period__starts_on"))
    )
    before = Subquery(earlier.order_by("-period__starts_on", "-pk").values("overall")[:1])
    current = Project.objects.filter(current_report__overall=Rating.RED).order_by()
    reports = StatusReport.objects.filter(pk__in=current.values("current_report"))
    reports = reports.filter(frozen_at__gte=timezone.now() - LOOK_BACK)  # when it was last submitted
    events = []
    for report in reports.annotate(before=before).select_related("project", "period", "corrects").order_by("pk"):
        rating = report.corrects.overall if report.corrects else report.before
        if rating == Rating.RED:
            continue
        label = f", previously {RATING_LABELS[rating].lower()}" if rating else " in its first report"
        path, at = report.get_absolute_url(), report.frozen_at
        about = {"project": report.project, "report": report, "before": label}
        item = notice_item(NoticeKind.TURNED_RED, path, happened_at=at, **about)
        events.append((item, report.submitted_by_id))
    return events


def send_red_reports():
    """Tell the programme office at once of reports that turned red; return a `SendResult`.

    Not in a transaction. Sends nothing that was sent before.
    """
    return send_items(for_office(red_reports(), office_users()))


def _form_path(project, period):
    return reverse("projects:report", args=[project.slug, period.slug])
