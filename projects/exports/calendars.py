"""Milestones as a calendar to subscribe to, with a secret link for each user."""

import datetime
import hashlib
import secrets

from django.db.models import Count, Max, Prefetch, Q
from django.utils import timezone
from icalendar import Calendar, Event

from estates_portal.accounts.models import User
from estates_portal.addresses import absolute, portal_host
from estates_portal.dates import DatePrecision
from estates_portal.identity import current_system
from estates_portal.printable import printable
from projects.facts import fact_of, known_sources
from projects.models import CalendarLink, DeliveryState, Milestone, MilestoneStatement, Project
from projects.models.milestone import MilestoneDates, newest_statement

PAST_DAYS = 365
MAX_EVENTS = 2000
REFRESH = datetime.timedelta(hours=6)


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(person, name="Calendar"):
    """Create a link of the user with this name, and return its secret. Only the hash of the secret is stored."""
    token = secrets.token_urlsafe(32)
    CalendarLink.objects.create(person=person, name=name, digest=_digest(token))
    return token


def person_of(token):
    """The active user with this secret, or None."""
    return User.objects.filter(calendar_links__digest=_digest(token), is_active=True).first()


def milestones_for(person, scope, *, with_years=False):
    """[`Milestone`] of projects that the user can see and that are not cancelled, by date, at most MAX_EVENTS.

    `scope` is "mine" (projects that the user follows, or of their organisations and those they have succeeded), "all",
    or the slug of a programme. Dates known only to the year are left out unless `with_years`. Two queries.
    """
    today = timezone.localdate()
    projects = Project.objects.visible_to(person).exclude(delivery_state=DeliveryState.CANCELLED)
    if scope == "mine":
        ours = projects.of_organisations(person.organisation_ids, today)
        projects = projects.filter(Q(followings__person=person) | Q(pk__in=ours.values("pk")))
    elif scope != "all":
        projects = projects.filter(programme__slug=scope)
    since = today - datetime.timedelta(days=PAST_DAYS)
    milestones = Milestone.objects.filter(project__in=projects.order_by().values("pk"), current_until__gte=since)
    if not with_years:
        milestones = milestones.exclude(current_precision=DatePrecision.YEAR)
    statements = MilestoneStatement.objects.standing().select_related("stated_for")
    milestones = milestones.select_related("project").prefetch_related(Prefetch("statements", statements))
    return list(milestones.order_by("current_on", "pk")[:MAX_EVENTS])


def calendar_of(milestones, name, *, today):
    """The calendar as bytes (RFC 5545). Three queries.

    A date known only to the month, quarter or year is an event of that length.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{current_system().service_name}//milestones//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", printable(name))
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT6H")
    stamp = timezone.now()
    changes = _changes([milestone.pk for milestone in milestones])
    sources = known_sources()
    for milestone in milestones:
        calendar.add_component(_event(milestone, stamp, *changes.get(milestone.pk, (stamp, 0)), today, sources))
    return calendar.to_ical()


def _changes(ids):
    """{milestone id: (time of the newest change, number of changes)} of these milestones and their dates."""
    changes = {}
    for history, column in ((Milestone.history, "id"), (MilestoneStatement.history, "milestone_id")):
        rows = history.filter(**{f"{column}__in": ids}).order_by().values_list(column)
        for pk, changed_at, number in rows.annotate(Max("history_date"), Count("history_id")):
            earlier = changes.get(pk, (changed_at, 0))
            changes[pk] = max(earlier[0], changed_at), earlier[1] + number
    return changes


def _event(milestone, stamp, changed_at, number, today, sources):
    project = milestone.project
    event = Event()
    event.add("uid", f"milestone-{milestone.pk}@{portal_host()}")
    event.add("dtstamp", stamp)
    event.add("last-modified", changed_at)
    event.add("sequence", number + project.version)  # programs take the event with the greater number
    event.add("dtstart", milestone.current_on)
    in_year = milestone.current_precision == DatePrecision.YEAR  # one day: a band of a year hides other events
    last = milestone.current_on if in_year else milestone.current_until
    event.add("dtend", last + datetime.timedelta(days=1))
    is_exact = milestone.current_precision == DatePrecision.DAY
    inexact = f"some time in {milestone.current_label}" if in_year else f"{milestone.current_label}, no exact date"
    precision_note = "" if is_exact else f" ({inexact})"
    on_hold = "On hold: " if project.delivery_state == DeliveryState.ON_HOLD else ""
    event.add("summary", printable(f"{on_hold}{project.title}: {milestone.title}{precision_note}"))
    event.add("description", printable("\n".join(_description(milestone, today, sources))))
    event.add("url", absolute(project.get_absolute_url()))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED" if milestone.reached else "TENTATIVE")
    return event


def _description(milestone, today, sources):
    """Lines with the date, and when and by whom it was stated."""
    dates, statement = MilestoneDates.of(milestone), newest_statement(milestone.statements.all())
    yield f"{dates.at(today, milestone.project.delivery_state).in_text}."
    yield f"{fact_of(statement, sources).provenance}."
    if statement.source_url:
        yield statement.source_url
    if milestone.project.is_example:
        yield "Example data."
