"""What an import of estate returns would change, and the import itself."""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.text import slugify

from estates_portal.addresses import free_slug
from projects.labels import plural
from projects.models import year_label
from sites.acceptance import accept_returns, complete_site, make_way
from sites.models import (
    EstateReturn,
    OrganisationIdentifier,
    Site,
    SiteIdentifier,
    SiteScheme,
)
from sites.models.estate import BACKLOG, CIR

from .eric_file import AGE_BANDS, BLANK, FIGURES, NOT_IN_FILE
from .matching import match, same_name

PUBLICATION = "Estates Returns Information Collection"
PUBLISHED = ("reported_as", "site_code_as_published", "site_name_as_published", "site_type_as_published")
COMPARED = (*FIGURES, AGE_BANDS, "why_unknown", *PUBLISHED)
NO_CODE = "site_code_as_published", ""  # of a return of an earlier import: a code that it gets is no correction
SAYS_NOTHING = (NOT_IN_FILE, BLANK)  # such a cell does not erase a known figure


@dataclass(frozen=True)
class Published:
    """Where the returns were published, for their source."""

    words: str
    url: str = ""
    on: object = None


def default_source(year):
    return f"{PUBLICATION} (ERIC) {year_label(year)}"


@dataclass
class Change:
    """A row and its `EstateReturn` with the new values. `differences` are (label, before, after) of what changes."""

    row: object
    record: EstateReturn
    differences: list = field(default_factory=list)

    @property
    def is_new(self):
        return self.record.pk is None

    @property
    def difference_labels(self):
        """["high risk backlog (£): 8,877,570, now 9,000,000"]."""
        return [f"{label}: {shown(before)}, now {shown(after)}" for label, before, after in self.differences]


def shown(value):
    """A value of a return as text."""
    if isinstance(value, Decimal):
        return f"{value:,.2f}".removesuffix(".00")
    if isinstance(value, dict):
        return "; ".join(f"{column_label(name)} “{why}”" for name, why in value.items()) or "nothing"
    if isinstance(value, list):
        return "; ".join(f"{band} {shown(share)}%" for band, share in value) or "not known"
    return "not known" if value in (None, "") else str(value)


def column_label(name):
    return str(EstateReturn._meta.get_field(name).verbose_name)


TOTALS = [
    ("Area (m²)", "gross_internal_area_m2"),
    ("High (£)", "backlog_high_pounds"),
    ("Significant (£)", "backlog_significant_pounds"),
    ("Moderate (£)", "backlog_moderate_pounds"),
    ("Low (£)", "backlog_low_pounds"),
    ("CIR (£)", "cir"),
    ("Backlog (£)", "backlog"),
]


@dataclass
class TrustTotals:
    """The sums of the rows of one trust, or of several; None for a figure that is unknown in one of them."""

    label: str
    code: str = ""
    rows: int = 0
    aggregates: int = 0
    sums: dict = field(default_factory=dict)

    @property
    def cells(self):
        """[(label, sum)] in the order of TOTALS."""
        return [(label, self.sums.get(name)) for label, name in TOTALS]

    def add(self, row):
        self.rows += 1
        self.aggregates += row.is_aggregate
        totals = {
            **row.figures,
            "cir": total(row.figures, CIR),
            "backlog": total(row.figures, BACKLOG),
        }
        for name, value in totals.items():
            so_far = self.sums.get(name, Decimal(0))
            self.sums[name] = None if value is None or so_far is None else so_far + value


def total(figures, names):
    """The sum of these figures; None if one of them is unknown."""
    parts = [figures[name] for name in names]
    return None if None in parts else sum(parts)


