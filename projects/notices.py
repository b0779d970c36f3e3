"""Emails about events: who hears of each, when and in which words, and one digest for each user.

Each item is sent once, however often this runs. Rows are saved first, then the email is sent, then the rows are marked
as sent. So no transaction is open while the mail server responds, and a later run retries unsent items.

Days are days in Europe/London.
"""

from collections import defaultdict
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from itertools import groupby

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from estates_portal import mail
from estates_portal.accounts.models import Role, User
from estates_portal.addresses import absolute
from estates_portal.dates import date_label, start_of
from estates_portal.sorting import sort_key

from .labels import plural
from .models import Notice, NoticeKind, Project

REQUESTED_BY = ". Asked for by "  # saved in a reminder's text, for retries
MAX_LINES = 20  # of a group that has a page with all of them


class Timing(Enum):
    """When an item is sent.

    AT_ONCE: by the request that caused it, and by the next run if that failed. NEXT_RUN: by the next run, each hour.
    MORNING: by the first run of a day that has something new from before that day; at most one email a day.
    """

    AT_ONCE = "at once"
    NEXT_RUN = "within the hour"
    MORNING = "in the morning"


# Who gets an item
REPORTERS = "reporters of the project"
AUTHOR = "author of the report"
REQUESTER = "author of the request"
FOLLOWERS = "followers of the project"
OFFICE = "programme office and administrators"


@dataclass(frozen=True)
class NoticeType:
    """A row of NOTICE_TYPES.

    `heading` is that of its group in an email. `preference` is the field of users who want it; "" if it is always sent.
    `key` and `text` are those of its items, to format; `key` is unique for a user. `page` is the URL name of the page
    that lists all of a long group.
    """

    heading: str
    audience: str
    timing: Timing
    preference: str
    key: str
    text: str
    page: str = ""

    def timing_for(self, person):
        """When the user gets it, or None if they do not want it. Those sent at once can wait until the morning."""
        if not self.preference or getattr(person, self.preference):
            return self.timing
        return Timing.MORNING if self.timing == Timing.AT_ONCE and person.notify_decisions else None


REPORT_DUE = "{project.title}: report for {period}, due on {due}{overdue}"
DUE_KEY = "{kind}:{period.pk}:{project.pk}:{part}"
NEXT_RUN, MORNING = Timing.NEXT_RUN, Timing.MORNING

