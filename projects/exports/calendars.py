"""Milestones as a calendar that programs subscribe to, behind a secret link of each person."""

import datetime
import hashlib
import secrets

from django.db.models import Q
from django.utils import timezone
from icalendar import Calendar, Event

from estates_portal.identity import current_system
from projects.dates import DatePrecision
from projects.models import CalendarLink, Milestone, Project

PAST_DAYS = 365
MOST = 2000  # events
REFRESH = datetime.timedelta(hours=6)


def _digest(token):
    return hashlib.sha256(token.encode()).hexdigest()


def make_link(person):
    """Give the person a new secret, which ends the one before, and return it: it is kept nowhere."""
    token = secrets.token_urlsafe(32)
    CalendarLink.objects.update_or_create(person=person, defaults={"digest": _digest(token), "made_at": timezone.now()})
    return token


def revoke_link(person):
    """End the person's secret; returns whether there was one."""
    return bool(CalendarLink.objects.filter(person=person).delete()[0])


def person_of(token):
    """Whose secret it is, or None; a deactivated person's is nobody's."""
    link = CalendarLink.objects.select_related("person").filter(digest=_digest(token), person__is_active=True).first()
    return link.person if link else None


def milestones_for(person, scope):
    """Milestones of the projects that the person sees: "mine" (followed, or of their organisation), "all", or of a
    programme by its address; None for a programme that is not there.
    """
    projects = Project.objects.visible_to(person)
    if scope == "mine":
        theirs = Q(followings__person=person)
        if person.organisation_id:
            theirs |= Q(pk__in=projects.of_organisation(person.organisation_id).values("pk"))
        projects = projects.filter(theirs)
    elif scope != "all":
        projects = projects.filter(programme__slug=scope)
    since = timezone.localdate() - datetime.timedelta(days=PAST_DAYS)
    found = Milestone.objects.filter(project__in=projects.order_by().values("pk"), current_until__gte=since)
    return found.select_related("project").order_by("current_on", "pk")[:MOST]


def calendar_of(milestones, name, base):
    """The calendar as bytes (RFC 5545). `base` begins the portal's addresses.

    A date known to the month, quarter or year is an event as long as that, never a false day.
    """
    calendar = Calendar()
    calendar.add("prodid", f"-//{current_system().service_name}//milestones//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    stamp = timezone.now()
    host = base.split("://")[-1].split(":")[0]
    for milestone in milestones:
        calendar.add_component(_event(milestone, stamp, base, host))
    return calendar.to_ical()


def _event(milestone, stamp, base, host):
    event = Event()
    event.add("uid", f"milestone-{milestone.pk}@{host}")
    event.add("dtstamp", stamp)
    event.add("dtstart", milestone.current_on)
    event.add("dtend", milestone.current_until + datetime.timedelta(days=1))
    exact = milestone.current_precision == DatePrecision.DAY
    when = "" if exact else f" (some time in {milestone.current_words})"
    event.add("summary", f"{milestone.project.title}: {milestone.title}{when}")
    state = "Reached" if milestone.reached else "Expected"
    example = " Example data." if milestone.project.is_example else ""
    event.add("description", f"{state} {milestone.current_words}.{example}")
    event.add("url", f"{base}{milestone.project.get_absolute_url()}")
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED" if milestone.reached else "TENTATIVE")
    return event
