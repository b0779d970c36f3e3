"""The public pages of the portal, for search engines. Example data is not included."""

from itertools import chain

from django.db.models import Max
from django.urls import reverse

from estates_portal.addresses import absolute
from projects.models import (
    CostEstimate,
    FundingLine,
    MilestoneStatement,
    Priority,
    Programme,
    ProgressNote,
)
from sites.models import Organisation, Place, Site

from .open_data import PUBLIC, changes_of, published

PAGES = [
    "home",
    "projects:project_list",
    "projects:hub_list",
    "projects:hospital_scheme_list",
    "projects:programme_list",
    "projects:strategy",
    "sites:site_list",
    "projects:estate_map",
    "projects:near",
    "sites:organisation_list",
    "sites:place_list",
    "projects:timeline",
    "projects:open_data",
    "about_the_data",
    "glossary",
    "contact",
    "accessibility",
    "privacy",
    "cookies",
]
MAX_PAGES = 50_000  # the limit of the protocol (sitemaps.org)


def public_pages():
    """[(address, time of the newest change of the record or None)]. 17 queries."""
    projects = published()
    programmes = Programme.objects.visible_to(PUBLIC).filter(is_example=False)
    pages = chain(
        ((absolute(reverse(name)), None) for name in PAGES),
        _pages(projects.select_related(None), _project_changes(projects)),
        *(
            _pages(records, _newest(records.model.history.model, "id"))
            for records in (
                programmes,
                Priority.objects.all(),
                Place.objects.all(),
                Site.objects.visible_to(PUBLIC).filter(is_example=False),
                Organisation.objects.visible_to(PUBLIC).not_merged().filter(is_example=False),
            )
        ),
    )
    return list(pages)[:MAX_PAGES]


def _pages(records, changes):
    return [(absolute(record.get_absolute_url()), changes.get(record.pk)) for record in records.only("slug")]


def _newest(history, column):
    """{value of the column: time of the newest row of history}. One query."""
    return dict(history.objects.order_by().values_list(column).annotate(Max("history_date")))


def _project_changes(projects):
    """{project id: time of the newest change of the project or of its public facts}."""
    changes = dict(changes_of(projects.order_by().values("pk")))
    public = MilestoneStatement.objects.accepted().filter(milestone__public=True).order_by()
    dates = public.values_list("milestone__project").annotate(Max("accepted_at"))
    parts = [_newest(model.history.model, "project_id").items() for model in (ProgressNote, CostEstimate, FundingLine)]
    for project, time in chain(dates, *parts):
        if project in changes:
            changes[project] = max(changes[project], time)
    return changes