# In the order of the groups of an email. The subject is about the first group.
NOTICE_TYPES = {
    NoticeKind.ESCALATED: NoticeType(
        "escalations to answer",
        OFFICE,
        Timing.AT_ONCE,
        "notify_escalations",
        "escalated:{escalation.pk}",
        "{project.title}: {risk}, escalated to {level} level by {escalation.asked_by}. {escalation.wanted}",
        page="projects:escalation_list",
    ),
    NoticeKind.TURNED_RED: NoticeType(
        "reports that turned red",
        OFFICE,
        Timing.AT_ONCE,
        "notify_red_reports",
        "red:{report.pk}",
        "{project.title}, {report.period}: rated red{before}. {report.summary}",
    ),
    NoticeKind.OFFICE_REMINDER: NoticeType(
        "reports needed by the programme office",
        REPORTERS,
        Timing.AT_ONCE,
        "",
        "chased:{period.pk}:{project.pk}:{day}",
        REPORT_DUE + REQUESTED_BY + "{by}",
    ),
    NoticeKind.RETURNED: NoticeType(
        "reports returned for changes",
        AUTHOR,
        NEXT_RUN,
        "notify_reviews",
        "step:{event.pk}",
        "{project.title}, {report.period}: returned by {event.by}. {event.comment}",
    ),
    NoticeKind.OVERDUE: NoticeType("reports overdue", REPORTERS, NEXT_RUN, "notify_due_reports", DUE_KEY, REPORT_DUE),
    NoticeKind.REMINDER: NoticeType("reports due soon", REPORTERS, NEXT_RUN, "notify_due_reports", DUE_KEY, REPORT_DUE),
    NoticeKind.OPENED: NoticeType(
        "reports to complete", REPORTERS, NEXT_RUN, "notify_due_reports", DUE_KEY, REPORT_DUE
    ),
    NoticeKind.SUBMITTED: NoticeType(
        "reports to review",
        OFFICE,
        MORNING,
        "notify_decisions",
        "submitted:{report.submission}",
        "{project.title}, {report.period}: {rating}, {submitted} by {report.submitted_by}",
        page="projects:review_queue",
    ),
    NoticeKind.REQUESTED: NoticeType(
        "change requests to decide",
        OFFICE,
        MORNING,
        "notify_decisions",
        "requested:{change.pk}",
        "{project.title}, {change} to {new}: requested by {change.requested_by}. {change.why}",
        page="projects:change_request_list",
    ),
    NoticeKind.PROPOSED: NoticeType(
        "public updates to decide",
        OFFICE,
        MORNING,
        "notify_decisions",
        "proposed:{key}",
        "{project.title}: {proposal}{by}",
        page="projects:public_updates",
    ),
    NoticeKind.APPROVAL: NoticeType(
        "approvals expected in the next 7 days",
        OFFICE,
        MORNING,
        "notify_decisions",
        "approval:{milestone.pk}:{milestone.current_on}",
        "{project.title}: {milestone}, expected on {day}",
    ),
    NoticeKind.NO_REPORTER: NoticeType(
        "organisations without reporters",
        OFFICE,
        MORNING,
        "notify_problems",
        "noreporter:{period.pk}:{key}",
        "{organisation}: {reports} due for {period}, and no reporter has an account",
    ),
    NoticeKind.INVITATION: NoticeType(
        "invitations expired or not sent",
        OFFICE,
        MORNING,
        "notify_problems",
        "invitation:{invitation.pk}:{state}:{day}",
        "{invitation}: {problem} on {day}",
        page="people:invitation_list",
    ),
    NoticeKind.FAILED: NoticeType(
        "emails that could not be sent",
        OFFICE,
        MORNING,
        "notify_problems",
        "failed:{notice.pk}",
        "{person} ({person.email}): {emails} in an email that could not be sent, most recently on {day}",
        page="admin:projects_notice_changelist",
    ),
    NoticeKind.PARTNERS: NoticeType(
        "changes by partners last week",
        OFFICE,
        MORNING,
        "notify_partner_changes",
        "partners:{monday}:{key}",
        "{organisation}: {changes} by {people}, {first} to {last}",
    ),
    NoticeKind.ACCEPTED: NoticeType(
        "reports accepted",
        AUTHOR,
        NEXT_RUN,
        "notify_reviews",
        "step:{event.pk}",
        "{project.title}, {report.period}: accepted by {event.by}",
    ),
    NoticeKind.DECIDED: NoticeType(
        "change requests decided",
        REQUESTER,
        NEXT_RUN,
        "notify_reviews",
        "change:{change.pk}",
        "{project.title}, {change} to {new}: {state} by {change.approver}. {change.conditions}",
    ),
    NoticeKind.ANSWERED: NoticeType(
        "escalations answered",
        REQUESTER,
        NEXT_RUN,
        "notify_reviews",
        "answered:{escalation.pk}:{escalation.state}",
        "{project.title}: escalation of {risk} {state} by {escalation.answered_by}. {escalation.answer}",
    ),
    NoticeKind.NOTE: NoticeType(
        "progress notes decided",
        AUTHOR,
        NEXT_RUN,
        "notify_reviews",
        "note:{note.pk}",
        "{project.title}, {report.period}: progress note {state} by {note.decided_by}. {text}",
    ),
    NoticeKind.FOLLOWED: NoticeType(
        "new reports on projects you follow",
        FOLLOWERS,
        NEXT_RUN,
        "notify_followed",
        "{key}",
        "{project.title}, {report.period}: {news}",
    ),
}


@dataclass(frozen=True)
class NoticeItem:
    """A line of a digest. `dedupe_key` is unique for the user.

    A reminder's text ends with its sender. Only reminders have a due date, and the office's message for their period.
    `happened_at` is the time of its event, if that has one.
    """

    kind: str
    dedupe_key: str
    text: str
    path: str
    due_on: date | None = None
    is_overdue: bool = False
    message: str = ""
    happened_at: datetime | None = None

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


def notice_item(kind, path, *, happened_at=None, **about):
    """The item of an event, with the key and the text of its type: `about` is what they name."""
    notice_type = NOTICE_TYPES[kind]
    key, text = notice_type.key.format(kind=kind, **about), notice_type.text.format(**about).strip()
    return NoticeItem(kind, key, text, path, happened_at=happened_at)


def office_users():
    """The users who hear of events for the programme office. All of them see every project."""
    return User.objects.filter(is_active=True, role__in=[Role.PROGRAMME_OFFICE, Role.ADMINISTRATOR])


def can_see(person, project):
    """Whether the user is active and can see the project. At most one query."""
    return person.is_active and Project.objects.visible_to(person).filter(pk=project.pk).exists()


