"""Loads the data of one system: the format of its files, and the records made from them. See docs/data.md."""

import datetime
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from estates_portal.addresses import former_owners
from estates_portal.dates import DatePrecision, PartialDate
from estates_portal.spreadsheets import UnreadableFile, read_sheets
from projects.models import (
    CostEstimate,
    DeliveryState,
    FundingLine,
    FundingStatus,
    HospitalScheme,
    Hub,
    HubType,
    Milestone,
    MilestoneKind,
    MilestoneStatement,
    OtherName,
    Priority,
    Programme,
    ProgressNote,
    Project,
    ProjectSource,
    SearchSynonym,
    Source,
    Stage,
    StageBasis,
    StageStatement,
    StatementKind,
    StrategySection,
    gate_of,
)
from sites.map import outlines
from sites.models import (
    UK_LATITUDES,
    UK_LONGITUDES,
    EstateReturn,
    LocationPrecision,
    Organisation,
    OrganisationIdentifier,
    OrganisationKind,
    OrganisationScheme,
    Place,
    Site,
    SiteIdentifier,
    SiteScheme,
    System,
)
from sites.models.site import AGGREGATE

from .eric_file import read_eric
from .estate_returns import Published, ReturnsImport
from .matching import same_record
from .tables import (
    CellError,
    ImportErrors,
    Reference,
    Table,
    Text,
    circles,
    day,
    degrees,
    like,
    many,
    one_of,
    read_tables,
    required_day,
    required_number,
    whole_number,
)

REASON = "Loaded from the system's data"  # in the history of every record

STAGES = {
    "identified": Stage.IDENTIFIED,
    "strategic_outline_case": Stage.SOC,
    "outline_business_case": Stage.OBC,
    "full_business_case": Stage.FBC,
    "construction": Stage.CONSTRUCTION,
    "operational": Stage.OPERATIONAL,
    "closed": Stage.CLOSED,
}
ON_HOLD = "on_hold"  # a stage in the files, a delivery state in the portal
IN_USE_OR_OVER = {"operational", "closed"}
PRECISIONS = {precision.value: precision for precision in DatePrecision}
YES = {"": False, "yes": True}
IGNORING_CASE = {"reference": "reference__iexact"}

FUNDING = re.compile(r"(?P<funder>.+?)(?: (?P<amount>[0-9]{1,3}(?:,[0-9]{3})+)(?: (?P<note>.+))?)?")


# Cells and checks of these files


def slug_and_reference(text):
    like(Project, "reference")(text)
    return like(Project, "slug")(text)


def required_text(text):
    if not text:
        raise ValueError("is empty")
    return text


def optional_code(text):
    return like(OrganisationIdentifier, "value")(text) if text else ""


def funding(text):
    """“Homes England 3,634,000 for the flats” as (funder, amount or None, note)."""
    match = FUNDING.fullmatch(text)
    amount = match["amount"]
    funder = like(FundingLine, "funder")(match["funder"])
    note = like(FundingLine, "note")(match["note"] or "")
    return funder, Decimal(amount.replace(",", "")) if amount else None, note


def check_organisation(row):
    if row["valid_from"] and row["valid_to"] and row["valid_to"] <= row["valid_from"]:
        yield "valid_to", "is not after valid_from"
    yield from check_name(row)


def check_name(row):
    if not 0 < len(slugify(row["name"])) <= 120:
        yield "name", "does not make a web address of 1 to 120 letters"


def check_site(row):
    yield from check_name(row)
    if row["place"] and row["outside_area"]:
        yield "outside_area", "is only for sites without a place"
    latitude, longitude = row["latitude"], row["longitude"]
    for column, value, other in (("latitude", latitude, "longitude"), ("longitude", longitude, "latitude")):
        if value is None and row[other] is not None:
            yield column, f"is empty but has a {other}"
    for column, value, (low, high) in (
        ("latitude", latitude, UK_LATITUDES),
        ("longitude", longitude, UK_LONGITUDES),
    ):
        if value is not None and not low <= value <= high:
            yield column, f"{row.text[column]} is outside the United Kingdom"


def check_code(row):
    if row["code"] == AGGREGATE:
        yield "code", "means several sites together"


