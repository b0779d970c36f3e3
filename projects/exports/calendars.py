"""Milestones as a calendar to subscribe to, with a secret link for each user."""

import datetime
import hashlib
import secrets

from django.db.models import Q
from django.utils import timezone
from icalendar import Calendar, Event

from estates_portal.addresses import absolute, portal_host
from estates_portal.identity import current_system
from projects.dates import DatePrecision
from projects.models import CalendarLink, Milestone, Project

PAST_DAYS = 365
MAX_EVENTS = 2000
REFRESH = datetime.timedelta(hours=6)


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(person):
    """Create a secret for the user, replace the old one and return it. Only its hash is stored."""
    token = secrets.token_urlsafe(32)
    CalendarLink.objects.update_or_create(person=person, defaults={"digest": _digest(token), "made_at": timezone.now()})
    return token


def revoke_link(person):
    """Delete the user's secret. Returns whether there was one."""
    return bool(CalendarLink.objects.filter(person=person).delete()[0])


def person_of(token):
    """The active user with this secret, or None."""
    link = CalendarLink.objects.select_related("person").filter(digest=_digest(token), person__is_active=True).first()
    return link.person if link else None


def milestones_for(person, scope):
    """Milestones of projects that the user can see, by date, at most MAX_EVENTS.

    `scope` is "mine" (projects that the user follows, or of their organisation), "all", or the slug of a programme.
    """
    projects = Project.objects.visible_to(person)
    if scope == "mine":
        mine = Q(followings__person=person)
        if person.organisation_id:
            mine |= Q(pk__in=projects.of_organisation(person.organisation_id).values("pk"))
        projects = projects.filter(mine)
    elif scope != "all":
        projects = projects.filter(programme__slug=scope)
    since = timezone.localdate() - datetime.timedelta(days=PAST_DAYS)
    milestones = Milestone.objects.filter(project__in=projects.order_by().values("pk"), current_until__gte=since)
    return milestones.select_related("project").order_by("current_on", "pk")[:MAX_EVENTS]


def calendar_of(milestones, name):
    """The calendar as bytes (RFC 5545).

    A date known only to the month, quarter or year is an event of that length.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{current_system().service_name}//milestones//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    stamp = timezone.now()
    for milestone in milestones:
        calendar.add_component(_event(milestone, stamp))
    return calendar.to_ical()


def _event(milestone, stamp):
    event = Event()
    event.add("uid", f"milestone-{milestone.pk}@{portal_host()}")
    event.add("dtstamp", stamp)
    event.add("dtstart", milestone.current_on)
    event.add("dtend", milestone.current_until + datetime.timedelta(days=1))
    is_exact = milestone.current_precision == DatePrecision.DAY
    precision_note = "" if is_exact else f" ({milestone.current_label}, no exact date)"
    event.add("summary", f"{milestone.project.title}: {milestone.title}{precision_note}")
    state = "Reached" if milestone.reached else "Expected"
    example = " Example data." if milestone.project.is_example else ""
    event.add("description", f"{state} {milestone.current_label}.{example}")
    event.add("url", absolute(milestone.project.get_absolute_url()))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED" if milestone.reached else "TENTATIVE")
    return event