class ReturnsImport:
    """The rows of the chosen trusts of a file, matched to our records, and what they would change.

    `rows` are `ReturnRow`s, `codes` those of the chosen trusts. See `matching` for `answers`.
    """

    def __init__(self, rows, *, year, codes, answers=None):
        self.year = year
        self.rows = [row for row in rows if row.organisation_code in set(codes)]
        self.matches = match(self.rows, year=year, answers=answers or {})
        self.left_out = [row for row in self.rows if row.organisation_code in self.matches.left_out]

    @property
    def questions(self):
        return self.matches.questions

    @property
    def errors(self):
        return self.matches.errors

    @property
    def imported_rows(self):
        return [row for row in self.rows if row.organisation_code not in self.matches.left_out]

    @cached_property
    def totals(self):
        """[`TrustTotals`] of each trust that is imported, and of all of them."""
        by_code, everything = {}, TrustTotals("Total")
        for row in self.imported_rows:
            totals = by_code.setdefault(
                row.organisation_code, TrustTotals(row.organisation_name, row.organisation_code)
            )
            totals.add(row)
            everything.add(row)
        return [*by_code.values(), everything]

    @cached_property
    def changes(self):
        """[`Change`] of every row whose organisation and site are known, unchanged ones too. One query."""
        existing = self._existing()
        changes = []
        for row in self.imported_rows:
            organisation = self.matches.organisations.get(row.organisation_code)
            site = None if row.is_aggregate else self.matches.sites.get(row.site_code)
            if organisation is None or (site is None and not row.is_aggregate):
                continue
            record = existing.get((site and site.pk, organisation.pk)) if organisation.pk else None
            if record is None and site and site.pk and reported_as_of(existing.get((site.pk, None)), row):
                record = existing.pop((site.pk, None))
            changes.append(self._change(row, record, organisation, site))
        return changes

    def _existing(self):
        """{(site id or None for an aggregate, id of the reporter or None if it is not known): return} of the year."""
        organisations = [organisation.pk for organisation in self.matches.organisations.values() if organisation.pk]
        sites = [site.pk for site in self.matches.sites.values() if site.pk]
        returns = EstateReturn.objects.filter(
            Q(reported_by__in=organisations)
            | Q(aggregate_of__in=organisations)
            | Q(site__in=sites, reported_by__isnull=True),
            year=self.year,
        ).select_related("site", "aggregate_of", "reported_by")
        return {(row.site_id, row.aggregate_of_id or row.reported_by_id): row for row in returns}

    def _change(self, row, record, organisation, site):
        differences = []
        if record is None:
            record = EstateReturn(year=self.year, source_row=row.line)
            if row.is_aggregate:
                record.aggregate_of = organisation
            else:
                record.site, record.reported_by = site, organisation
        elif record.reported_by is None and not row.is_aggregate:
            record.reported_by = organisation
            differences.append((column_label("reported_by"), None, organisation))
        before = {name: getattr(record, name) for name in COMPARED}
        for name, value in values_of(row, record).items():
            setattr(record, name, value)
        differences += [
            (column_label(name), before[name], getattr(record, name))
            for name in COMPARED
            if before[name] != getattr(record, name) and (name, before[name]) != NO_CODE
        ]
        return Change(row, record, differences)

    @property
    def new(self):
        return [change for change in self.changes if change.is_new]

    @property
    def changed(self):
        """Changes of returns that the public does not see yet."""
        return [change for change in self._recorded if not change.record.accepted]

    @property
    def corrections(self):
        """Changes of accepted returns. The public sees them, so they change only together with their acceptance."""
        return [change for change in self._recorded if change.record.accepted]

    @property
    def _recorded(self):
        return [change for change in self.changes if change.differences and not change.is_new]

    @property
    def unchanged(self):
        return [change for change in self.changes if not change.differences]

    @property
    def new_sites(self):
        return [site for site in self.matches.sites.values() if site.pk is None]

    @property
    def new_organisations(self):
        return [organisation for organisation in self.matches.organisations.values() if organisation.pk is None]

    @property
    def fingerprint(self):
        """A mark of everything that the import would do, to see that a preview still holds."""
        done = [(change.row.key, change.record.pk, change.differences) for change in (*self.new, *self._recorded)]
        records = [
            (code, record.pk, str(record))
            for code, record in {**self.matches.organisations, **self.matches.sites}.items()
        ]
        return hashlib.sha256(repr((self.year, done, records)).encode()).hexdigest()[:32]

    @transaction.atomic
    def apply(self, *, published, accept, correct=True):
        """Save everything, and return the counts of what was new, changed and left: `Counter`.

        With `accept`, unchanged returns that wait are accepted too; without it, corrections of accepted returns are
        left. Without `correct`, all returns that are recorded already stay as they are. Raises ValidationError if a
        question is open, or a record cannot be saved.
        """
        if self.questions:
            raise ValidationError("Answer every question before you import", code="questions")
        if self.errors:
            raise ValidationError(self.errors, code="repeated_return")
        recorded = [*self.changed, *(self.corrections if accept else [])] if correct else []
        counts = Counter(unchanged=len(self.unchanged), left=len(self._recorded) - len(recorded))
        for code, organisation in self.matches.organisations.items():
            if organisation.pk is None:
                self._add_organisation(code, organisation, accept)
                counts["organisations"] += 1
        counts["sites"] = len(self.new_sites)
        self._save_sites(accept)
        saved = [*self.new, *recorded]
        for change in saved:
            counts["new" if change.is_new else "changed"] += 1
            self._save_return(change, published, accept)
        if accept:
            waiting = [change for change in self.unchanged if not change.record.accepted] if correct else []
            ids = [change.record.pk for change in (*saved, *waiting)]
            counts["accepted"] = accept_returns(EstateReturn.objects.filter(pk__in=ids))
        return counts

    def _reason(self, row):
        return f"{default_source(self.year)}, row {row.line}"

    def _add_organisation(self, code, organisation, accept):
        """Add an organisation with its code. Accepted, one that took the code over has it from the day it ended."""
        reason = default_source(self.year)
        organisation.slug, organisation.accepted = slugify(organisation.name)[:120], accept
        save(organisation, reason)
        identifier = OrganisationIdentifier(
            organisation=organisation, value=code, valid_to=organisation.valid_to, accepted=False
        )
        if accept:
            make_way(identifier, reason)
            identifier.accepted = True
        save(identifier, reason)

    def _save_sites(self, accept):
        """Add new sites, and codes that are new for a site. The code of a site today does not change."""
        identifiers = SiteIdentifier.objects.filter(scheme=SiteScheme.ODS_SITE)
        recorded = set(identifiers.filter(value__in=self.matches.sites).values_list("value", flat=True))
        known = [site for site in self.matches.sites.values() if site.pk]
        coded = set(identifiers.filter(superseded=False, site__in=known).values_list("site", flat=True))
        changes = {change.row.site_code: change for change in self.changes}
        for code, site in self.matches.sites.items():
            row, record = changes[code].row, changes[code].record
            if site.pk is None:
                site.slug, site.accepted = free_slug(Site, site.name, "site"), False
                if accept:
                    complete_site(site, record, record.reported_by if record.reported_by.accepted else None)
                save(site, self._reason(row))
            if code not in recorded:
                note = f"In the returns of {year_label(self.year)}"
                save(
                    SiteIdentifier(site=site, value=code, superseded=site.pk in coded, note=note, accepted=accept),
                    self._reason(row),
                )

    def _save_return(self, change, published, accept):
        record = change.record
        # Again, because those that were new have their ids now
        record.site, record.reported_by, record.aggregate_of = record.site, record.reported_by, record.aggregate_of
        record.source_words, record.source_url = published.words, published.url
        record.published_on, record.source_row = published.on, change.row.line
        record.accepted = accept
        record._change_reason = self._reason(change.row)
        record.save()


