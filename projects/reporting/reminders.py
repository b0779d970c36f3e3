"""Reminders of outstanding reports that the programme office sends, and whom they reach."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from django.utils import timezone

from estates_portal.accounts.models import User
from estates_portal.dates import start_of
from estates_portal.sorting import sort_key
from projects.models import Notice, NoticeKind, ReportingPeriod
from projects.notices import REQUESTED_BY, send_items
from sites.models import Organisation

from .notifications import outstanding_reports, reminder_item, reminder_key, reminder_keys, with_reporters


def suggested_text(period):
    """The message of the period's reminders; before the first, that of the newest earlier period that has one.

    At most two queries.
    """
    if period.reminder_text or _reminders_of(period).exists():
        return period.reminder_text
    earlier = ReportingPeriod.objects.filter(starts_on__lt=period.starts_on).exclude(reminder_text="")
    newest = earlier.order_by("-starts_on").values_list("reminder_text", flat=True)
    return newest.first() or ""


def send_reminders(period, organisation, *, by, today, text=""):
    """Remind the reporters of outstanding reports for the period; return a `SendResult`.

    `organisation` is the slug of an organisation that leads, or acts for a lead that has ended; "" for all. A user gets
    at most one reminder a day for each report. The email has the message `text`, which the period saves, and names
    `by`, the user who sends the reminders.
    """
    if text != period.reminder_text:
        period.reminder_text = text
        period.save(update_fields=["reminder_text"])
    items = defaultdict(list)
    for person, project, _period in with_reporters(_outstanding_of(period, organisation, today)):
        items[person].append(reminder_item(project, period, today, by))
    return send_items(items)


@dataclass
class Recipient:
    """A reporter with outstanding reports.

    `reminded_at` is the time of the newest reminder of one of them, or None; `is_new` and `is_unsent` are true if one
    has had no reminder today, or one that could not be sent.
    """

    person: User
    reports: int = 0
    reminded_at: datetime | None = None
    is_new: bool = False
    is_unsent: bool = False


@dataclass
class Unreachable:
    """An organisation with outstanding reports that has no reporters; None for projects without a lead."""

    organisation: Organisation | None
    reports: int


@dataclass
class Recipients:
    """Whom the reminders of a period reach: reporters and organisations, by name.

    Reporters whose reminder of today could not be sent are in `unsent`, and others with a report without a reminder
    today in `new`. `can_send` is true if sending now would send an email.
    """

    new: list = field(default_factory=list)
    unsent: list = field(default_factory=list)
    reminded: list = field(default_factory=list)
    unreachable: list = field(default_factory=list)
    can_send: bool = False


def recipients_of(period, organisation, *, today):
    """The `Recipients` of `send_reminders`. Five queries."""
    outstanding = _outstanding_of(period, organisation, today)
    reminders = list(_reminders_of(period))
    of_today = {(notice.person_id, notice.dedupe_key): notice for notice in reminders}
    newest = {(notice.person_id, _project_id(notice)): notice.sent_at for notice in reminders if notice.sent_at}
    result, recipients, now = Recipients(), {}, timezone.now()
    for person, project, _period in with_reporters(outstanding):
        recipient = recipients.setdefault(person.pk, Recipient(person))
        recipient.reports += 1
        times = [recipient.reminded_at, newest.get((person.pk, project.pk))]
        recipient.reminded_at = max(filter(None, times), default=None)
        notice = of_today.get((person.pk, reminder_key(period, project, today)))
        recipient.is_new |= notice is None
        recipient.is_unsent |= notice is not None and notice.sent_at is None
        result.can_send |= notice is None or notice.is_to_retry(now)
    for recipient in sorted(recipients.values(), key=lambda recipient: sort_key(recipient.person.name)):
        group = result.unsent if recipient.is_unsent else result.new if recipient.is_new else result.reminded
        group.append(recipient)
    reached = {pk for recipient in recipients.values() for pk in recipient.person.organisation_ids}
    numbers = Counter(lead for _project, _period, lead in outstanding if lead is None or lead.pk not in reached)
    leads = sorted(numbers, key=lambda lead: sort_key(lead.name if lead else ""))
    result.unreachable = [Unreachable(lead, numbers[lead]) for lead in leads]
    return result


def newest_reminders(period):
    """{id of a project: (time, sender) of the newest reminder of its report for the period}. One query."""
    sent = [notice for notice in _reminders_of(period) if notice.sent_at]
    return {_project_id(notice): (notice.sent_at, notice.text.partition(REQUESTED_BY)[2]) for notice in sent}


def _outstanding_of(period, organisation, today):
    rows = outstanding_reports([period], today)
    return [row for row in rows if row[2] and row[2].slug == organisation] if organisation else rows


def _reminders_of(period):
    """The notices of all reminders of a period, oldest first."""
    opened = start_of(period.opens_on)
    of_period = Notice.objects.filter(kind=NoticeKind.OFFICE_REMINDER, dedupe_key__startswith=reminder_keys(period))
    return of_period.filter(created_at__gte=opened).order_by("created_at", "pk")  # the table has an index of the newest


def _project_id(notice):
    return int(notice.dedupe_key.split(":")[2])
