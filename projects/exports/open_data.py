"""Published projects as open data: a project package of OC4IDS 0.9.5.

The standard: Open Contracting for Infrastructure Data Standards, https://standard.open-contracting.org/infrastructure/.
The public pages show the same facts: only those that the programme office accepted. Example data is not included.
"""

import datetime
import hashlib

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import F, Max, Prefetch, prefetch_related_objects
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from estates_portal.addresses import absolute
from estates_portal.dates import DatePrecision
from estates_portal.identity import current_system
from projects.facts import fact_of, known_sources
from projects.labels import exact_pounds
from projects.models import (
    DeliveryState,
    Document,
    DocumentKind,
    FundingStatus,
    Gate,
    HospitalScheme,
    Hub,
    Milestone,
    MilestoneStatement,
    Project,
    Stage,
    StageStatement,
)
from projects.models.milestone import MilestoneDates, main_opening, newest_statement
from projects.models.project import newest_by_fact
from sites.models import LocationPrecision, Organisation, hide_waiting
from sites.successions import acting_organisation

VERSION = "0.9"
LICENCE = "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/"
PUBLIC = AnonymousUser()
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
STOPPED = {DeliveryState.ON_HOLD, DeliveryState.CANCELLED}


def published():
    """Queryset of the published projects without example data, by reference."""
    projects = Project.objects.filter(published=True, is_example=False).order_by("reference")
    return projects.select_related("place", "site__place", "lead_organisation", "parent")


def published_with_facts():
    """`published`, with all that the open data says of a project prefetched. 13 queries."""
    stage_statements = StageStatement.objects.accepted().select_related("stated_for")
    date_statements = MilestoneStatement.objects.accepted().select_related("stated_for")
    milestones = Milestone.objects.shown_to(PUBLIC).order_by(F("accepted_on").asc(nulls_last=True), "pk")
    milestones = milestones.prefetch_related(Prefetch("statements", date_statements))
    return published().prefetch_related(
        "priorities",
        "lead_organisation__identifiers",
        Prefetch("partner_organisations", Organisation.objects.visible_to(PUBLIC).prefetch_related("identifiers")),
        "cost_estimates",
        "funding_lines__funding_organisation__identifiers",
        "sources",
        Prefetch("documents", Document.objects.shown_to(PUBLIC)),
        Prefetch("milestones", milestones),
        Prefetch("stage_statements", stage_statements, to_attr="accepted_statements"),
    )


def as_public(project):
    """The project without an organisation or a site that is not accepted. Reads its relations."""
    for line in project.funding_lines.all():
        hide_waiting(line, PUBLIC, "funding_organisation")
    return hide_waiting(project, PUBLIC, "site", "lead_organisation")


def package():
    """The project package for JSON. About 20 queries."""
    projects = [as_public(project) for project in published_with_facts()]
    builder = PackageBuilder(projects)
    return {
        "version": VERSION,
        "uri": absolute(reverse("projects:open_data_json")),
        "publishedDate": moment(timezone.now()),
        "publisher": {"name": publisher_name()},
        "license": LICENCE,
        "attribution": current_system().attribution,  # not part of the standard, but of our sources' licences
        "publicationPolicy": absolute(reverse("about_the_data")),
        "projects": [builder.project(project) for project in projects],
    }


def publisher_name():
    return settings.OPEN_DATA_PUBLISHER or current_system().service_name


def identifier(project):
    """The project's OC4IDS identifier. The Open Contracting Partnership assigns the prefix (see settings)."""
    return f"{settings.OC4IDS_PREFIX}-{project.reference}"


def project_status(project):
    """The status in the codelist of the standard."""
    return "cancelled" if project.accepted_delivery_state == DeliveryState.CANCELLED else STATUS[project.accepted_stage]


def changes_of(ids):
    """{id: time of the newest change of the project's record}. Two queries."""
    changes = {}
    for model in (Hub, HospitalScheme):
        rows = model.history.model.objects.filter(id__in=ids).order_by().values_list("id")
        changes.update(rows.annotate(Max("history_date")))
    return changes


def location_note(site):
    """What the point of a site is, if it is not the site itself; "" otherwise."""
    return "Centre of the postcode" if site and site.location_precision == LocationPrecision.POSTCODE else ""


