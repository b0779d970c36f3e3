"""Emails about reports and change requests: one digest for each user. Each item is sent once, however often this runs.

Rows are saved first, then the email is sent, then the rows are marked as sent. So no transaction is open while the mail
server responds, and a later run retries unsent items.

Days are days in Europe/London.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import groupby

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.urls import reverse
from django.utils import timezone

from estates_portal import mail
from estates_portal.addresses import absolute
from estates_portal.sorting import SortKey, sort_key
from projects.approvals import approved_label
from projects.dates import deadline_label
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
    StatusReport,
)
from projects.models.change import DECIDED
from sites.models import Organisation
from sites.successions import acting_organisation

from .reporters import reporters_of
from .workflow import projects_expected_to_report

REMIND_DAYS = 3
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
    """A line of a digest. `dedupe_key` is unique for the user. A reminder's text ends with its sender."""

    kind: str
    dedupe_key: str
    text: str
    path: str

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
    """The numbers of digests and items sent, the email addresses, and the number of users with waiting notices.

    `last_sent_at` is the time when the newest reminder was sent, by this run or an earlier one.
    """

    digests: int = 0
    items: int = 0
    waiting: int = 0
    people: list = field(default_factory=list)
    last_sent_at: datetime | None = None


def send_notices(today=None, dry_run=False):
    """Send each user one email with new items and unsent ones to retry; return a `SendResult`.

    Safe to repeat, and to run twice at the same time.
    """
    today = today or timezone.localdate()
    outstanding = list(_with_reporters(_outstanding(ReportingPeriod.objects.open_on(today), today)))
    items = defaultdict(list)
    for source in (_due(outstanding, today), _unsent_reminders(outstanding), _reviewed(), _decided(), _followed()):
        for person, new_items in source.items():
            items[person] += new_items
    return _send(items, dry_run)


def send_reminders(period, organisation, *, by, today):
    """Remind contributors of outstanding reports for the period; return a `SendResult`.

    `organisation` is the slug of an organisation that leads, or acts for a lead that has ended; "" for all. A user gets
    at most one reminder a day for each report. The email names `by`, the user who sends the reminders.
    """
    outstanding = _outstanding_of(period, organisation, today)
    items = defaultdict(list)
    for person, project, period in _with_reporters(outstanding):
        text = f"{project.title}: report for {period}, due on {deadline_label(period.due_on)}{REQUESTED_BY}{by}"
        dedupe_key = _reminder_key(period, project, today)
        items[person].append(NoticeItem(NoticeKind.OFFICE_REMINDER, dedupe_key, text, _form_path(project, period)))
    result = _send(items)
    dedupe_keys = {item.dedupe_key for user_items in items.values() for item in user_items}
    sent = Notice.objects.sent().filter(person__in=list(items), dedupe_key__in=dedupe_keys)
    result.last_sent_at = sent.aggregate(last=Max("sent_at"))["last"]
    return result


@dataclass
class RemindersPreview:
    """Whom `send_reminders` would email: the number of people, and organisations with and without contributors."""

    people: int
    organisations: list
    without_contributors: list


def preview_reminders(period, organisation, *, today):
    """A `RemindersPreview`, without people who have had a reminder of all their reports today. Four queries."""
    outstanding = _outstanding_of(period, organisation, today)
    reports = list(_with_reporters(outstanding))
    people = {person.pk for person, _project, _period in reports}
    sent = set(Notice.objects.sent().filter(person__in=people).values_list("person", "dedupe_key"))
    new = [
        (person, project)
        for person, project, _period in reports
        if (person.pk, _reminder_key(period, project, today)) not in sent
    ]
    leads = {project.pk: lead for project, _period, lead in outstanding}
    with_contributors = {leads[project.pk] for _person, project, _period in reports}
    return RemindersPreview(
        people=len({person.pk for person, _project in new}),
        organisations=_by_name({leads[project.pk] for _person, project in new}),
        without_contributors=_by_name(set(leads.values()) - with_contributors),
    )


def _by_name(organisations):
    return sorted(organisations, key=lambda organisation: sort_key(str(organisation)))


def _outstanding_of(period, organisation, today):
    rows = _outstanding([period], today)
    return [row for row in rows if row[2].slug == organisation] if organisation else rows


def _reminder_key(period, project, today):
    return f"chased:{period.pk}:{project.pk}:{today.isoformat()}"


def newest_reminders(period):
    """{id of a project: (time, sender) of the newest reminder of its report for the period}. One query."""
    opened = timezone.make_aware(datetime.combine(period.opens_on, time.min))
    reminders = Notice.objects.sent().filter(
        kind=NoticeKind.OFFICE_REMINDER,
        created_at__gte=opened,  # the table has an index of the newest
        dedupe_key__startswith=f"chased:{period.pk}:",
    )
    newest = reminders.order_by("sent_at").values_list("dedupe_key", "sent_at", "text")
    return {int(key.split(":")[2]): (sent_at, text.partition(REQUESTED_BY)[2]) for key, sent_at, text in newest}


# Items ---------------------------------------------------------------------------------------------------------------


def _due(outstanding, today):
    """{user: items} of reports that are open, due soon or overdue."""
    items = defaultdict(list)
    for person, project, period in outstanding:
        days = (period.due_on - today).days
        if days < 0:
            kind, part = NoticeKind.OVERDUE, (-days - 1) // 7  # on the first day, then each week
        elif days <= REMIND_DAYS:
            kind, part = NoticeKind.REMINDER, 0
        else:
            kind, part = NoticeKind.OPENED, 0
        overdue = f", {plural(-days, 'day')} overdue" if days < 0 else ""
        text = f"{project.title}: report for {period}, due on {deadline_label(period.due_on)}{overdue}"
        dedupe_key = f"{kind}:{period.pk}:{project.pk}:{part}"
        items[person].append(NoticeItem(kind, dedupe_key, text, _form_path(project, period)))
    return items