def check_scheme(row):
    if bool(row["hub_type"]) != (row["scheme_type"] is Hub):
        yield "hub_type", "is for hubs, and every hub has one"
    if row["stage_reached"] and row["stage"] != ON_HOLD:
        yield "stage_reached", "is only for schemes on hold"
    if row["hold_reason"] and row["stage"] != ON_HOLD:
        yield "hold_reason", "is only for schemes on hold"
    if row["cost_covers"] and row["capital_cost_gbp"] is None:
        yield "cost_covers", "is filled in without a cost"
    yield from check_period(row, "stage_source_date", "stage_source_date_precision")


def check_milestone(row):
    yield from check_period(row, "date", "date_precision")
    if row["superseded"] and row["kind"] != StatementKind.FORECAST:
        yield "superseded", "is only for planned dates"


def check_source(row):
    yield from check_period(row, "dated_on", "date_precision")


def check_period(row, column, precision_column):
    date, precision = row[column], row[precision_column]
    if date and date != PartialDate.of(date, precision).first:
        yield column, f"{date} is not the first day of its {precision}"


TABLES = {
    "system": Table(
        "system.csv",
        {
            "name": like(System, "name"),
            "short_name": like(System, "short_name"),
            "organisation": Reference("organisations", "name"),
            "office_email": like(System, "office_email"),
            "strategy_summary": like(System, "strategy_summary"),
            "openings_since": whole_number(System, "openings_since"),
            "search_examples": like(System, "search_examples"),
            "attribution": like(System, "attribution"),
        },
        lines=1,
    ),
    "sources": Table(
        "sources.csv",
        {
            "url": like(Source, "url"),
            "publisher": like(Source, "publisher"),
            "title": like(Source, "title"),
            "dated_on": day,
            "date_precision": one_of({"": DatePrecision.DAY, **PRECISIONS}),
        },
        unique=(("url",),),
        check=check_source,
    ),
    "organisations": Table(
        "organisations.csv",
        {
            "code": optional_code,
            "name": like(Organisation, "name"),
            "kind": like(Organisation, "kind"),
            "place": Reference("places", "name"),
            "source_url": like(Organisation, "source_url"),
            "valid_from": day,
            "valid_to": day,
            "successor_name": Reference("organisations", "name"),
            "note": like(Organisation, "note"),
            "short_name": like(Organisation, "short_name"),
        },
        unique=(("name",),),
        check=check_organisation,
    ),
    "practices": Table(
        "ods/practices.csv",
        {
            "code": optional_code,
            "name": like(Organisation, "name"),
            "place": Reference("places", "name"),
            "postcode": like(Organisation, "postcode"),
            "network": Reference("organisations", "name"),
            "ods_name": str,
            "note": like(Organisation, "note"),
            "source_url": like(Organisation, "source_url"),
        },
        unique=(("name",), ("code",)),
        check=check_name,
    ),
    "places": Table(
        "places.csv",
        {
            "name": like(Place, "name"),
            "council_name": Reference("organisations", "name"),
            "population": whole_number(Place, "population"),
            "source_url": like(Place, "source_url"),
            "population_date": day,
            "gss_code": like(Place, "gss_code"),
        },
        unique=(("name",),),
        check=check_name,
    ),
    "priorities": Table(
        "priorities.csv",
        {
            "code": like(Priority, "slug"),
            "name": like(Priority, "title"),
            "kind": like(Priority, "kind"),
            "description": like(Priority, "description"),
            "source_url": like(Priority, "source_url"),
            "source_read_on": day,
        },
        unique=(("code",), ("name",)),
    ),
    "sites": Table(
        "sites.csv",
        {
            "name": like(Site, "name"),
            "kind": like(Site, "kind"),
            "place": Reference("places", "name"),
            "outside_area": one_of(YES),
            "owner_organisation": Reference("organisations", "name"),
            "address": like(Site, "address"),
            "postcode": like(Site, "postcode"),
            "latitude": degrees,
            "longitude": degrees,
            "source_url": like(Site, "source_url"),
            "source_date": day,
            "location_precision": one_of({"": "", **{p.value: p for p in LocationPrecision}}),
            "note": like(Site, "note"),
        },
        unique=(("name",),),
        check=check_site,
    ),
    "site_codes": Table(
        "site_codes.csv",
        {
            "site_name": Reference("sites", "name", required=True),
            "scheme": like(SiteIdentifier, "scheme"),
            "code": like(SiteIdentifier, "value"),
            "superseded": one_of(YES),
            "source_url": like(SiteIdentifier, "source_url"),
            "note": like(SiteIdentifier, "note"),
        },
        unique=(("code", "scheme"),),
        check=check_code,
    ),
    "estate_returns": Table(
        "estate_returns.csv",
        {
            "file": required_text,
            "year": like(EstateReturn, "year"),
            "source_words": like(EstateReturn, "source_words"),
            "source_url": like(EstateReturn, "source_url"),
            "published_on": day,
        },
        unique=(("file",), ("year",)),
    ),
    "schemes": Table(
        "schemes.csv",
        {
            "reference": slug_and_reference,
            "title": like(Project, "title"),
            "scheme_type": one_of({"hub": Hub, "hospital_scheme": HospitalScheme}),
            "hub_type": one_of({"": "", **{hub_type.value: hub_type for hub_type in HubType}}),
            "parent_reference": Reference("schemes", "reference"),
            "priority": Reference("priorities", "code"),
            "place": Reference("places", "name"),
            "lead_organisation": Reference("organisations", "name"),
            "site_name": Reference("sites", "name"),
            "summary": like(Project, "summary"),
            "stage": one_of({**{stage: stage for stage in STAGES}, ON_HOLD: ON_HOLD}),
            "stage_source_date": day,
            "capital_cost_gbp": whole_number(CostEstimate, "amount_pounds"),
            "funding_sources": many(funding),
            "source_url": like(Project, "stage_source_url"),
            "stage_source_date_precision": one_of({"": DatePrecision.DAY, **PRECISIONS}),
            "stage_basis": one_of({"stated": StageBasis.STATED, "inferred": StageBasis.INFERRED}),
            "also_known_as": many(like(OtherName, "name")),
            "other_site_names": Reference("sites", "name", many=True),
            "other_source_urls": many(like(ProjectSource, "url")),
            "stage_reached": one_of({"": "", **STAGES}),
            "cost_covers": like(CostEstimate, "covers"),
            "hold_reason": like(StageStatement, "reason"),
        },
        unique=(("reference",),),
        check=check_scheme,
    ),
    "funders": Table(
        "funders.csv",
        {
            "funder": like(FundingLine, "funder"),
            "kind": like(FundingLine, "funder_kind"),
            "organisation": Reference("organisations", "name"),
        },
        unique=(("funder",),),
    ),
    "costs": Table(
        "costs.csv",
        {
            "scheme_reference": Reference("schemes", "reference", required=True),
            "amount_gbp": required_number(CostEstimate, "amount_pounds"),
            "covers": like(CostEstimate, "covers"),
            "source_url": like(CostEstimate, "source_url"),
            "source_date": day,
            "source_date_precision": one_of({"": DatePrecision.DAY, **PRECISIONS}),
        },
        unique=(("scheme_reference", "amount_gbp"),),
    ),
    "programmes": Table(
        "programmes.csv",
        {
            "slug": like(Programme, "slug"),
            "name": like(Programme, "name"),
            "description": like(Programme, "description"),
            "lead_organisation": Reference("organisations", "name"),
            "priority": Reference("priorities", "code"),
            "scheme_reference": Reference("schemes", "reference"),
            "source_url": like(Programme, "source_url"),
            "source_read_on": day,
        },
        unique=(("slug",), ("name",), ("scheme_reference",)),
    ),
    "strategy": Table(
        "strategy.csv",
        {
            "slug": like(StrategySection, "slug"),
            "title": like(StrategySection, "title"),
            "text": like(StrategySection, "text"),
            "priorities": Reference("priorities", "code", many=True),
            "programmes": Reference("programmes", "slug", many=True),
            "schemes": Reference("schemes", "reference", many=True),
            "source_url": like(StrategySection, "source_url"),
            "source_read_on": required_day,
        },
        unique=(("slug",), ("title",)),
    ),
    "milestones": Table(
        "milestones.csv",
        {
            "scheme_reference": Reference("schemes", "reference", required=True),
            "title": like(Milestone, "title"),
            "date": required_day,
            "date_precision": one_of(PRECISIONS),
            "kind": one_of({"planned": StatementKind.FORECAST, "actual": StatementKind.ACTUAL}),
            "source_url": like(MilestoneStatement, "source_url"),
            "source_date": day,
            "event": like(Milestone, "title"),
            "event_kind": one_of({kind.value: kind for kind in MilestoneKind}),
            "superseded": one_of(YES),
        },
        unique=(("scheme_reference", "title", "date", "kind"),),
        check=check_milestone,
    ),
    "synonyms": Table(
        "synonyms.csv",
        {"words": like(SearchSynonym, "words"), "finds": like(SearchSynonym, "finds")},
        unique=(("words",),),
    ),
    "updates": Table(
        "updates.csv",
        {
            "scheme_reference": Reference("schemes", "reference", required=True),
            "date": required_day,
            "note": like(ProgressNote, "text"),
            "source_url": like(ProgressNote, "source_url"),
        },
        unique=(("scheme_reference", "date", "note"),),
    ),
}