class PackageBuilder:
    """Builds the projects of a package."""

    def __init__(self, projects):
        self.public_ids = {project.pk for project in projects}
        self.changed = changes_of(self.public_ids)
        self.today = timezone.localdate()
        self.successions = Organisation.objects.successions(self.today)
        prefetch_related_objects([body for line in self.successions.values() for body in line], "identifiers")
        self.sources = known_sources()

    def project(self, project):
        """One project without empty values, which the standard does not allow."""
        acting = acting_organisation(project.lead_organisation, self.successions)
        milestones = project.milestones.all()
        return _without_empty(
            {
                "id": identifier(project),
                "identifiers": [{"id": project.reference, "scheme": "internal"}],
                "updated": moment(self.changed.get(project.pk)),
                "title": project.title,
                "description": "\n\n".join(self._description(project)),
                "status": project_status(project),
                "sector": ["health"],
                "purpose": "; ".join(priority.title for priority in project.priorities.all()),
                "period": _period(milestones),
                "locations": _locations(project),
                "parties": self._parties(project, acting),
                "publicAuthority": _reference(acting) if acting else None,
                "budget": self._budget(project),
                "milestones": [self._milestone(milestone, project.accepted_delivery_state) for milestone in milestones],
                "documents": self._documents(project),
                "relatedProjects": self._related(project),
            }
        )

    def _description(self, project):
        """Paragraphs: the state of a stopped project, the summary, the stage and the reported costs."""
        newest = newest_by_fact(project.accepted_statements)
        state = newest.get("delivery_state")
        if project.accepted_delivery_state in STOPPED and state:
            yield self._sentence(f"{state}. {state.reason}", state)
        yield project.summary
        status = project.status_seen_by(PUBLIC)
        yield self._sentence(f"Stage: {status}", newest.get("stage", status))
        for cost in project.cost_estimates.all():
            covers = f" ({cost.covers})" if cost.covers else ""
            sentence = f"Cost estimate, not an approved budget: {exact_pounds(cost.amount_pounds)}{covers}"
            yield self._sentence(sentence, cost)

    def _sentence(self, text, record):
        """The text with the date, basis, source and address of what the record states."""
        fact = fact_of(record, self.sources)
        return ". ".join(filter(None, [text.strip(" ."), fact.provenance, record.source_url]))

    def _parties(self, project, acting):
        """The organisation that acts for the lead, the lead itself if it has ended, the partners and the funders.

        Two that have one ODS code are one party: the same body, under the name of the first.
        """
        roles, lead = {}, project.lead_organisation
        if acting:
            roles[acting] = ["publicAuthority"]
        for other in filter(None, [lead, *project.partner_organisations.all()]):
            roles.setdefault(other, ["interestedParty"])
        names = {}
        for line in project.funding_lines.all():
            if body := line.funding_organisation:
                roles[body] = [*roles.get(body, []), "funder"]
            else:
                funder = _funder(line)
                names[funder["id"]] = funder["name"]
        others = [{"id": pk, "name": name, "roles": ["funder"]} for pk, name in names.items()]
        parties = {}
        for body in roles:
            party = parties.setdefault(_reference(body)["id"], {**_organisation(body), "roles": []})
            party["roles"] = list(dict.fromkeys([*party["roles"], *roles[body]]))
        return [*parties.values(), *others]

    def _budget(self, project):
        """What the sources say of the funding, by funder: no source states the whole budget of a project."""
        lines = [
            _without_empty(
                {
                    "id": str(line.pk),
                    "description": self._sentence(funding_label(line), line),
                    "amount": line.amount_pounds and {"amount": float(line.amount_pounds), "currency": "GBP"},
                    "sourceParty": _funder(line),
                }
            )
            for line in project.funding_lines.all()
        ]
        about = "Funding that sources report, or that was entered in the portal. It is not an approved budget."
        return lines and {"budgetBreakdowns": [{"id": "funders", "description": about, "budgetBreakdown": lines}]}

    def _milestone(self, milestone, delivery_state):
        statements = milestone.statements.all()
        position = MilestoneDates.from_statements(statements).at(self.today, delivery_state)
        statement, date = newest_statement(statements), milestone.accepted
        description = position.in_text
        if date and not _is_day(date):
            description += f". Date known to the {DatePrecision(date.precision).label.lower()}"
        reached = milestone.accepted_reached
        return _without_empty(
            {
                "id": str(milestone.pk),
                "title": milestone.title,
                "description": self._sentence(description, statement) if statement else description,
                "status": "met" if reached else "scheduled",
                "dateMet" if reached else "dueDate": _day(milestone.accepted_until) if date else None,
                "dateModified": _day(statement.dated.last) if statement and statement.dated else None,
            }
        )

    def _documents(self, project):
        """The page of the project, its public documents, and every source of its facts."""
        page = absolute(project.get_absolute_url())
        documents = [{"id": "page", "title": "The project's page", "url": page, "format": "text/html"}]
        for document in project.documents.all():
            documents.append(
                {
                    "id": str(document.pk),
                    "documentType": DOCUMENT_TYPES.get(document.kind),
                    "title": document.title,
                    "url": document.url,
                    "datePublished": _day(document.dated) if document.dated else None,
                }
            )
        return [_without_empty(document) for document in [*documents, *self._source_documents(project)]]

    def _source_documents(self, project):
        milestones = project.milestones.all()
        records = [
            *project.accepted_statements,
            *(statement for milestone in milestones for statement in milestone.statements.all()),
            *project.cost_estimates.all(),
            *project.funding_lines.all(),
        ]
        urls = [project.accepted_stage_source_url, *(record.source_url for record in records)]
        urls += [source.url for source in project.sources.all()]
        for url in dict.fromkeys(filter(None, urls)):
            source = self.sources[url]
            date = source.date.label if source.date else "not known"
            yield {
                "id": f"source-{hashlib.sha256(url.encode()).hexdigest()[:12]}",
                "title": source.title or source.publisher,
                "description": f"Source of facts of this project. Date: {date}",
                "author": source.publisher,
                "url": url,
                "datePublished": _day(source.date.last) if source.date else None,
            }

    def _related(self, project):
        """The plan that this project is part of. The code is ours: the codelist of the standard is open."""
        if project.parent_id not in self.public_ids:
            return []
        return [
            {
                "id": "parent",
                "scheme": "oc4ids",
                "identifier": identifier(project.parent),
                "title": project.parent.title,
                "relationship": "partOf",
                "uri": absolute(project.parent.get_absolute_url()),
            }
        ]


