"""Emails about reports and change requests: one digest for each user. Each item is sent once, however often this runs.

Rows are saved first, then the email is sent, then the rows are marked as sent. So no transaction is open while the mail
server responds, and a later run retries unsent items.

Days are days in Europe/London.
"""

from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import groupby

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Count, F, Q
from django.urls import reverse
from django.utils import timezone

from estates_portal import mail
from estates_portal.addresses import absolute
from estates_portal.dates import date_label, deadline_label
from estates_portal.sorting import SortKey, sort_key
from projects.approvals import approved_label
from projects.labels import both_ratings, plural
from projects.models import (
    EDITABLE,
    REPORTED,
    ChangeRequest,
    Following,
    Notice,
    NoticeKind,
    Project,
    ReportAction,
    ReportEvent,
    ReportingPeriod,
    ReportState,
    StatusReport,
)
from projects.models.change import DECIDED
from projects.working_days import working_days
from sites.models import Organisation
from sites.successions import acting_organisation

from .due import is_skipped
from .reporters import reporters_of
from .workflow import projects_expected_to_report

REMIND_DAYS = 3  # working days
LOOK_BACK = timedelta(days=7)  # older events are not sent, if the command has not run for a while

PREFERENCE = {
    NoticeKind.OPENED: "notify_due_reports",
    NoticeKind.REMINDER: "notify_due_reports",
    NoticeKind.OVERDUE: "notify_due_reports",
    NoticeKind.OFFICE_REMINDER: "",  # always sent
    NoticeKind.RETURNED: "notify_reviews",
    NoticeKind.ACCEPTED: "notify_reviews",
    NoticeKind.DECIDED: "notify_reviews",
    NoticeKind.FOLLOWED: "notify_followed",
}
REQUESTED_BY = ". Asked for by "  # saved in a reminder's text, for retries
# The groups of a digest in order. The subject is the number of items in the first group and its label.
LABELS = {
    NoticeKind.OFFICE_REMINDER: "reports needed by the programme office",
    NoticeKind.RETURNED: "reports returned for changes",
    NoticeKind.OVERDUE: "reports overdue",
    NoticeKind.REMINDER: "reports due soon",
    NoticeKind.OPENED: "reports to complete",
    NoticeKind.ACCEPTED: "reports accepted",
    NoticeKind.DECIDED: "change requests decided",
    NoticeKind.FOLLOWED: "new reports on projects you follow",
}


@dataclass(frozen=True)
class NoticeItem:
    """A line of a digest. `dedupe_key` is unique for the user.

    A reminder's text ends with its sender. Only reminders have a due date, and the office's message for their period.
    """

    kind: str
    dedupe_key: str
    text: str
    path: str
    due_on: date | None = None
    is_overdue: bool = False
    message: str = ""

    @property
    def label(self):
        """The text for the email, which links to the rest of a long one."""
        is_reminder = self.kind == NoticeKind.OFFICE_REMINDER
        return mail.shortened(self.text.partition(REQUESTED_BY)[0] if is_reminder else self.text)

    @property
    def requested_by(self):
        return self.text.partition(REQUESTED_BY)[2] if self.kind == NoticeKind.OFFICE_REMINDER else ""

    @property
    def link(self):
        return f"{settings.PORTAL_URL}{self.path}"


@dataclass
class SendResult:
    """The numbers of digests and items sent, the email addresses, and the users whose notices wait, by name."""

    digests: int = 0
    items: int = 0
    people: list = field(default_factory=list)
    unsent: list = field(default_factory=list)

    @property
    def waiting(self):
        return len(self.unsent)


def send_notices(today=None, dry_run=False):
    """Send each user one email with new items and unsent ones to retry; return a `SendResult`.

    Safe to repeat, and to run twice at the same time.
    """
    today = today or timezone.localdate()
    outstanding = list(with_reporters(outstanding_reports(ReportingPeriod.objects.open_on(today), today)))
    items = defaultdict(list)
    for source in (
        _due(outstanding, today),
        _unsent_reminders(outstanding, today),
        _reviewed(),
        _decided(),
        _followed(),
    ):
        for person, new_items in source.items():
            items[person] += new_items
    return send_items(items, dry_run)