TEXTS = {
    "about_the_data": Text("about.md"),
    "boundary": Text("boundary/places.geojson", check=outlines),
}


def cross_row_errors(rows_of):
    """Errors across rows and files."""
    errors = circles(rows_of["organisations"], "name", "successor_name")
    errors += circles(rows_of["schemes"], "reference", "parent_reference")

    codes = {}
    for row in rows_of["organisations"]:
        for earlier in codes.get(row.cells.get("code"), []):
            if identifier_of(row).overlaps(identifier_of(earlier)):
                errors.append(
                    row.error("code", f"“{row.text['code']}” is already on line {earlier.line} for the same period")
                )
        if row.cells.get("code"):
            codes.setdefault(row["code"], []).append(row)
    slugs = {}
    for row in rows_of["organisations"] + rows_of["practices"]:
        if row.file == TABLES["practices"].path and row.cells.get("code") in codes:
            errors.append(row.error("code", f"“{row.text['code']}” is already in {TABLES['organisations'].path}"))
        slug = slugify(row.text["name"])
        if slug in slugs and slugs[slug].text["name"] != row.text["name"]:
            errors.append(row.error("name", f"makes the same web address as “{slugs[slug].text['name']}”"))
        elif slug in slugs and slugs[slug].file != row.file:
            errors.append(row.error("name", f"“{row.text['name']}” is already in {slugs[slug].file}"))
        slugs.setdefault(slug, row)

    networks = {
        row.text["name"]
        for row in rows_of["organisations"]
        if row.text["kind"] == OrganisationKind.PRIMARY_CARE_NETWORK
    }
    names = {row.text["name"] for row in rows_of["organisations"]}
    for row in rows_of["practices"]:
        if row.text["network"] in names - networks:
            errors.append(row.error("network", f"“{row.text['network']}” is not a primary care network"))

    kinds = {}
    for row in rows_of["milestones"]:
        event = row.text["scheme_reference"], row.text["event"]
        if kinds.setdefault(event, row.text["event_kind"]) != row.text["event_kind"]:
            errors.append(row.error("event_kind", f"differs from an earlier line about “{row.text['event']}”"))
    return errors