def values_of(row, record):
    """{field: value} that the row gives the return. An empty cell changes nothing."""
    values, why_unknown = dict(row.figures), dict(row.why_unknown)
    values[AGE_BANDS] = row.age_bands
    for name, why in row.why_unknown.items():
        if record.pk and why in SAYS_NOTHING:
            values[name] = getattr(record, name)
            why_unknown.pop(name)
            if name in record.why_unknown:
                why_unknown[name] = record.why_unknown[name]
    values["why_unknown"] = why_unknown
    for name, text, longest in (
        ("reported_as", row.organisation_name, 200),
        ("site_code_as_published", "" if row.is_aggregate else row.site_code, 40),
        ("site_name_as_published", row.site_name, 200),
        ("site_type_as_published", row.site_type, 100),
    ):
        values[name] = text[:longest] or getattr(record, name)
    return values


def reported_as_of(record, row):
    """Whether a return without a reporting organisation can be that of the row: it names the same one, or none."""
    return record is not None and (not record.reported_as or same_name(record.reported_as, row.organisation_name))


def save(record, reason):
    """Check and save a record with this reason in its history."""
    record._change_reason = reason[:100]
    record.full_clean()
    record.save()


def import_summary(counts):
    """The counts of an import as text: "47 new, 0 changed, 4 unchanged; 43 new sites"."""
    text = f"{counts['new']} new, {counts['changed']} changed, {counts['unchanged']} unchanged"
    added = [plural(counts[name], f"new {name[:-1]}") for name in ("organisations", "sites") if counts[name]]
    left = [f"{plural(counts['left'], 'correction')} of accepted returns left"] if counts["left"] else []
    waiting = [f"{plural(counts['accepted'], 'unchanged return')} accepted"] if counts["accepted"] else []
    return "; ".join([text, *added, *left, *waiting])
