"""The sheets of organisations, programmes, priorities, reporting periods and users: what one reader can see."""

from django.db.models import Count
from django.utils import timezone

from projects.browse.group_summary import stages_by_programme, stages_label
from projects.browse.place_queries import led_and_partnered
from projects.columns import DATE, NUMBER, Column, yes
from projects.models import Project
from sites.models import hide_waiting
from sites.successions import successions_of

from .sheets import Sheet

SOURCE = (Column("Source address", "source_url", width=44),)
EXAMPLE = Column("Example data", "is_example", yes)
ORGANISATIONS = Sheet(
    "organisations",
    "Organisations",
    (
        Column("Organisation", "name", width=44),
        Column("Short name", "short_name"),
        Column("Type", "type", width=28),
        Column("Place", "where", width=24),
        Column("ODS code", "ods_code"),
        Column("Valid from", "valid_from", kind=DATE),
        Column("Valid to", "valid_to", kind=DATE),
        Column("Replaced by", "successor", width=44),
        Column("Projects that it leads", "led", kind=NUMBER),
        Column("Projects that it partners", "partnered", kind=NUMBER),
        Column("Accepted", "accepted", yes),
        *SOURCE,
        EXAMPLE,
    ),
    None,
)
PROGRAMMES = Sheet(
    "programmes",
    "Programmes",
    (
        Column("Programme", "name", width=44),
        Column("Description", "description", width=60),
        Column("Lead organisation", "lead", width=44),
        Column("Projects", "number", kind=NUMBER),
        Column("Stages", "stages", width=44),
        *SOURCE,
        EXAMPLE,
    ),
    None,
)
PRIORITIES = Sheet(
    "priorities",
    "Priorities",
    (
        Column("Priority", "title", width=44),
        Column("Type", "type", width=24),
        Column("Description", "description", width=60),
        Column("Projects", "number", kind=NUMBER),
        *SOURCE,
    ),
    None,
)
PERIODS = Sheet(
    "periods",
    "Reporting periods",
    (
        Column("Period", "name", width=24),
        Column("Starts on", "starts_on", kind=DATE),
        Column("Ends on", "ends_on", kind=DATE),
        Column("Opens on", "opens_on", kind=DATE),
        Column("Due on", "due_on", kind=DATE),
        Column("Closed on", "closed_on", kind=DATE),
    ),
    None,
)
USERS = Sheet(
    "users",
    "Users",
    (
        Column("Name", "name", width=28),
        Column("Email address", "email", width=36),
        Column("Organisations", "organisation_labels", width=44),
        Column("Role", "role", width=20),
        Column("Active", "is_active", yes),
        Column("Two-step verification", "second_factor"),
        Column("Last signed in on", "last_on", kind=DATE),
        EXAMPLE,
    ),
    None,
)


def organisation_rows(request, organisations):
    """Yields the rows of organisations of an `OrganisationFilter`."""
    organisations = list(organisations.select_related("successor"))
    counts = led_and_partnered(organisations, request.user, successions_of(request))
    for organisation in organisations:
        hide_waiting(organisation, request.user, "successor")
        led, partnered = counts[organisation.pk]
        numbers = {"led": led, "partnered": partnered}
        yield _cells(ORGANISATIONS, organisation, numbers | _of_organisation(organisation))


def _of_organisation(organisation):
    successor = organisation.successor
    return {
        "type": organisation.get_kind_display(),
        "where": organisation.place.name if organisation.place else "",
        "successor": successor.name if successor else "",
    }


def programme_rows(request, programmes):
    projects = Project.objects.visible_to(request.user)
    stages = stages_by_programme(projects.filter(programme__isnull=False), request.user)
    for programme in programmes.select_related("lead_organisation"):
        lead = hide_waiting(programme, request.user, "lead_organisation").lead_organisation
        counts = stages.get(programme.pk, {})
        numbers = {"number": sum(counts.values()), "stages": stages_label(counts)}
        yield _cells(PROGRAMMES, programme, numbers | {"lead": lead.name if lead else ""})


def priority_rows(request, priorities):
    projects = Project.objects.visible_to(request.user)
    counts = dict(projects.order_by().values_list("priorities").annotate(Count("pk")))
    for priority in priorities:
        about = {"type": priority.get_kind_display(), "number": counts.get(priority.pk, 0)}
        yield _cells(PRIORITIES, priority, about)


def period_rows(request, periods):
    for period in periods:
        yield _cells(PERIODS, period, {"closed_on": period.closed_at and timezone.localdate(period.closed_at)})


def user_rows(request, people):
    for person in people:
        about = {
            "role": person.get_role_display(),
            "second_factor": "On" if person.has_second_factor else "Off",
            "last_on": person.last_login and timezone.localdate(person.last_login),
        }
        yield _cells(USERS, person, about)


def _cells(sheet, record, values):
    """The cells of a record: those of `values`, and its own attributes."""
    for column in sheet.columns:
        value = values[column.name] if column.name in values else getattr(record, column.name)
        yield column.write(value) if column.write else value