def identifier_of(row):
    """The ODS code of a row of organisations, for as long as the organisation is valid. It is not saved."""
    return OrganisationIdentifier(
        scheme=OrganisationScheme.ODS,
        value=row["code"],
        valid_from=row.cells.get("valid_from"),
        valid_to=row.cells.get("valid_to"),
    )


# Loading


def load_system(folder, *, dry_run=False):
    """Add new records from the files in `folder` and return their `Counts`.

    Raises ImportErrors with every error before anything is saved. A record with the same slug, reference, name or code
    as an existing one is skipped, with its related records, so corrections are not overwritten. With `dry_run`, nothing
    is saved.
    """
    rows_of, content_of = read_tables(Path(folder), TABLES, TEXTS, cross_row_errors)
    files = read_estate_returns(Path(folder), rows_of["estate_returns"])
    with transaction.atomic():
        loading = Loading(rows_of, content_of, files)
        loading.run()
        if dry_run:
            transaction.set_rollback(True)
    return loading.counts


def read_estate_returns(folder, rows):
    """{file: `EricFile`} of the rows of estate_returns.csv. Raises ImportErrors for files that cannot be used."""
    files, errors = {}, []
    for row in rows:
        try:
            eric = files[row["file"]] = read_eric(read_sheets((folder / row["file"]).read_bytes()))
        except (OSError, UnreadableFile) as error:
            errors.append(row.error("file", f"cannot be read ({getattr(error, 'strerror', None) or error})"))
        else:
            errors += [CellError(row["file"], None, "", problem) for problem in eric.problems]
    if errors:
        raise ImportErrors(errors)
    return files


