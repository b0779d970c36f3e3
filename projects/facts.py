"""Facts with their date, basis and source, and the three forms in which they leave the portal.

Pages use `lead_in` and a link to the source, texts use `provenance`, and tables use `columns`.
"""

import functools
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from estates_portal.caching import revision_of
from estates_portal.dates import DatePrecision, PartialDate

from .models import Source, StageBasis
from .models.choices import NOT_KEPT, NOT_STATED

# The words before the source, where the basis is not a sentence of its own.
LEAD_INS = {StageBasis.STATED.label: "Stated by", StageBasis.INFERRED.label: "Worked out from"}

# National publishers by host.
PUBLISHERS = {
    "bbc.co.uk": "BBC News",
    "bbc.com": "BBC News",
    "bbci.co.uk": "BBC News",
    "gov.uk": "GOV.UK",
    "hansard.parliament.uk": "Hansard",
    "england.nhs.uk": "NHS England",
    "digital.nhs.uk": "NHS England",
    "theconstructionindex.co.uk": "The Construction Index",
    "buildingbetterhealthcare.com": "Building Better Healthcare",
    "bdcmagazine.com": "BDC Magazine",
}


class PublishedSource(NamedTuple):
    """What is known of the page or paper at an address."""

    url: str
    publisher: str
    title: str = ""
    date: PartialDate | None = None

    @property
    def name(self):
        """The publisher and date, for example "NHS England, March 2026"; without a date, the publisher and title."""
        return ", ".join(filter(None, [self.publisher, self.date.label if self.date else self.title]))

    @property
    def full_name(self):
        """The publisher, title and date."""
        return ", ".join(filter(None, [self.publisher, self.title, self.date.label if self.date else ""]))

    @property
    def page_name(self):
        """The last part of the address: "cwyp76lx6y3o"; "" for the first page of a website."""
        return urlsplit(self.url).path.rstrip("/").rpartition("/")[2]


class Sources(dict):
    """{address: `PublishedSource`}. An address that is not recorded has its host as the publisher."""

    def __missing__(self, url):
        host = (urlsplit(url).hostname or url).removeprefix("www.")
        return PublishedSource(url, PUBLISHERS.get(host) or PUBLISHERS.get(host.partition(".")[2]) or host)


def known_sources():
    """All recorded `Sources`. One query."""
    rows = Source.objects.order_by().values_list("url", "publisher", "title", "dated_on", "date_precision")
    return Sources(
        {
            url: PublishedSource(url, publisher, title, PartialDate.of(day, precision))
            for url, publisher, title, day, precision in rows
        }
    )


def sources_of(request):
    """`known_sources`, kept by this process until the data changes. At most one query."""
    return sources_at(revision_of(request))


@functools.lru_cache(maxsize=1)
def sources_at(revision):
    """The sources at a revision of the data. Not in Django's cache: a page asks for a source dozens of times."""
    return known_sources()


@dataclass(frozen=True, slots=True)
class Fact:
    """A value that the portal shows, with the date it was true, its basis, its source and whether it was reviewed."""

    value: str
    date: PartialDate | None = None
    basis: str = NOT_STATED
    source: PublishedSource | None = None
    is_reviewed: bool = True

    @property
    def as_at(self):
        """ "As at 3 March 2026", or "Not dated"; "" if the date was not kept."""
        if self.date is None:
            return "" if self.basis == NOT_KEPT else "Not dated"
        return f"As at {self.date.label}"

    @property
    def lead_in(self):
        """What stands before the name of the source: "Stated by", "Source not confirmed:"; the basis without one."""
        if self.source is None:
            return self.basis
        return LEAD_INS.get(self.basis) or f"{self.basis}:"

    @property
    def source_name(self):
        """The name of the source, without its date where that is the date of the fact; "" without a source."""
        if self.source is None:
            return ""
        return self.source.publisher if self.source.date and self.source.date == self.date else self.source.name

    @property
    def provenance(self):
        """ "As at 3 March 2026. Stated by NHS England", with "Not yet reviewed" if it was not."""
        review = "" if self.is_reviewed else "Not yet reviewed"
        return ". ".join(filter(None, [self.as_at, f"{self.lead_in} {self.source_name}".strip(), review]))

    @property
    def brief(self):
        """The date and source in brackets or a narrow column: "May 2025, BBC News", "not dated, source not stated"."""
        date = self.date.short_label if self.date else self.as_at.lower()
        basis = f"{self.basis[:1].lower()}{self.basis[1:]}"
        if self.source is not None:
            basis = self.source.publisher if self.basis in LEAD_INS else f"{basis}: {self.source.publisher}"
        return ", ".join(filter(None, [date, basis]))

    @property
    def columns(self):
        """{"as_of", "precision", "basis", "source", "source_url"} for a row of a table; "" for what is not known."""
        return {
            "as_of": self.date.first if self.date else "",
            "precision": DatePrecision(self.date.precision).label if self.date else "",
            "basis": self.basis if self.is_reviewed else f"{self.basis} (not yet reviewed)",
            "source": self.source.full_name if self.source else "",
            "source_url": self.source.url if self.source else "",
        }


def fact_of(record, sources):
    """The `Fact` of a record with `dated`, `basis_label` and `source_url`, and `is_waiting` if it is reviewed.

    These are a `StageStatement`, `MilestoneStatement`, `CostEstimate`, `FundingLine`, `ProgressNote`, `CostFigure` or
    `ProjectStatus`. Statements read who stated them, and their organisation.
    """
    return Fact(
        str(record),
        record.dated,
        record.basis_label,
        sources[record.source_url] if record.source_url else None,
        is_reviewed=not getattr(record, "is_waiting", False),
    )
