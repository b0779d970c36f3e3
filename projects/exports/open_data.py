"""Published projects as open data: a project package of OC4IDS 0.9.5, and a table.

The standard: Open Contracting for Infrastructure Data Standards, https://standard.open-contracting.org/infrastructure/.
The public pages show the same facts: only those that the programme office accepted. Example data is not included.
"""

import datetime

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone

from estates_portal.addresses import absolute
from estates_portal.identity import current_system
from projects.dates import DatePrecision
from projects.models import (
    DeliveryState,
    Document,
    DocumentKind,
    FundingLine,
    HospitalScheme,
    Hub,
    Milestone,
    Project,
    Stage,
)
from projects.models.finance import CostEstimate
from sites.models import Organisation
from sites.successions import acting_organisation

VERSION = "0.9"
LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
# The codelist projectStatus.
STATUS = {
    "": "identification",
    Stage.IDENTIFIED: "identification",
    Stage.SOC: "preparation",
    Stage.OBC: "preparation",
    Stage.FBC: "preparation",
    Stage.CONSTRUCTION: "implementation",
    Stage.COMMISSIONING: "completion",
    Stage.OPERATIONAL: "maintenance",
    Stage.CLOSED: "decommissioned",
}
# The codelist documentType, where it has a matching code.
DOCUMENT_TYPES = {
    DocumentKind.SOC: "feasibilityStudy",
    DocumentKind.OBC: "feasibilityStudy",
    DocumentKind.FBC: "projectPlan",
    DocumentKind.BOARD: "budgetApproval",
    DocumentKind.EVALUATION: "projectEvaluation",
}


def published():
    """Queryset of the published projects without example data, by reference."""
    projects = Project.objects.filter(published=True, is_example=False).order_by("reference")
    return projects.select_related("place", "site__place", "lead_organisation", "parent")


def package():
    """The project package for JSON. Eight queries."""
    data = _PackageData()
    return {
        "version": VERSION,
        "uri": absolute(reverse("projects:open_data_json")),
        "publishedDate": _moment(timezone.now()),
        "publisher": {"name": publisher_name()},
        "license": LICENCE,
        "publicationPolicy": absolute(reverse("about_the_data")),
        "projects": [data.project(project) for project in data.projects],
    }


def publisher_name():
    return settings.OPEN_DATA_PUBLISHER or current_system().service_name


def identifier(project):
    """The project's OC4IDS identifier. The Open Contracting Partnership assigns the prefix (see settings)."""
    return f"{settings.OC4IDS_PREFIX}-{project.reference}"


class _PackageData:
    """The data of the package, queried once."""

    def __init__(self):
        self.projects = list(published().prefetch_related("priorities", "partner_organisations"))
        ids = [project.pk for project in self.projects]
        self.public_ids = set(ids)
        milestones = Milestone.objects.filter(project__in=ids)
        self.openings = {opening.project_id: opening for opening in milestones.main_openings()}
        self.milestones = _by_project(milestones.dated(AnonymousUser()))
        self.costs = _by_project(CostEstimate.objects.filter(project__in=ids))
        self.funding = _by_project(FundingLine.objects.filter(project__in=ids))
        self.documents = _by_project(Document.objects.filter(project__in=ids, public=True))
        self.changed = dict(changes_of(ids))
        self.successions = Organisation.objects.successions(timezone.localdate())

    def acting_lead(self, project):
        """The organisation that acts for the project's lead, or None without a lead."""
        return acting_organisation(project.lead_organisation, self.successions)

    def newest_cost(self, project):
        return next(iter(self.costs.get(project.pk, [])), None)

    def updated(self, project):
        return _moment(self.changed[project.pk]) if project.pk in self.changed else None

    def project(self, project):
        """One project without empty values, which the standard does not allow."""
        acting = self.acting_lead(project)
        return _without_empty(
            {
                "id": identifier(project),
                "identifiers": [{"id": project.reference, "scheme": "internal"}],
                "updated": self.updated(project),
                "title": project.title,
                "description": project.summary,
                "status": _status(project),
                "sector": ["health"],
                "purpose": "; ".join(priority.title for priority in project.priorities.all()),
                "period": self._period(project),
                "locations": self._locations(project),
                "budget": self._budget(project),
                "parties": self._parties(project),
                "publicAuthority": _reference(acting) if acting else None,
                "milestones": [self._milestone(milestone) for milestone in self.milestones.get(project.pk, [])],
                "documents": self._documents(project),
                "relatedProjects": self._related(project),
            }
        )

    def _period(self, project):
        starts = [milestone for milestone in self.milestones.get(project.pk, []) if milestone.gate == "start"]
        opening = self.openings.get(project.pk)
        is_shown = opening in self.milestones.get(project.pk, [])
        return _without_empty(
            {
                "startDate": _day(starts[0].accepted_on) if starts else None,
                "endDate": _day(opening.accepted_until) if is_shown else None,
            }
        )

    def _locations(self, project):
        if project.site is None:
            return [{"id": project.place.slug, "description": project.place.name}] if project.place else []
        site = project.site
        point = None
        if site.latitude is not None:
            point = {"type": "Point", "coordinates": [float(site.longitude), float(site.latitude)]}
        address = {
            "streetAddress": site.address,
            "region": site.place.name if site.place else "",
            "postalCode": site.postcode,
            "countryName": "United Kingdom",
        }
        uri = absolute(site.get_absolute_url())
        place = {
            "id": site.slug,
            "description": site.name,
            "geometry": point,
            "address": _without_empty(address),
            "uri": uri,
        }
        return [_without_empty(place)]

    def _budget(self, project):
        newest = self.newest_cost(project)
        if newest is None:
            return None
        date = f"As at {newest.dated.label}" if newest.dated else "Not dated"
        parts = [
            "The latest cost estimate from a source. Not an approved budget",
            newest.covers,
            date,
            newest.basis_label,
            newest.source_url,
        ]
        return {"description": ". ".join(filter(None, parts)), "amount": _pounds(newest.amount_pounds)}

    def _parties(self, project):
        """The organisation that acts for the lead, the lead itself if it has ended, the partners and the funders."""
        parties, lead, acting = [], project.lead_organisation, self.acting_lead(project)
        if acting:
            parties.append({**_organisation(acting), "roles": ["publicAuthority"]})
        others = [lead] if lead != acting else []
        others += [partner for partner in project.partner_organisations.all() if partner not in (lead, acting)]
        parties += [{**_organisation(other), "roles": ["interestedParty"]} for other in others]
        funders = sorted({line.funder for line in self.funding.get(project.pk, [])})
        parties += [
            {"id": f"funder-{number}", "name": name, "roles": ["funder"]} for number, name in enumerate(funders, 1)
        ]
        return parties

    @staticmethod
    def _milestone(milestone):
        exact = milestone.accepted_precision == DatePrecision.DAY
        description = "" if exact else f"Date precision: {milestone.accepted_precision}. {milestone.accepted.label}"
        date = {"dateMet" if milestone.accepted_reached else "dueDate": _day(milestone.accepted_until)}
        status = "met" if milestone.accepted_reached else "scheduled"
        return _without_empty(
            {"id": str(milestone.pk), "title": milestone.title, "description": description, "status": status, **date}
        )

    def _documents(self, project):
        page = absolute(project.get_absolute_url())
        documents = [{"id": "page", "title": "The project's page", "url": page, "format": "text/html"}]
        for document in self.documents.get(project.pk, []):
            kind, dated = DOCUMENT_TYPES.get(document.kind), _day(document.dated) if document.dated else None
            values = {"id": str(document.pk), "documentType": kind, "title": document.title, "url": document.url}
            documents.append(_without_empty({**values, "datePublished": dated}))
        return documents

    def _related(self, project):
        if project.parent_id not in self.public_ids:
            return []
        uri = absolute(project.parent.get_absolute_url())
        related = {
            "id": "parent",
            "scheme": "oc4ids",
            "identifier": identifier(project.parent),
            "title": project.parent.title,
        }
        return [{**related, "relationship": "construction", "uri": uri}]