class Counts:
    """The number of records added and left unchanged, for each model in the order of loading."""

    def __init__(self):
        self.added, self.left = Counter(), Counter()

    def __str__(self):
        kinds = dict.fromkeys([*self.added, *self.left])
        return "; ".join(f"{kind} {self.added[kind]} new, {self.left[kind]} left" for kind in kinds)


class Loading:
    """One run of the loader over checked rows."""

    def __init__(self, rows_of, content_of, estate_files):
        self.rows_of, self.content_of, self.estate_files = rows_of, content_of, estate_files
        self.counts = Counts()
        self.places, self.organisations, self.sites = {}, {}, {}
        self.priorities, self.programmes_by_slug, self.projects = {}, {}, {}
        self.programmes = {}  # by the reference of their scheme
        self.funders = {row["funder"]: row for row in rows_of["funders"]}
        self.source_dates = {
            row["url"]: (row["dated_on"], row["date_precision"]) for row in rows_of["sources"] if row["dated_on"]
        }

    def run(self):
        self.add_sources()
        self.add_places()
        self.add_organisations()
        self.add_practices()
        self.add_councils()
        self.add_system()
        self.add_sites()
        self.add_estate_returns()
        self.add_priorities()
        self.add_programmes()
        self.add_projects()
        self.add_strategy()
        self.add_synonyms()

    def save(self, record):
        record._change_reason = REASON
        record.save()
        self.counts.added[self.kind_of(type(record))] += 1
        return record

    def save_all(self, records):
        for record in records:
            self.save(record)

    def save_parts(self, is_new, parts):
        """Save the parts of a new record. Those of an existing one are left."""
        for part in parts:
            if is_new:
                self.save(part)
            else:
                self.counts.left[self.kind_of(type(part))] += 1

    def kind_of(self, model):
        model = Project if issubclass(model, Project) else model
        return str(model._meta.verbose_name_plural)

    def record(self, model, known_by, also=(), **fields):
        """(record, whether it is new).

        A record with the same value in any of the `known_by` fields is not new, nor is one that had the same slug, nor
        one whose id is in `also`.
        """
        matches = Q(pk__in=also)
        for name in known_by:
            if fields[name]:
                matches |= Q(**{IGNORING_CASE.get(name, name): fields[name]})
        if "slug" in known_by:
            matches |= Q(pk__in=former_owners(model, fields["slug"]))
        # both types of project share references
        existing = (Project if issubclass(model, Project) else model).objects.filter(matches).order_by("pk").first()
        if existing:
            self.counts.left[self.kind_of(model)] += 1
            return existing, False
        return self.save(model(**fields)), True

    def add_sources(self):
        for row in self.rows_of["sources"]:
            self.record(
                Source,
                ("url",),
                url=row["url"],
                publisher=row["publisher"],
                title=row["title"],
                dated_on=row["dated_on"],
                date_precision=row["date_precision"],
            )

    def date_of(self, url):
        """(date of the source at this address, its precision); no date if it is not known."""
        return self.source_dates.get(url, (None, DatePrecision.DAY))

    def add_places(self):
        self.new_places = []
        for row in self.rows_of["places"]:
            place, is_new = self.record(
                Place,
                ("slug", "name"),
                name=row["name"],
                slug=slugify(row["name"]),
                gss_code=row["gss_code"],
                population=row["population"],
                population_on=row["population_date"],
                source_url=row["source_url"],
            )
            self.places[row["name"]] = place
            if is_new:
                self.new_places.append((place, row["council_name"]))

    def add_councils(self):
        """Set the councils of new places, after both are saved: councils have a place too."""
        for place, council in self.new_places:
            if council:
                place.council = self.organisations[council]
                place._change_reason = REASON
                place.save(update_fields=["council"])

    def add_organisations(self):
        rows = {row["name"]: row for row in self.rows_of["organisations"]}
        for name in successors_first(rows, "successor_name"):
            row = rows[name]
            self.organisations[name] = self.organisation(
                row,
                short_name=row["short_name"],
                kind=row["kind"],
                valid_from=row["valid_from"],
                valid_to=row["valid_to"],
                successor=self.organisations.get(row["successor_name"]),
            )

    def add_practices(self):
        for row in self.rows_of["practices"]:
            self.organisation(
                row,
                kind=OrganisationKind.GP_PRACTICE,
                network=self.organisations.get(row["network"]),
                postcode=row["postcode"],
            )

    def organisation(self, row, **fields):
        """The organisation of the row, with its code if it is new. One that has the code in its period is not new."""
        code, holders = identifier_of(row), []
        if code.value:
            same = OrganisationIdentifier.objects.filter(scheme=code.scheme, value=code.value)
            holders = [other.organisation_id for other in same if other.overlaps(code)]
        organisation, is_new = self.record(
            Organisation,
            ("slug", "name"),
            holders,
            name=row["name"],
            slug=slugify(row["name"]),
            place=self.places.get(row["place"]),
            note=row["note"],
            source_url=row["source_url"],
            **fields,
        )
        code.organisation, code.source_url = organisation, row["source_url"]
        self.save_parts(is_new, [code] if code.value else [])
        return organisation

    def add_system(self):
        row = self.rows_of["system"][0]
        self.record(
            System,
            ("id",),
            id=1,
            name=row["name"],
            short_name=row["short_name"],
            organisation=self.organisations.get(row["organisation"]),
            office_email=row["office_email"],
            strategy_summary=row["strategy_summary"],
            openings_since=row["openings_since"],
            search_examples=row["search_examples"],
            attribution=row["attribution"],
            **self.content_of,
        )

    def add_sites(self):
        codes = grouped(self.rows_of["site_codes"], "site_name")
        for row in self.rows_of["sites"]:
            rows = codes.get(row["name"], [])
            same = SiteIdentifier.objects.filter(value__in=[code["code"] for code in rows])
            site, is_new = self.record(
                Site,
                ("slug", "name"),
                [code.site_id for code in same],
                name=row["name"],
                slug=slugify(row["name"]),
                kind=row["kind"],
                place=self.places.get(row["place"]),
                outside_area=row["outside_area"],
                owner=self.organisations.get(row["owner_organisation"]),
                address=row["address"],
                postcode=row["postcode"],
                latitude=row["latitude"],
                longitude=row["longitude"],
                location_precision=row["location_precision"],
                note=row["note"],
                source_url=row["source_url"],
                source_date=row["source_date"],
            )
            self.sites[row["name"]] = site
            self.save_parts(
                is_new,
                [
                    SiteIdentifier(
                        site=site,
                        scheme=code["scheme"],
                        value=code["code"],
                        superseded=code["superseded"],
                        source_url=code["source_url"],
                        note=code["note"],
                    )
                    for code in rows
                ],
            )

    def add_estate_returns(self):
        """Add the returns of every file that was not loaded before, accepted: corrections are not overwritten.

        Raises ImportErrors for codes that no organisation or site has, and for two rows of one return.
        """
        codes = [row for row in self.rows_of["site_codes"] if row["scheme"] == SiteScheme.ODS_SITE]
        sites = {row["code"]: same_record(self.sites[row["site_name"]]) for row in codes}
        for row in self.rows_of["estate_returns"]:
            rows = self.estate_files[row["file"]].rows
            source = Published(row["source_words"], row["source_url"], row["published_on"])
            loaded = {"year": row["year"], "source_words": source.words, "source_url": source.url}
            if EstateReturn.history.filter(history_type="+", **loaded).exists():
                self.leave(EstateReturn, len(rows))
                continue
            trusts = {return_row.organisation_code for return_row in rows}
            holders = self.holders_of_codes(datetime.date(row["year"] + 1, 3, 31))
            answers = {"organisations": holders, "sites": sites}
            returns = ReturnsImport(rows, year=row["year"], codes=trusts, answers=answers)
            if returns.questions:
                unknown = ", ".join(question.code for question in returns.questions)
                raise ImportErrors([row.error("file", f"has codes of no organisation or site in that year: {unknown}")])
            if returns.errors:
                raise ImportErrors([row.error("file", error) for error in returns.errors])
            counts = returns.apply(published=source, accept=True, correct=False)
            if counts["new"]:
                self.counts.added[self.kind_of(EstateReturn)] += counts["new"]
            self.leave(EstateReturn, len(returns.changes) - counts["new"])

    def holders_of_codes(self, on):
        """{code: answer} of the organisations that had a code on the day, by the dates in the files."""
        return {
            row["code"]: same_record(self.organisations[row["name"]])
            for row in self.rows_of["organisations"]
            if row["code"] and Organisation(valid_from=row["valid_from"], valid_to=row["valid_to"]).exists_on(on)
        }

    def add_priorities(self):
        for order, row in enumerate(self.rows_of["priorities"], start=1):
            self.priorities[row["code"]], _ = self.record(
                Priority,
                ("slug", "title"),
                title=row["name"],
                slug=row["code"],
                kind=row["kind"],
                description=row["description"],
                order=order,
                source_url=row["source_url"],
                source_read_on=row["source_read_on"],
            )

    def add_programmes(self):
        for row in self.rows_of["programmes"]:
            programme, is_new = self.record(
                Programme,
                ("slug", "name"),
                name=row["name"],
                slug=row["slug"],
                description=row["description"],
                lead_organisation=self.organisations.get(row["lead_organisation"]),
                source_url=row["source_url"],
                source_read_on=row["source_read_on"],
            )
            self.programmes_by_slug[row["slug"]] = programme
            if row["scheme_reference"]:
                self.programmes[row["scheme_reference"]] = programme
            if is_new and row["priority"]:
                programme.priorities.add(self.priorities[row["priority"]])

    def add_strategy(self):
        for order, row in enumerate(self.rows_of["strategy"], start=1):
            section, is_new = self.record(
                StrategySection,
                ("slug", "title"),
                title=row["title"],
                slug=row["slug"],
                text=row["text"],
                order=order,
                source_url=row["source_url"],
                source_read_on=row["source_read_on"],
            )
            if is_new:
                section.priorities.add(*(self.priorities[code] for code in row["priorities"]))
                section.programmes.add(*(self.programmes_by_slug[slug] for slug in row["programmes"]))
                section.projects.add(*(self.projects[reference] for reference in row["schemes"]))

    def add_synonyms(self):
        for row in self.rows_of["synonyms"]:
            self.record(SearchSynonym, ("words",), words=row["words"], finds=row["finds"])

    def add_projects(self):
        rows = {row["reference"]: row for row in self.rows_of["schemes"]}
        milestones = grouped(self.rows_of["milestones"], "scheme_reference")
        notes = grouped(self.rows_of["updates"], "scheme_reference")
        costs = grouped(self.rows_of["costs"], "scheme_reference")
        for reference in successors_first(rows, "parent_reference"):
            self.add_project(
                rows[reference], milestones.get(reference, []), notes.get(reference, []), costs.get(reference, [])
            )

    def add_project(self, row, milestone_rows, note_rows, cost_rows):
        on_hold = row["stage"] == ON_HOLD
        model = row["scheme_type"]
        parent = self.projects.get(row["parent_reference"])
        self.programmes.setdefault(row["reference"], self.programmes.get(row["parent_reference"]))
        project, is_new = self.record(
            model,
            ("reference", "slug"),
            reference=row["reference"].upper(),
            title=row["title"],
            slug=row["reference"],
            summary=row["summary"],
            programme=self.programmes[row["reference"]],
            parent=parent,
            place=self.places.get(row["place"]),
            site=self.sites.get(row["site_name"]),
            lead_organisation=self.organisations.get(row["lead_organisation"]),
            stage=row["stage_reached"] if on_hold else STAGES[row["stage"]],
            stage_as_of=row["stage_source_date"],
            stage_as_of_precision=row["stage_source_date_precision"],
            # the source of a scheme on hold does not state its stage
            stage_basis=StageBasis.INFERRED if row["stage_reached"] else row["stage_basis"],
            stage_source_url=row["source_url"],
            delivery_state=delivery_state(row["stage"]),
            published=True,
            **({"hub_type": row["hub_type"]} if model is Hub else {}),
        )
        if is_new:
            # of a scheme on hold, the source states the delivery state even if its stage is worked out
            project.stage_statements.exclude(delivery_state="").update(
                stated_on=row["stage_source_date"],
                precision=row["stage_source_date_precision"],
                basis=row["stage_basis"] if on_hold else StageBasis.INFERRED,
                reason=row["hold_reason"],
                source_url=row["source_url"],
            )
        self.projects[row["reference"]] = project
        names, sources = row["also_known_as"], row["other_source_urls"]
        if not is_new:
            self.leave(Milestone, len({milestone_row["event"] for milestone_row in milestone_rows}))
            self.leave(MilestoneStatement, len(milestone_rows))
            amounts = {row["capital_cost_gbp"], *(cost_row["amount_gbp"] for cost_row in cost_rows)} - {None}
            self.leave(CostEstimate, len(amounts))
            self.leave(FundingLine, len(row["funding_sources"]))
            self.leave(ProgressNote, len(note_rows))
            self.leave(OtherName, len(names))
            self.leave(ProjectSource, len(sources))
            return
        if row["priority"]:
            project.priorities.add(self.priorities[row["priority"]])
        project.further_sites.add(*(self.sites[name] for name in row["other_site_names"]))
        self.save_all(OtherName(project=project, name=name) for name in names)
        self.save_all(ProjectSource(project=project, url=url) for url in sources)
        self.add_money(project, row, cost_rows)
        gates = set()
        for event, rows in grouped(milestone_rows, "event").items():
            gate = "" if gate_of(event) in gates else gate_of(event)
            gates.add(gate)
            self.add_milestone(project, event, gate, rows)
        self.save_all(
            ProgressNote(
                project=project, date=note_row["date"], text=note_row["note"], source_url=note_row["source_url"]
            )
            for note_row in note_rows
        )

    def leave(self, model, count):
        if count:
            self.counts.left[self.kind_of(model)] += count

    def add_money(self, project, row, cost_rows):
        """Add the reported costs of a scheme, and its funding lines.

        A figure of the scheme's row can be from another page than the source of its stage, so that its source is not
        confirmed, unless a row of costs.csv has the same figure with its page. Funding has no stated status: the files
        do not say whether it is secured.
        """
        self.save_all(
            CostEstimate(
                project=project,
                amount_pounds=cost_row["amount_gbp"],
                covers=cost_row["covers"],
                source_url=cost_row["source_url"],
                source_confirmed=bool(cost_row["source_url"]),
                as_of=cost_row["source_date"],
                as_of_precision=cost_row["source_date_precision"],
            )
            for cost_row in cost_rows
        )
        as_of, precision = self.date_of(row["source_url"])
        date = {"as_of": as_of, "as_of_precision": precision}
        reported = {cost_row["amount_gbp"] for cost_row in cost_rows}
        if row["capital_cost_gbp"] is not None and row["capital_cost_gbp"] not in reported:
            self.save(
                CostEstimate(
                    project=project,
                    amount_pounds=row["capital_cost_gbp"],
                    covers=row["cost_covers"],
                    source_url=row["source_url"],
                    source_confirmed=False,
                    **date,
                )
            )
        self.save_all(
            FundingLine(
                project=project,
                funder=funder,
                **self.funder_of(funder),
                amount_pounds=amount,
                status=FundingStatus.NOT_STATED,
                note=note,
                source_url=row["source_url"],
                source_confirmed=False,
                **date,
            )
            for funder, amount, note in row["funding_sources"]
        )

    def funder_of(self, words):
        """The kind and organisation of a funder that the files name in these words."""
        row = self.funders.get(words)
        if row is None:
            return {}
        return {
            "funder_kind": row["kind"],
            "funding_organisation": self.organisations.get(row["organisation"]),
        }

    def add_milestone(self, project, event, gate, rows):
        milestone = self.save(Milestone(project=project, title=event, kind=rows[0]["event_kind"], gate=gate))
        for row in rows:
            stated = (row["source_date"], DatePrecision.DAY) if row["source_date"] else self.date_of(row["source_url"])
            self.save(
                MilestoneStatement(
                    milestone=milestone,
                    kind=row["kind"],
                    on=row["date"],
                    precision=row["date_precision"],
                    stated_on=stated[0],
                    stated_precision=stated[1],
                    superseded=bool(row["superseded"]),
                    wording=row["title"],
                    source_url=row["source_url"],
                )
            )
        milestone.refresh_dates()


def delivery_state(stage):
    """The delivery state for a stage of the files."""
    if stage == ON_HOLD:
        return DeliveryState.ON_HOLD
    return DeliveryState.COMPLETE if stage in IN_USE_OR_OVER else DeliveryState.ACTIVE


def grouped(rows, column):
    groups = {}
    for row in rows:
        groups.setdefault(row[column], []).append(row)
    return groups


def successors_first(rows, pointer):
    """The keys of `rows`, each after the key that its `pointer` column names. The rows must not form a circle."""
    order = {}

    def visit(key):
        if key and key not in order:
            visit(rows[key][pointer])
            order[key] = True

    for key in rows:
        visit(key)
    return list(order)
