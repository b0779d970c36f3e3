"""Published projects as a table of open data, one row for each."""

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from estates_portal.addresses import absolute
from estates_portal.identity import current_system
from projects.facts import fact_of, known_sources
from projects.models.project import newest_by_fact
from sites.models import Organisation
from sites.successions import acting_organisation

from .open_data import (
    LICENCE,
    as_public,
    changes_of,
    funding_label,
    identifier,
    moment,
    project_status,
    published_with_facts,
)

PUBLIC = AnonymousUser()
PROVENANCE = ("as_of", "precision", "basis", "source", "source_url")
HEADINGS = (
    *("id", "title", "status", "stage"),
    *("stage_as_of", "stage_as_of_precision", "stage_basis", "stage_source", "stage_source_url"),
    *("delivery_state", "delivery_state_reason"),
    *("delivery_state_as_of", "delivery_state_as_of_precision", "delivery_state_basis"),
    *("delivery_state_source", "delivery_state_source_url"),
    *("kind", "place", "site", "postcode", "latitude", "longitude", "location_precision"),
    *("lead_organisation", "lead_ods_code", "lead_organisation_now"),
    *("newest_cost_pounds", "newest_cost_covers"),
    *("newest_cost_as_of", "newest_cost_as_of_precision", "newest_cost_basis"),
    *("newest_cost_source", "newest_cost_source_url"),
    "funding",
    *("updated", "address", "licence", "attribution"),
)


def table():
    """Yields the rows, with the columns of HEADINGS. Money is in pounds."""
    projects = [as_public(project) for project in published_with_facts()]
    changed = changes_of([project.pk for project in projects])
    successions = Organisation.objects.successions(timezone.localdate())
    sources, attribution = known_sources(), current_system().attribution

    def provenance(record):
        if record is None:
            return [""] * len(PROVENANCE)
        fact = fact_of(record, sources)
        columns = {**fact.columns, "precision": fact.date.precision if fact.date else ""}
        return [columns[name] for name in PROVENANCE]

    def funding(line):
        about = fact_of(line, sources).provenance
        return " ".join(filter(None, [f"{funding_label(line)} ({about})", line.source_url]))

    for project in projects:
        newest = newest_by_fact(project.accepted_statements)
        state = newest.get("delivery_state")
        cost = next(iter(project.cost_estimates.all()), None)
        place, site, lead = project.place, project.site, project.lead_organisation
        yield [
            *(identifier(project), project.title, project_status(project), project.accepted_stage),
            *provenance(newest.get("stage", project.status_seen_by(PUBLIC))),
            *(project.accepted_delivery_state, state.reason if state else "", *provenance(state)),
            *(project.kind, place.name if place else ""),
            *((site.name, site.postcode, site.latitude, site.longitude) if site else [""] * 4),
            site.location_precision if site and site.latitude is not None else "",
            *((lead.name, lead.ods_code) if lead else [""] * 2),
            getattr(acting_organisation(lead, successions), "name", ""),
            *((cost.amount_pounds, cost.covers) if cost else [""] * 2),
            *provenance(cost),
            "; ".join(funding(line) for line in project.funding_lines.all()),
            *(moment(changed.get(project.pk)), absolute(project.get_absolute_url()), LICENCE, attribution),
        ]
