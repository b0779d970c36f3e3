"""The projects ranked by what each pound of critical infrastructure risk (CIR) removed costs: rows as text."""

from dataclasses import dataclass

from projects.estate_risk import ranked, risks_removed
from projects.facts import fact_of
from projects.labels import money
from projects.models import Project
from projects.models.finance import whole_pounds

CHUNK = 1000  # projects read together


@dataclass(frozen=True, slots=True)
class RankingRow:
    """A project in the ranking. Each figure is "" if it is not known, and its note says why or from what."""

    url: str
    title: str
    reference: str
    published: bool
    is_example: bool
    sites: str
    cir: str
    cir_note: str
    not_accepted: str
    removed: str
    removed_note: str
    cost: str
    cost_note: str
    rate: str
    rate_note: str


def row_of(project, risk):
    """The `RankingRow` of a project and its `RiskRemoved`."""
    return RankingRow(
        url=project.get_absolute_url(),
        title=project.title,
        reference=project.reference,
        published=project.published,
        is_example=project.is_example,
        sites=", ".join(part.site.name for part in risk.sites),
        cir=money(risk.cir),
        cir_note=risk.why_no_cir or risk.returns_label,
        not_accepted=risk.not_accepted_label,
        removed=money(risk.cir_removed),
        removed_note=risk.not_stated_label,
        cost=money(risk.cost and risk.cost.pounds),
        cost_note=risk.cost.label if risk.cost else "",
        rate=risk.per_pound_label,
        rate_note=risk.why_no_rate,
    )


def ranking_of(ids, reader, column="rate", descending=False):
    """[(project, `RiskRemoved`)] of projects, by the returns that `reader` can see, sorted by a column of RANKED_BY.

    Six queries.
    """
    return ranked(risks_removed(Project.objects.filter(pk__in=ids), reader), column, descending)


HEADINGS = [
    "Reference",
    "Project",
    "Sites",
    "Estate return",
    "Accepted",
    "CIR of the sites (£)",
    "Why the CIR is not known",
    "CIR removed (£)",
    "Why the CIR removed is not known, or what is not stated",
    "Cost (£)",
    "Cost figure",
    "Cost as at",
    "Cost as at precision",
    "Cost basis",
    "Cost source",
    "Cost source address",
    "£ per £ of CIR removed",
    "Why it is not known",
    "Example data",
]


def csv_rows(ids, reader, sources):
    """Yields the rows of the ranking for CSV in the order of the ids."""
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        pairs = {pair[0].pk: pair for pair in ranking_of(chunk, reader)}
        yield from (_cells(*pairs[pk], sources) for pk in chunk if pk in pairs)


def _cells(project, risk, sources):
    fact = fact_of(risk.cost, sources).columns.values() if risk.cost else [""] * 5
    return [
        project.reference,
        project.title,
        "; ".join(part.site.name for part in risk.sites),
        risk.returns_label,
        risk.accepted_label,
        _pounds(risk.cir),
        risk.why_no_cir,
        _pounds(risk.cir_removed),
        risk.why_none_removed or risk.not_stated_label,
        _pounds(risk.cost and risk.cost.pounds),
        risk.cost.label if risk.cost else "",
        *fact,
        "" if risk.per_pound is None else f"{risk.per_pound:.2f}",
        risk.why_no_rate,
        "Yes" if project.is_example else "No",
    ]


def _pounds(amount):
    return "" if amount is None else f"{whole_pounds(amount)}"