def _by_project(rows):
    grouped = {}
    for row in rows:
        grouped.setdefault(row.project_id, []).append(row)
    return grouped


def changes_of(ids):
    """Yields (id, time of the newest change of the project's record). Two queries."""
    for model in (Hub, HospitalScheme):
        rows = model.history.model.objects.filter(id__in=ids).order_by().values_list("id")
        yield from rows.annotate(Max("history_date"))


def _status(project):
    return "cancelled" if project.accepted_delivery_state == DeliveryState.CANCELLED else STATUS[project.accepted_stage]


def _organisation(organisation):
    values = {"id": _reference(organisation)["id"], "name": organisation.name}
    if organisation.ods_code:
        values["identifier"] = {"scheme": "GB-NHS", "id": organisation.ods_code, "legalName": organisation.name}
    return values


def _reference(organisation):
    return {
        "id": f"GB-NHS-{organisation.ods_code}" if organisation.ods_code else organisation.slug,
        "name": organisation.name,
    }


def _pounds(amount):
    return {"amount": float(amount), "currency": "GBP"}


def _without_empty(values):
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _day(day):
    return f"{day.isoformat()}T00:00:00Z"


def _moment(at):
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _related_field(record, name):
    """The value of a column from a field of a related record; "" without the record."""
    return lambda data, project: getattr(getattr(project, record), name, "")


def _cost_field(name):
    return lambda data, project: getattr(data.newest_cost(project), name, "")


def _cost_precision(data, project):
    newest = data.newest_cost(project)
    return newest.as_of_precision if newest and newest.as_of else ""


# {column of the table: its value}
TABLE = {
    "id": lambda data, project: identifier(project),
    "title": lambda data, project: project.title,
    "status": lambda data, project: _status(project),
    "stage": lambda data, project: project.accepted_stage,
    "stage_as_of": lambda data, project: project.accepted_stage_as_of,
    "delivery_state": lambda data, project: project.accepted_delivery_state,
    "kind": lambda data, project: project.kind,
    "place": _related_field("place", "name"),
    "site": _related_field("site", "name"),
    "postcode": _related_field("site", "postcode"),
    "latitude": _related_field("site", "latitude"),
    "longitude": _related_field("site", "longitude"),
    "lead_organisation": _related_field("lead_organisation", "name"),
    "lead_ods_code": _related_field("lead_organisation", "ods_code"),
    "lead_organisation_now": lambda data, project: getattr(data.acting_lead(project), "name", ""),
    "newest_cost_pounds": _cost_field("amount_pounds"),
    "newest_cost_covers": _cost_field("covers"),
    "newest_cost_as_of": _cost_field("as_of"),
    "newest_cost_as_of_precision": _cost_precision,
    "newest_cost_source": _cost_field("source_url"),
    "newest_cost_basis": _cost_field("basis_label"),
    "updated": lambda data, project: data.updated(project),
    "address": lambda data, project: absolute(project.get_absolute_url()),
}


def table():
    """Yields the rows for CSV, with the columns of TABLE."""
    data = _PackageData()
    for project in data.projects:
        yield [value(data, project) for value in TABLE.values()]