def for_office(events, people):
    """{user: items} of these users. `events` is [(item, id of the user who caused it, or None)]: they do not get it."""
    items = defaultdict(list)
    for item, actor_id in events:
        for person in people:
            if person.pk != actor_id:
                items[person].append(item)
    return items


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


class _SentByAnotherRun(Exception):
    pass


def send_items(items, dry_run=False):
    """Send each user one digest of new items and items to retry; return a `SendResult`.

    Safe to repeat, and to run twice at the same time.
    """
    wanted_items = {
        person: {item.dedupe_key: item for item in user_items if _is_wanted(person, item)}
        for person, user_items in items.items()
    }
    notices = _notices_of(wanted_items)
    now = timezone.now()
    today = start_of(timezone.localdate(now))
    sent_today = defaultdict(set)  # {id of user: kinds}
    for (person_id, _key), notice in notices.items():
        if notice.created_at >= today:
            sent_today[person_id].add(notice.kind)
    result = SendResult()
    digests = []
    for person, user_items in wanted_items.items():
        known = [notices[person.pk, dedupe_key] for dedupe_key in user_items if (person.pk, dedupe_key) in notices]
        new = [item for dedupe_key, item in user_items.items() if (person.pk, dedupe_key) not in notices]
        new = _without_later(new, person, sent_today[person.pk], today)
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
    return person.is_active and NOTICE_TYPES[item.kind].timing_for(person) is not None


def _without_later(items, person, sent_today, today):
    """The items without those for a later morning: of events since the start of `today`, or if today's email is sent.

    `sent_today` are the kinds of the notices of today.
    """
    morning = {kind for kind, notice_type in NOTICE_TYPES.items() if notice_type.timing_for(person) == MORNING}
    has_had_email = not morning.isdisjoint(sent_today)

    def is_later(item):
        return has_had_email or (item.happened_at is not None and item.happened_at >= today)

    return [item for item in items if item.kind not in morning or not is_later(item)]


def _deliver(person, digest, new, retried, connection):
    """Save the notices, then send the digest. Returns whether this run sent it."""
    try:
        keys = _reserve(person, new, retried)
    except (IntegrityError, _SentByAnotherRun):
        return False
    unsubscribe = {"List-Unsubscribe": f"<{absolute(reverse('account'))}>"}  # RFC 2369
    context = _context(person, digest)
    if not mail.send("projects/email/digest", person.email, context, headers=unsubscribe, connection=connection):
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


# The email -----------------------------------------------------------------------------------------------------------


@dataclass
class Group:
    """The items of one type in an email: those shown, the number of others, and the link to the page with all."""

    notice_type: NoticeType
    items: list

    @property
    def heading(self):
        return self.notice_type.heading

    @property
    def shown(self):
        return self.items[:MAX_LINES] if self.notice_type.page else self.items

    @property
    def hidden(self):
        return len(self.items) - len(self.shown)

    @property
    def link(self):
        return absolute(reverse(self.notice_type.page))


def _context(person, items):
    order = list(NOTICE_TYPES)
    items = sorted(items, key=lambda item: (order.index(item.kind), item.text))
    groups = [Group(NOTICE_TYPES[kind], list(group)) for kind, group in groupby(items, key=lambda item: item.kind)]
    requested_by = next((item.requested_by for item in items if item.requested_by), "")
    return {
        "message": next((item.message for item in items if item.message), ""),
        "requested_by": requested_by,
        "person": person,
        "groups": groups,
        "subject": _subject(groups),
        "my_work": f"{settings.PORTAL_URL}{reverse('projects:my_work')}",
        "account": f"{settings.PORTAL_URL}{reverse('account')}",
    }


def _subject(groups):
    """The subject of a digest by its first group: "5 reports needed by 7 December 2026", "2 reports overdue".

    That of a morning email with several groups is the number of its items.
    """
    items = groups[0].items
    if len(groups) > 1 and all(group.notice_type.audience == OFFICE for group in groups):
        return f"{plural(sum(len(group.items) for group in groups), 'new item')} for the programme office"
    if items[0].kind == NoticeKind.OFFICE_REMINDER:
        number, overdue = plural(len(items), "report"), sum(item.is_overdue for item in items)
        if not overdue:
            return f"{number} needed by {date_label(min(item.due_on for item in items))}"
        return f"{number} overdue" if overdue == len(items) else f"{number} needed, {overdue:,} overdue"
    return f"{len(items):,} {groups[0].heading}" if len(items) > 1 else items[0].label