def _unsent_reminders(outstanding):
    """{user: items} of unsent reminders of reports that are still outstanding. One query."""
    people = {(person.pk, _form_path(project, period)): person for person, project, period in outstanding}
    items = defaultdict(list)
    for notice in Notice.objects.waiting().filter(kind=NoticeKind.OFFICE_REMINDER):
        person = people.get((notice.person_id, notice.url))
        if person is not None:
            items[person].append(NoticeItem(notice.kind, notice.dedupe_key, notice.text, notice.url))
    return items


def _outstanding(periods, today):
    """[(project, period, organisation that acts for its lead)] of every outstanding report of projects with a lead."""
    successions = Organisation.objects.successions(today)
    rows = []
    for period in periods:
        submitted = StatusReport.objects.filter(period=period, corrects=None).exclude(state__in=EDITABLE)
        projects = projects_expected_to_report(period).exclude(pk__in=submitted.values("project"))
        led = projects.exclude(lead_organisation=None).select_related("lead_organisation")
        for project in led.order_by(SortKey("title")):
            rows.append((project, period, acting_organisation(project.lead_organisation, successions)))
    return rows


def _with_reporters(outstanding):
    """(user, project, period) for each of its reporters."""
    reporters = reporters_of({lead.pk for _project, _period, lead in outstanding})
    for project, period, lead in outstanding:
        for person in reporters[lead.pk]:
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
    """{user: items} of new reports on projects that the user follows and can see."""
    items = defaultdict(list)
    fresh = StatusReport.objects.filter(state__in=REPORTED, submitted_at__gte=timezone.now() - LOOK_BACK)
    followings = Following.objects.filter(project__in=fresh.values("project")).select_related("person")
    followings = followings.prefetch_related("person__other_organisations")
    followers = defaultdict(list)
    for following in followings:
        followers[following.project_id].append(following)
    reports = fresh.filter(project__in=list(followers)).select_related("project", "period")
    for report in reports.order_by("submitted_at", "pk"):
        for following in followers[report.project_id]:
            person = following.person
            if report.submitted_at < following.since or person.pk == report.submitted_by_id:
                continue
            if _sees(person, report.project):
                rating = both_ratings(report.overall, report.office_rating).lower()
                text = f"{report.project.title}, {report.period}: {rating}. {report.summary}"
                items[person].append(
                    NoticeItem(NoticeKind.FOLLOWED, f"update:{report.pk}", text, report.get_absolute_url())
                )
    return items


def _sees(person, project):
    return person.is_active and Project.objects.visible_to(person).filter(pk=project.pk).exists()


def _form_path(project, period):
    return reverse("projects:report", args=[project.slug, period.slug])


# Sending -------------------------------------------------------------------------------------------------------------


class _SentByAnotherRun(Exception):
    pass


def _send(items, dry_run=False):
    """Send each user one digest of new items and items to retry; return a `SendResult`."""
    wanted_items = {
        person: {item.dedupe_key: item for item in user_items if _is_wanted(person, item)}
        for person, user_items in items.items()
    }
    notices = _notices_of(wanted_items)
    now = timezone.now()
    result = SendResult()
    for person, user_items in wanted_items.items():
        known = [notices[person.pk, dedupe_key] for dedupe_key in user_items if (person.pk, dedupe_key) in notices]
        new = [item for dedupe_key, item in user_items.items() if (person.pk, dedupe_key) not in notices]
        retried = [notice for notice in known if notice.is_to_retry(now)]
        digest = new + [user_items[notice.dedupe_key] for notice in retried]
        if digest and (dry_run or _deliver(person, digest, new, retried)):
            result.digests += 1
            result.items += len(digest)
            result.people.append(person.email)
    waiting = Notice.objects.waiting().filter(person__in=list(wanted_items)).select_related("person")
    result.waiting = len({notice.person for notice in waiting if notice.dedupe_key in wanted_items[notice.person]})
    return result


def _notices_of(people):
    """{(user's id, dedupe_key): notice} of all notices of these users. One query."""
    return {(notice.person_id, notice.dedupe_key): notice for notice in Notice.objects.filter(person__in=list(people))}


def _is_wanted(person, item):
    preference = PREFERENCE[item.kind]
    return person.is_active and (not preference or getattr(person, preference))


def _deliver(person, digest, new, retried):
    """Save the notices, then send the digest. Returns whether this run sent it."""
    try:
        keys = _reserve(person, new, retried)
    except (IntegrityError, _SentByAnotherRun):
        return False
    unsubscribe = {"List-Unsubscribe": f"<{absolute(reverse('account'))}>"}  # RFC 2369
    if not mail.send("projects/reporting/email/digest", person.email, _context(person, digest), headers=unsubscribe):
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
    label, first_items = groups[0]
    requested_by = next((item.requested_by for item in items if item.requested_by), "")
    these = "this report" if len(first_items) == 1 else "these reports"
    return {
        "request_text": f"{requested_by} has asked for {these}." if requested_by else "",
        "person": person,
        "groups": groups,
        "subject": f"{len(first_items)} {label}" if len(first_items) > 1 else items[0].label,
        "my_work": f"{settings.PORTAL_URL}{reverse('projects:my_work')}",
        "account": f"{settings.PORTAL_URL}{reverse('account')}",
    }
