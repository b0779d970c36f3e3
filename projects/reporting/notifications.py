"""Emails about reports: one digest for each person, each thing told once, whoever runs it and however often.

Days are days of Europe/London, so a reminder keeps its day when the clocks change.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from estates_portal import mail
from estates_portal.accounts.models import Role, User
from projects.models import (
    EDITABLE,
    REPORTED,
    Following,
    Notice,
    NoticeKind,
    Project,
    ReportingPeriod,
    StatusUpdate,
    StepAction,
    UpdateStep,
)

from .workflow import projects_that_report

REMIND_DAYS = 3
LOOK_BACK = timedelta(days=7)  # what happened longer ago is news no more, when the command was not run for a while

WANTED = {
    NoticeKind.OPENED: "hears_of_due_reports",
    NoticeKind.REMINDER: "hears_of_due_reports",
    NoticeKind.OVERDUE: "hears_of_due_reports",
    NoticeKind.CHASED: "",  # somebody asks them: always
    NoticeKind.RETURNED: "hears_of_reviews",
    NoticeKind.ACCEPTED: "hears_of_reviews",
    NoticeKind.FOLLOWED: "hears_of_followed",
}
HEADINGS = {
    NoticeKind.CHASED: "The programme office asks for these reports",
    NoticeKind.RETURNED: "Returned to be put right",
    NoticeKind.OVERDUE: "Overdue",
    NoticeKind.REMINDER: "Due soon",
    NoticeKind.OPENED: "Open for reporting",
    NoticeKind.ACCEPTED: "Accepted",
    NoticeKind.FOLLOWED: "New reports on projects that you follow",
}


@dataclass(frozen=True)
class Item:
    """Something to tell somebody."""

    kind: str
    mark: str
    words: str
    path: str

    @property
    def link(self):
        return f"{settings.PORTAL_URL}{self.path}"


@dataclass
class Sent:
    """How many digests went out, failed, or had nothing new in them."""

    digests: int = 0
    failed: int = 0
    items: int = 0
    people: list = field(default_factory=list)


def send_notices(today=None, dry_run=False):
    """Send everybody what is new for them, in one email each; returns `Sent`. Safe to run twice, and at once."""
    today = today or timezone.localdate()
    items = defaultdict(list)
    for part in (_due(today), _reviewed(), _followed()):
        for person, found in part.items():
            items[person] += found
    return _send(items, dry_run)


def chase(period, organisation, *, by, today):
    """Remind those who owe reports for the period, of one organisation (its slug) or of all; returns how many people.

    Nobody is chased twice a day. `by` is who asks, named in the email.
    """
    owing = _owing([period])
    if organisation:
        owing = [one for one in owing if one[0].lead_organisation and one[0].lead_organisation.slug == organisation]
    items = defaultdict(list)
    for person, project, about in _with_reporters(owing):
        words = f"{project.title}: report for {about}, due on {_day(about.due_on)}. Asked for by {by}"
        mark = f"chased:{about.pk}:{project.pk}:{today.isoformat()}"
        items[person].append(Item(NoticeKind.CHASED, mark, words, _form(project, about)))
    return _send(items, False).digests


# What there is to tell -----------------------------------------------------------------------------------------------


def _due(today):
    """{person: items} of reports that can be written, are due soon or overdue."""
    items = defaultdict(list)
    for person, project, period in _with_reporters(_owing(ReportingPeriod.objects.open_on(today))):
        days = (period.due_on - today).days
        if days < 0:
            kind, part = NoticeKind.OVERDUE, (-days - 1) // 7  # on the first day, then each week
        elif days <= REMIND_DAYS:
            kind, part = NoticeKind.REMINDER, 0
        else:
            kind, part = NoticeKind.OPENED, 0
        words = f"{project.title}: report for {period}, due on {_day(period.due_on)}"
        mark = f"{kind}:{period.pk}:{project.pk}:{part}"
        items[person].append(Item(kind, mark, words, _form(project, period)))
    return items


def _owing(periods):
    """[(project, period)] of every report that is not in."""
    found = []
    for period in periods:
        done = StatusUpdate.objects.filter(period=period, corrects=None).exclude(state__in=EDITABLE)
        projects = projects_that_report(period).exclude(pk__in=done.values("project"))
        found += [(project, period) for project in projects.select_related("lead_organisation").order_by("title")]
    return found


def _with_reporters(owing):
    """(person, project, period) for each contributor of the organisation that leads the project."""
    leads = {project.lead_organisation_id for project, _period in owing}
    people = defaultdict(list)
    reporters = User.objects.filter(is_active=True, role=Role.CONTRIBUTOR, organisation__in=leads - {None})
    for person in reporters:
        people[person.organisation_id].append(person)
    for project, period in owing:
        for person in people[project.lead_organisation_id]:
            yield person, project, period


def _reviewed():
    """{person: items} of reports that were returned or accepted lately, for who handed them in."""
    items = defaultdict(list)
    actions = [StepAction.RETURNED, StepAction.ACCEPTED]
    steps = UpdateStep.objects.filter(action__in=actions, at__gte=timezone.now() - LOOK_BACK)
    steps = steps.select_related("update__project", "update__period", "update__submitted_by", "by")
    for step in steps.order_by("at", "pk"):
        update, person = step.update, step.update.submitted_by
        if person is None or person == step.by or not _sees(person, update.project):
            continue
        words = f"{update.project.title}, {update.period}: {step.get_action_display().lower()} by {step.by}"
        if step.action == StepAction.RETURNED:
            path = _form(update.project, update.period) if not update.corrects_id else update.get_absolute_url()
            items[person].append(Item(NoticeKind.RETURNED, f"step:{step.pk}", f"{words}. {step.comment}"[:300], path))
        else:
            items[person].append(Item(NoticeKind.ACCEPTED, f"step:{step.pk}", words, update.get_absolute_url()))
    return items


def _followed():
    """{person: items} of new reports on what people follow and may see."""
    items = defaultdict(list)
    fresh = StatusUpdate.objects.filter(state__in=REPORTED, submitted_at__gte=timezone.now() - LOOK_BACK)
    followings = Following.objects.filter(project__in=fresh.values("project")).select_related("person")
    followers = defaultdict(list)
    for following in followings:
        followers[following.project_id].append(following)
    updates = fresh.filter(project__in=list(followers)).select_related("project", "period")
    for update in updates.order_by("submitted_at", "pk"):
        for following in followers[update.project_id]:
            person = following.person
            if update.submitted_at < following.since or person.pk == update.submitted_by_id:
                continue
            if _sees(person, update.project):
                rating = update.get_overall_display().lower()
                words = f"{update.project.title}, {update.period}: {rating}. {update.summary}"[:300]
                items[person].append(Item(NoticeKind.FOLLOWED, f"update:{update.pk}", words, update.get_absolute_url()))
    return items


def _sees(person, project):
    return person.is_active and Project.objects.visible_to(person).filter(pk=project.pk).exists()


def _form(project, period):
    return reverse("projects:report", args=[project.slug, period.slug])


def _day(date):
    return f"{date:%A} {date.day} {date:%B}"


# Sending -------------------------------------------------------------------------------------------------------------


def _send(items, dry_run):
    sent = Sent()
    told = _told(items)
    for person, theirs in items.items():
        new = [one for one in theirs if _is_wanted(person, one) and (person.pk, one.mark) not in told]
        if not new:
            continue
        sent.people.append(person.email)
        sent.items += len(new)
        if dry_run:
            continue
        if _send_one(person, new):
            sent.digests += 1
        else:
            sent.failed += 1
    return sent


def _told(items):
    """{(person's id, mark)} of what was told before. One query."""
    marks = Q(person__in=list(items))
    return set(Notice.objects.filter(marks).values_list("person_id", "mark"))


def _is_wanted(person, item):
    wish = WANTED[item.kind]
    return person.is_active and (not wish or getattr(person, wish))


def _send_one(person, items):
    """Record the items and send their digest; nothing is recorded where the mail server fails."""
    rows = [Notice(person=person, kind=one.kind, mark=one.mark, words=one.words[:300], url=one.path) for one in items]
    try:
        with transaction.atomic():
            Notice.objects.bulk_create(rows)
            if not mail.send("projects/reporting/email/digest", person.email, _context(person, items)):
                raise _MailFailed
    except IntegrityError:  # another run tells it in this moment
        return False
    except _MailFailed:
        return False
    return True


class _MailFailed(Exception):
    pass


def _context(person, items):
    order = list(HEADINGS)
    items = sorted(items, key=lambda one: (order.index(one.kind), one.words))
    groups = [(HEADINGS[kind], list(group)) for kind, group in groupby(items, key=lambda one: one.kind)]
    first = groups[0]
    subject = f"{len(first[1])} {first[0][:1].lower()}{first[0][1:]}" if len(first[1]) > 1 else items[0].words
    return {
        "person": person,
        "groups": groups,
        "subject": subject,
        "my_work": f"{settings.PORTAL_URL}{reverse('projects:my_work')}",
        "account": f"{settings.PORTAL_URL}{reverse('account')}",
    }