# Items ---------------------------------------------------------------------------------------------------------------


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
        dedupe_key = f"{kind}:{period.pk}:{project.pk}:{part}"
        text = _report_text(project, period, today)
        items[person].append(NoticeItem(kind, dedupe_key, text, _form_path(project, period)))
    return items


def _report_text(project, period, today):
    days = (today - period.due_on).days
    overdue = f", {plural(days, 'day')} overdue" if days > 0 else ""
    return f"{project.title}: report for {period}, due on {deadline_label(period.due_on)}{overdue}"


def reminder_item(project, period, today, by):
    """The item of a reminder, sent by the user named `by`. At most one a day for each report."""
    return NoticeItem(
        NoticeKind.OFFICE_REMINDER,
        reminder_key(period, project, today),
        f"{_report_text(project, period, today)}{REQUESTED_BY}{by}",
        _form_path(project, period),
        due_on=period.due_on,
        is_overdue=period.due_on < today,
        message=period.reminder_text,
    )


def reminder_key(period, project, day):
    return f"{reminder_keys(period)}{project.pk}:{day.isoformat()}"


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
        if person is None or person == event.by or not _sees(person, report.project):
            continue
        text = f"{report.project.title}, {report.period}: {event.get_action_display().lower()} by {event.by}"
        if event.action == ReportAction.RETURNED:
            path = _form_path(report.project, report.period) if not report.corrects_id else report.get_absolute_url()
            items[person].append(NoticeItem(NoticeKind.RETURNED, f"step:{event.pk}", f"{text}. {event.comment}", path))
        else:
            items[person].append(NoticeItem(NoticeKind.ACCEPTED, f"step:{event.pk}", text, report.get_absolute_url()))
    return items


def _decided():
    """{user: items} of change requests recently approved or declined, for the user who made them."""
    items = defaultdict(list)
    changes = ChangeRequest.objects.filter(state__in=DECIDED, decided_at__gte=timezone.now() - LOOK_BACK)
    changes = changes.exclude(decided_by=F("requested_by")).select_related("project", "requested_by")
    for change in changes.order_by("decided_at", "pk"):
        if _sees(change.requested_by, change.project):
            text = f"{change.project.title}, {change} to {approved_label(change.after)}"
            text += f": {change.get_state_display().lower()} by {change.approver}. {change.conditions}"
            item = NoticeItem(NoticeKind.DECIDED, f"change:{change.pk}", text, change.get_absolute_url())
            items[change.requested_by].append(item)
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
            if item and _sees(person, report.project):
                items[person].append(item)
    return items


def _followed_item(report, sent_keys):
    """The item of a new report, or of its return to a follower who has its item in `sent_keys`; or None."""
    keys = [f"update:{report.pk}", *(f"update:{report.pk}:{number + 1}" for number in range(report.returns))]
    about = f"{report.project.title}, {report.period}"
    if report.state == ReportState.RETURNED:
        if keys[-2] not in sent_keys:
            return None
        text = f"{about}: returned for changes, so what it says may change"
        path = reverse("projects:report_list", args=[report.project.slug])
        return NoticeItem(NoticeKind.FOLLOWED, f"returned:{report.pk}:{report.returns}", text, path)
    rating = both_ratings(report.overall, report.office_rating).lower()
    review = ", not yet reviewed" if report.state == ReportState.SUBMITTED else ""
    text = f"{about}: {rating}{review}. {report.summary}"
    return NoticeItem(NoticeKind.FOLLOWED, keys[-1], text, report.get_absolute_url())


def _sees(person, project):
    return person.is_active and Project.objects.visible_to(person).filter(pk=project.pk).exists()


def _form_path(project, period):
    return reverse("projects:report", args=[project.slug, period.slug])


# Sending -------------------------------------------------------------------------------------------------------------


class _SentByAnotherRun(Exception):
    pass