def _period(milestones):
    """The start on site and the opening, each only if it is known to the day: a period has no room for more."""
    start = next((milestone for milestone in milestones if milestone.gate == Gate.START), None)
    start, opening = (
        milestone.accepted_on if milestone and milestone.accepted and _is_day(milestone.accepted) else None
        for milestone in (start, main_opening(milestones))
    )
    return _without_empty({"startDate": start and _day(start), "endDate": opening and _day(opening)})


def _locations(project):
    site = project.site
    if site is None:
        return [{"id": project.place.slug, "description": project.place.name}] if project.place else []
    point = None
    if site.latitude is not None:
        point = {"type": "Point", "coordinates": [float(site.longitude), float(site.latitude)]}
    address = {
        "streetAddress": site.address,
        "region": site.place.name if site.place else "",
        "postalCode": site.postcode,
        "countryName": "United Kingdom",
    }
    place = {
        "id": site.slug,
        "description": ". ".join(filter(None, [site.name, location_note(site) if point else ""])),
        "geometry": point,
        "address": _without_empty(address),
        "uri": absolute(site.get_absolute_url()),
    }
    return [_without_empty(place)]


def _organisation(organisation):
    values = {"id": _reference(organisation)["id"], "name": organisation.name}
    if organisation.ods_code:
        values["identifier"] = {"scheme": "GB-NHS", "id": organisation.ods_code, "legalName": organisation.name}
    return values


def funding_label(line):
    """The funder, amount, status and note of a funding line: "NHS England, £2,400,000, secured"."""
    amount = "amount not known" if line.amount_pounds is None else exact_pounds(line.amount_pounds)
    is_stated = line.status != FundingStatus.NOT_STATED
    status = line.get_status_display().lower() if is_stated else "status not stated"
    return ", ".join(filter(None, [line.funder, amount, status, line.note]))


def _funder(line):
    """The reference to the funder of a funding line: the organisation that pays it, else the words of the source."""
    if line.funding_organisation:
        return _reference(line.funding_organisation)
    return {"id": f"funder-{slugify(line.funder) or line.pk}", "name": line.funder}


def _reference(organisation):
    return {
        "id": f"GB-NHS-{organisation.ods_code}" if organisation.ods_code else organisation.slug,
        "name": organisation.name,
    }


def _without_empty(values):
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _is_day(date):
    return date.precision == DatePrecision.DAY


def _day(day):
    return f"{day.isoformat()}T00:00:00Z"


def moment(at):
    """The time in the form of the standard; None for None."""
    return at and at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
