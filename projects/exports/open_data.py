"""Published projects as open data: a project package of OC4IDS 0.9.5, and a table.

The standard: Open Contracting for Infrastructure Data Standards, https://standard.open-contracting.org/infrastructure/.
The public pages show the same facts. Example data is not included.
"""

import datetime

from django.conf import settings
from django.db.models import Max
from django.utils import timezone

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
    """The published projects with their related records, by reference."""
    projects = Project.objects.filter(published=True, is_example=False).order_by("reference")
    return projects.select_related("place", "site__place", "lead_organisation", "parent")


def package(base):
    """The project package for JSON. `base` is the root address of the portal. Eight queries."""
    facts = _Facts(base)
    return {
        "version": VERSION,
        "uri": f"{base}/open-data/projects.json",
        "publishedDate": _moment(timezone.now()),
        "publisher": {"name": settings.OPEN_DATA_PUBLISHER or current_system().service_name},
        "license": LICENCE,
        "publicationPolicy": f"{base}/about-the-data/",
        "projects": [facts.project(one) for one in facts.projects],
    }


def identifier(project):
    """The project's OC4IDS identifier. The prefix is given out by the Open Contracting Partnership (settings)."""
    return f"{settings.OC4IDS_PREFIX}-{project.reference}"


class _Facts:
    """The data of the package, read once."""

    def __init__(self, base):
        self.base = base
        self.projects = list(published().prefetch_related("priorities", "partner_organisations"))
        ids = [one.pk for one in self.projects]
        self.public_ids = set(ids)
        self.milestones = _by_project(Milestone.objects.filter(project__in=ids, public=True, current_on__isnull=False))
        self.costs = _by_project(CostEstimate.objects.filter(project__in=ids))
        self.funding = _by_project(FundingLine.objects.filter(project__in=ids))
        self.documents = _by_project(Document.objects.filter(project__in=ids, public=True))
        self.changed = dict(_changed(ids))

    def newest_cost(self, one):
        return next(iter(self.costs.get(one.pk, [])), None)

    def updated(self, one):
        return _moment(self.changed[one.pk]) if one.pk in self.changed else None

    def project(self, one):
        """One project without unknown values: the standard does not allow empty ones."""
        return _known(
            {
                "id": identifier(one),
                "identifiers": [{"id": one.reference, "scheme": "internal"}],
                "updated": self.updated(one),
                "title": one.title,
                "description": one.summary,
                "status": _status(one),
                "sector": ["health"],
                "purpose": "; ".join(priority.title for priority in one.priorities.all()),
                "period": self._period(one),
                "locations": self._locations(one),
                "budget": self._budget(one),
                "parties": self._parties(one),
                "publicAuthority": _reference(one.lead_organisation) if one.lead_organisation else None,
                "milestones": [self._milestone(each) for each in self.milestones.get(one.pk, [])],
                "documents": self._documents(one),
                "relatedProjects": self._related(one),
            }
        )

    def _period(self, one):
        starts = [each for each in self.milestones.get(one.pk, []) if each.gate == "start"]
        opens = [each for each in self.milestones.get(one.pk, []) if each.kind == "opening"]
        return _known(
            {
                "startDate": _day(starts[0].current_on) if starts else None,
                "endDate": _day(opens[-1].current_until) if opens else None,
            }
        )

    def _locations(self, one):
        if one.site is None:
            return [{"id": one.place.slug, "description": one.place.name}] if one.place else []
        site = one.site
        point = None
        if site.latitude is not None:
            point = {"type": "Point", "coordinates": [float(site.longitude), float(site.latitude)]}
        address = {
            "streetAddress": site.address,
            "region": site.place.name if site.place else "",
            "postalCode": site.postcode,
            "countryName": "United Kingdom",
        }
        uri = f"{self.base}{site.get_absolute_url()}"
        place = {"id": site.slug, "description": site.name, "geometry": point, "address": _known(address), "uri": uri}
        return [_known(place)]

    def _budget(self, one):
        newest = self.newest_cost(one)
        if newest is None:
            return None
        parts = ["The latest cost estimate from a source. Not an approved budget", newest.covers, newest.source_url]
        return {"description": ". ".join(filter(None, parts)), "amount": _pounds(newest.amount_pounds)}

    def _parties(self, one):
        parties = []
        if one.lead_organisation:
            parties.append({**_organisation(one.lead_organisation), "roles": ["publicAuthority"]})
        lead = one.lead_organisation_id
        partners = [each for each in one.partner_organisations.all() if each.pk != lead]
        parties += [{**_organisation(each), "roles": ["interestedParty"]} for each in partners]
        funders = sorted({line.funder for line in self.funding.get(one.pk, [])})
        parties += [
            {"id": f"funder-{number}", "name": name, "roles": ["funder"]} for number, name in enumerate(funders, 1)
        ]
        return parties

    @staticmethod
    def _milestone(one):
        exact = one.current_precision == DatePrecision.DAY
        known = "" if exact else f"Date precision: {one.current_precision}. {one.current_label}"
        date = {"dateMet" if one.reached else "dueDate": _day(one.current_until)}
        status = "met" if one.reached else "scheduled"
        return _known({"id": str(one.pk), "title": one.title, "description": known, "status": status, **date})

    def _documents(self, one):
        page = f"{self.base}{one.get_absolute_url()}"
        documents = [{"id": "page", "title": "The project's page", "url": page, "format": "text/html"}]
        for each in self.documents.get(one.pk, []):
            kind, dated = DOCUMENT_TYPES.get(each.kind), _day(each.dated) if each.dated else None
            about = {"id": str(each.pk), "documentType": kind, "title": each.title, "url": each.url}
            documents.append(_known({**about, "datePublished": dated}))
        return documents

    def _related(self, one):
        if one.parent_id not in self.public_ids:
            return []
        uri = f"{self.base}{one.parent.get_absolute_url()}"
        related = {"id": "parent", "scheme": "oc4ids", "identifier": identifier(one.parent), "title": one.parent.title}
        return [{**related, "relationship": "construction", "uri": uri}]