def send_items(items, dry_run=False):
    """Send each user one digest of new items and items to retry; return a `SendResult`."""
    wanted_items = {
        person: {item.dedupe_key: item for item in user_items if _is_wanted(person, item)}
        for person, user_items in items.items()
    }
    notices = _notices_of(wanted_items)
    now = timezone.now()
    result = SendResult()
    digests = []
    for person, user_items in wanted_items.items():
        known = [notices[person.pk, dedupe_key] for dedupe_key in user_items if (person.pk, dedupe_key) in notices]
        new = [item for dedupe_key, item in user_items.items() if (person.pk, dedupe_key) not in notices]
        retried = [notice for notice in known if notice.is_to_retry(now)]
        if digest := new + [user_items[notice.dedupe_key] for notice in retried]:
            digests.append((person, digest, new, retried))
    with mail.one_connection() if digests and not dry_run else nullcontext() as connection:
        for person, digest, new, retried in digests:
            if dry_run or _deliver(person, digest, new, retried, connection):
                result.digests += 1
                result.items += len(digest)
                result.people.append(person.email)
    waiting = Notice.objects.waiting().filter(person__in=list(wanted_items)).select_related("person")
    unsent = {notice.person for notice in waiting if notice.dedupe_key in wanted_items[notice.person]}
    result.unsent = sorted(unsent, key=lambda person: sort_key(person.name))
    return result


def _notices_of(people):
    """{(user's id, dedupe_key): notice} of all notices of these users. One query."""
    return {(notice.person_id, notice.dedupe_key): notice for notice in Notice.objects.filter(person__in=list(people))}


def _is_wanted(person, item):
    preference = PREFERENCE[item.kind]
    return person.is_active and (not preference or getattr(person, preference))


def _deliver(person, digest, new, retried, connection):
    """Save the notices, then send the digest. Returns whether this run sent it."""
    try:
        keys = _reserve(person, new, retried)
    except (IntegrityError, _SentByAnotherRun):
        return False
    unsubscribe = {"List-Unsubscribe": f"<{absolute(reverse('account'))}>"}  # RFC 2369
    context = _context(person, digest)
    if not mail.send(
        "projects/reporting/email/digest", person.email, context, headers=unsubscribe, connection=connection
    ):
        return False
    Notice.objects.filter(pk__in=keys).update(sent_at=timezone.now())
    return True


@transaction.atomic(durable=True)
def _reserve(person, new, retried):
    """Save the notices of a digest before this run sends it, and return their keys.

    Raises IntegrityError or _SentByAnotherRun if another run is sending any of them.
    """
    now = timezone.now()
    keys = [notice.pk for notice in retried]
    count = Notice.objects.to_retry(now).filter(pk__in=keys).update(retries=F("retries") + 1, last_tried_at=now)
    if count < len(keys):
        raise _SentByAnotherRun
    rows = [
        Notice(person=person, kind=item.kind, dedupe_key=item.dedupe_key, text=mail.shortened(item.text), url=item.path)
        for item in new
    ]
    return keys + [notice.pk for notice in Notice.objects.bulk_create(rows)]


def _context(person, items):
    order = list(LABELS)
    items = sorted(items, key=lambda item: (order.index(item.kind), item.text))
    groups = [(LABELS[kind], list(group)) for kind, group in groupby(items, key=lambda item: item.kind)]
    requested_by = next((item.requested_by for item in items if item.requested_by), "")
    return {
        "message": next((item.message for item in items if item.message), ""),
        "requested_by": requested_by,
        "person": person,
        "groups": groups,
        "subject": _subject(*groups[0]),
        "my_work": f"{settings.PORTAL_URL}{reverse('projects:my_work')}",
        "account": f"{settings.PORTAL_URL}{reverse('account')}",
    }


def _subject(label, items):
    """The subject of a digest by its first group: "5 reports needed by 7 December 2026", "2 reports overdue"."""
    if items[0].kind == NoticeKind.OFFICE_REMINDER:
        number, overdue = plural(len(items), "report"), sum(item.is_overdue for item in items)
        if not overdue:
            return f"{number} needed by {date_label(min(item.due_on for item in items))}"
        return f"{number} overdue" if overdue == len(items) else f"{number} needed, {overdue:,} overdue"
    return f"{len(items):,} {label}" if len(items) > 1 else items[0].label
