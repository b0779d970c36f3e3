"""The sheets of sites and of their estate returns: what one reader can see."""

from django.db.models.functions import Lower

from estates_portal.dates import DatePrecision
from estates_portal.sorting import SortKey
from projects.browse.estate import GROUPS, number
from projects.columns import DATE, FIGURE, NUMBER, Column, yes
from projects.models import year_label
from sites.models import EstateReturn, Grade, Site, SiteScheme, distinct_names, hide_waiting
from sites.models.estate import ESTATE_FIGURES

from .sheets import CHUNK, Sheet

LABELS = {name: label for figures in GROUPS.values() for name, label in figures.items()}


SITES = Sheet(
    "sites",
    "Sites",
    (
        Column("Site", "name", width=44),
        Column("Accepted", "accepted"),
        Column("Address", "address", width=36),
        Column("Postcode", "postcode"),
        Column("Place", "where", width=20),
        Column("Type", "kind", width=20),
        Column("Type as published", "type_as_published", width=28),
        Column("Site owner", "owner", width=36),
        Column("Reporting organisation", "reported_by", width=36),
        Column("ODS code", "ods_code"),
        Column("Earlier codes", "earlier_codes", width=20),
        Column("ODS code of its GP practice", "practice_code"),
        Column("UPRN", "uprn"),
        Column("Tenure", "tenure"),
        Column("Lease ends on", "lease_ends_on", kind=DATE),
        Column("Condition", "condition", width=28),
        Column("Surveyed on", "surveyed_on", kind=DATE),
        Column("Surveyed on precision", "surveyed_on_precision"),
        Column("Survey accepted", "survey_accepted"),
        Column("Year of newest return", "return_year"),
        Column("Returns of that year", "returns_that_year", kind=NUMBER),
        Column("Figures from the return of", "returned_by", width=36),
        Column("Return accepted", "return_accepted"),
        Column("Gross internal area, m²", "area", kind=FIGURE),
        Column("Backlog, £", "backlog", kind=FIGURE),
        Column("Critical infrastructure risk, £", "cir", kind=FIGURE),
        Column("Source address", "source_url", width=44),
        Column("Source date", "source_date", kind=DATE),
        Column("Example data", "is_example"),
    ),
    None,
)
RETURNS = Sheet(
    "estate-returns",
    "Estate returns",
    (
        Column("Site", "site", width=44),
        Column("Aggregate", "is_aggregate"),
        Column("Year", "year"),
        Column("As at", "as_at", kind=DATE),
        Column("Reporting organisation", "reporter", width=36),
        Column("Organisation as published", "reported_as", width=36),
        Column("Site name as published", "site_name_as_published", width=36),
        Column("Site type as published", "site_type_as_published", width=28),
        *(Column(label, name, kind=FIGURE) for name, label in LABELS.items()),
        Column("Why figures are unknown", "why_unknown", width=44),
        Column("Age of the buildings, %", "age_bands", width=44),
        Column("Basis", "basis", width=28),
        Column("Source text", "source_words", width=36),
        Column("Source address", "source_url", width=44),
        Column("Row in the source", "source_row", kind=NUMBER),
        Column("Published on", "published_on", kind=DATE),
        Column("Accepted", "accepted"),
        Column("Example data", "is_example"),
    ),
    None,
)


def site_rows(sites, reader):
    """Yields the rows of SITES, in the order of the sites of a `SiteFilter`, as `reader` can see them."""
    names = _names_alike(reader)
    sites = sites.select_related("place", "owner", "reported_by").prefetch_related("identifiers")
    for site in sites.iterator(CHUNK):
        hide_waiting(site, reader, "owner", "reported_by")
        yield _cells(SITES, site, _of_site(site) | {"name": names.get(site.pk, site.name)})


def _names_alike(reader):
    """{id: name} of the sites that share a name, as the list of sites has them. One query, six if any do."""
    sites = Site.objects.visible_to(reader)
    shared = sites.shared_names()
    return distinct_names(sites.alias(lower=Lower("name")).filter(lower__in=shared), shared)


def _of_site(site):
    practices = [code.value for code in site.codes if code.scheme == SiteScheme.ODS_PRACTICE]
    has_date = site.surveyed_on is not None
    return {
        "where": "" if site.where == "Not known" else site.where,
        "kind": site.get_kind_display(),
        "earlier_codes": ", ".join(code.value for code in site.earlier_codes),
        "practice_code": ", ".join(practices),
        "tenure": site.get_tenure_display(),
        "condition": Grade(site.condition).label if site.condition else "",
        "surveyed_on_precision": DatePrecision(site.surveyed_on_precision).label if has_date else "",
        "return_year": "" if site.return_year is None else year_label(site.return_year),
        "accepted": yes(site.accepted),
        "survey_accepted": _accepted(site.survey_accepted),
        "return_accepted": _accepted(site.return_accepted),
        "is_example": yes(site.is_example),
    }


def _accepted(value):
    """ "Yes" or "No"; "" without a record."""
    return "" if value is None else yes(value)


def return_rows(site_ids, reader, *, with_aggregates):
    """Yields the rows of RETURNS of the sites, in their order, newest first; then on request those of aggregates."""
    visible = EstateReturn.objects.naming_visible(reader).select_related("site", "aggregate_of", "reported_by")
    names = _names_alike(reader)
    for start in range(0, len(site_ids), CHUNK):
        chunk = site_ids[start : start + CHUNK]
        order = {pk: place for place, pk in enumerate(chunk)}
        rows = sorted(visible.filter(site__in=chunk), key=lambda row: order[row.site_id])
        for row in rows:
            yield _cells(RETURNS, row, _of_return(row) | {"site": names.get(row.site_id, row.site.name)})
    if with_aggregates:
        aggregates = visible.filter(site=None).order_by(SortKey("aggregate_of__name"), "-year")
        yield from (_cells(RETURNS, row, _of_return(row)) for row in aggregates)


def _of_return(row):
    owner = row.site or row.aggregate_of
    return {
        "site": row.site.name if row.site else f"Aggregate of {row.aggregate_of}",
        "is_aggregate": yes(row.site is None),
        "year": row.financial_year,
        "why_unknown": "; ".join(
            f"{LABELS[name]}: {row.why_unknown[name]}"
            for name in ESTATE_FIGURES
            if name in row.why_unknown and getattr(row, name) is None
        ),
        "age_bands": "; ".join(f"{band}: {number(share) or 'not known'}" for band, share in row.age_bands),
        "basis": row.get_basis_display(),
        "accepted": yes(row.accepted),
        "is_example": yes(owner.is_example),
    }


def _cells(sheet, record, values):
    """The cells of a record: those of `values`, and its own attributes. A figure has at most two decimal places."""
    cells = [values[column.name] if column.name in values else getattr(record, column.name) for column in sheet.columns]
    return [
        (int(cell) if cell == int(cell) else round(cell, 2)) if column.kind == FIGURE and cell is not None else cell
        for column, cell in zip(sheet.columns, cells, strict=True)
    ]