def _by_project(rows):
    found = {}
    for row in rows:
        found.setdefault(row.project_id, []).append(row)
    return found


def _changed(ids):
    """[(id, when the project's record was last changed)]."""
    for model in (Hub, HospitalScheme):
        rows = model.history.model.objects.filter(id__in=ids).order_by().values_list("id")
        yield from rows.annotate(Max("history_date"))


def _status(one):
    return "cancelled" if one.delivery_state == DeliveryState.CANCELLED else STATUS[one.stage]


def _organisation(one):
    about = {"id": _reference(one)["id"], "name": one.name}
    if one.ods_code:
        about["identifier"] = {"scheme": "GB-NHS", "id": one.ods_code, "legalName": one.name}
    return about


def _reference(one):
    return {"id": f"GB-NHS-{one.ods_code}" if one.ods_code else one.slug, "name": one.name}


def _pounds(amount):
    return {"amount": float(amount), "currency": "GBP"}


def _known(values):
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _day(day):
    return f"{day.isoformat()}T00:00:00Z"


def _moment(at):
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _of(record, name):
    """A column of a record that the project may lack."""
    return lambda facts, one: getattr(getattr(one, record), name, "")


def _of_cost(name):
    return lambda facts, one: getattr(facts.newest_cost(one), name, "")


# {column of the table: its value}
TABLE = {
    "id": lambda facts, one: identifier(one),
    "title": lambda facts, one: one.title,
    "status": lambda facts, one: _status(one),
    "stage": lambda facts, one: one.stage,
    "stage_as_of": lambda facts, one: one.stage_as_of,
    "delivery_state": lambda facts, one: one.delivery_state,
    "kind": lambda facts, one: one.kind,
    "place": _of("place", "name"),
    "site": _of("site", "name"),
    "postcode": _of("site", "postcode"),
    "latitude": _of("site", "latitude"),
    "longitude": _of("site", "longitude"),
    "lead_organisation": _of("lead_organisation", "name"),
    "lead_ods_code": _of("lead_organisation", "ods_code"),
    "newest_cost_pounds": _of_cost("amount_pounds"),
    "newest_cost_covers": _of_cost("covers"),
    "newest_cost_as_of": _of_cost("as_of"),
    "updated": lambda facts, one: facts.updated(one),
    "address": lambda facts, one: f"{facts.base}{one.get_absolute_url()}",
}


def table(base):
    """Rows for CSV, in the order of TABLE."""
    facts = _Facts(base)
    for one in facts.projects:
        yield [value(facts, one) for value in TABLE.values()]
