"""The sections in the header for each kind of reader, and the section that a page belongs to."""

from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from estates_portal.accounts.models import Role
from estates_portal.accounts.rules import REVIEW_REPORTS

from .reporting.waiting import waiting_for


@dataclass(frozen=True)
class Section:
    """An entry of the header. `folders` are the first parts of the addresses of its pages."""

    label: str
    name: str  # of the address
    folders: tuple = ()


PORTFOLIO = Section("Portfolio", "home", ("", "first-steps"))
MY_WORK = Section("My work", "projects:my_work", ("my-work", "calendar", "changes"))
PROJECTS = Section(
    "Projects", "projects:project_list", ("projects", "hubs", "hospital-schemes", "risk-removed", "publish")
)
REPORTING = Section("Reporting", "projects:reporting", ("reporting", "review", "periods", "changes", "escalations"))
RISKS = Section("Risks", "projects:risk_list", ("risks", "escalations"))
TIMELINE = Section("Timeline", "projects:timeline", ("timeline", "milestones"))
BOARD_REPORT = Section("Board report", "projects:board_report", ("board-report",))
PROGRAMMES = Section("Programmes", "projects:programme_list", ("programmes", "strategy", "priorities"))
PLACES = Section("Places", "sites:place_list", ("places", "near"))
SITES = Section("Sites", "sites:site_list", ("sites", "map"))
ORGANISATIONS = Section("Organisations", "sites:organisation_list", ("organisations", "hand-overs"))
REGISTERS = Section("Registers", "projects:registers", ("registers",))
WHAT_CHANGED = Section("What changed", "projects:what_changed", ("what-changed",))
PAST_POSITION = Section("Past position", "projects:as_at", ("as-at",))
SAVED_VIEWS = Section("Saved views", "projects:saved_view_list", ("views",))
HISTORY = Section("History", "projects:history_list", ("history",))
ESTATE_RETURNS = Section("Estate returns", "projects:estate_return_list", ("estate-returns",))
MESSAGES = Section("Messages", "message_list", ("messages",))
USERS = Section("Users", "people:person_list", ("people",))
ADMIN = Section("Admin", "admin:index", ("admin",))
ABOUT = Section("About", "about_the_data", ("about-the-data", "open-data", "glossary"))

HOME = Section("Home", "home", ("",))
PUBLIC_PROJECTS = replace(PROJECTS, folders=(*PROJECTS.folders, "timeline"))

# What most readers open each month first. The header moves what does not fit on the screen into its menu "More".
PUBLIC = [HOME, PUBLIC_PROJECTS, PLACES, SITES, PROGRAMMES, ORGANISATIONS, ABOUT]
RECORDS = [PROGRAMMES, PLACES, SITES, ORGANISATIONS, REGISTERS, WHAT_CHANGED, PAST_POSITION, SAVED_VIEWS]
VIEWER = [PORTFOLIO, PROJECTS, RISKS, TIMELINE, BOARD_REPORT, MY_WORK, *RECORDS]
CONTRIBUTOR = [MY_WORK, PROJECTS, RISKS, TIMELINE, BOARD_REPORT, PORTFOLIO, *RECORDS]
OFFICE = [PORTFOLIO, PROJECTS, REPORTING, RISKS, TIMELINE, BOARD_REPORT, MY_WORK, *RECORDS]
OFFICE += [HISTORY, ESTATE_RETURNS, MESSAGES, USERS, ADMIN]


def sections_for(user):
    """The sections that the user can open, in the order of the header."""
    if not user.is_authenticated:
        return PUBLIC
    if user.has_perm(REVIEW_REPORTS):
        return OFFICE
    return CONTRIBUTOR if user.role == Role.CONTRIBUTOR else VIEWER


def section_of(path, sections):
    """The one of `sections` that the page at this address belongs to, or None."""
    folder = path.lstrip("/").partition("/")[0]
    return next((section for section in sections if folder in section.folders), None)


def navigation(request):
    """Context for templates: `navigation` with the sections of the reader, computed if a template uses it."""
    return {"navigation": SimpleLazyObject(lambda: Navigation(request))}


class Navigation:
    """The sections that a page shows.

    `items` and `reporting_tabs`: (label, address, whether the page is in it, number that waits), the tabs in Reporting
    alone. `crumb`: (label, address) of the section above the page, or None.
    """

    def __init__(self, request):
        sections = sections_for(request.user)
        current = section_of(request.path, sections)
        waiting = waiting_for(request) if REPORTING in sections else None
        self.items = tuple(
            (section.label, reverse(section.name), section == current, waiting.total if section == REPORTING else 0)
            for section in sections
        )
        self.reporting_tabs = _reporting_tabs(request.path, waiting) if current == REPORTING else ()
        self.crumb = None
        if current and (address := reverse(current.name)) not in {request.path, reverse("home")}:
            self.crumb = current.label, address


def _reporting_tabs(path, waiting):
    periods, public = reverse("projects:period_list"), reverse("projects:public_updates")
    review, changes = reverse("projects:review_queue"), reverse("projects:change_request_list")
    escalations = reverse("projects:escalation_list")
    return (
        ("Progress", reverse("projects:reporting"), path.startswith(periods) and path != periods, 0),
        ("To review", review, path == review, waiting.reports),
        ("Change requests", changes, path.startswith(changes), waiting.changes),
        ("Escalations", escalations, path.startswith(escalations), waiting.escalations),
        ("Public updates", public, path.startswith(review) and path != review, waiting.public),
        ("Periods", periods, path == periods, 0),
    )
