"""The named figures of a project's cost. Pages, lists, past positions, reports and files take them from here.

A figure is never shown without its name, and compared only with figures of the same name.
"""

from dataclasses import dataclass
from decimal import Decimal

from django.db import models

from estates_portal.dates import PartialDate

from .labels import money, money_against
from .models.choices import NOT_KEPT, NOT_STATED
from .models.finance import known_sum, variance

ANNUAL = "Sum of the annual figures"
EXPECTED_HINT = "The cost is the forecast, or without one the newest cost estimate."  # `Costs.expected`
# The columns of the costs of a status report.
FROZEN_COSTS = [
    "frozen_budget",
    "frozen_budget_on",
    "frozen_budget_basis",
    "frozen_forecast",
    "frozen_cost",
    "frozen_cost_on",
    "frozen_cost_precision",
    "frozen_cost_covers",
    "frozen_cost_basis",
    "frozen_cost_source_url",
]


class CostName(models.TextChoices):
    """What a figure is."""

    APPROVED = "approved", "Approved budget"
    FORECAST = "forecast", "Forecast cost"
    ESTIMATE = "estimate", "Cost estimate"
    SPENT = "spent", "Spent"


@dataclass(frozen=True, slots=True)
class CostFigure:
    """One figure in Decimal pounds, with its date, what it covers and what it rests on, if they are known."""

    name: CostName
    pounds: Decimal
    dated: PartialDate | None = None
    covers: str = ""
    basis_label: str = NOT_STATED
    source_url: str = ""

    @property
    def label(self):
        return self.name.label

    def __str__(self):
        return f"{self.label} {money(self.pounds)}"


@dataclass(frozen=True, slots=True)
class Costs:
    """The named figures of a project, today or as frozen with a report. Each is None if it is not known."""

    approved: CostFigure | None = None
    forecast: CostFigure | None = None
    estimate: CostFigure | None = None
    spent: CostFigure | None = None

    @classmethod
    def frozen(cls, frozen, on):
        """The figures of a report submitted on the day `on`, from its columns: {name in FROZEN_COSTS: value}."""
        cost_date = PartialDate.of(frozen["frozen_cost_on"], frozen["frozen_cost_precision"])
        return cls(
            _figure(
                CostName.APPROVED,
                frozen["frozen_budget"],
                dated=PartialDate.of(frozen["frozen_budget_on"]),
                basis_label=frozen["frozen_budget_basis"] or NOT_KEPT,
            ),
            _figure(CostName.FORECAST, frozen["frozen_forecast"], dated=PartialDate.of(on), basis_label=ANNUAL),
            _figure(
                CostName.ESTIMATE,
                frozen["frozen_cost"],
                dated=cost_date,
                covers=frozen["frozen_cost_covers"],
                basis_label=frozen["frozen_cost_basis"] or NOT_KEPT,
                source_url=frozen["frozen_cost_source_url"],
            ),
        )

    @property
    def known(self):
        """[`CostFigure`] in the order of `CostName`."""
        return [figure for figure in (self.approved, self.forecast, self.estimate, self.spent) if figure]

    @property
    def expected(self):
        """The figure to show where there is room for one: the forecast, else the cost estimate, else None."""
        return self.forecast or self.estimate

    @property
    def variance(self):
        """Whole pounds of the forecast over (or, below zero, under) the approved budget; None without both."""
        return variance(self.forecast.pounds, self.approved.pounds) if self.forecast and self.approved else None

    @property
    def variance_label(self):
        """Text like "£0.5m over", "£2m under" or "On budget"; "" without a forecast or an approved budget."""
        return "" if self.variance is None else self._against[2]

    @property
    def over_label(self):
        """The `variance_label` if the forecast is over the approved budget, else ""."""
        return self.variance_label if (self.variance or 0) > 0 else ""

    @property
    def summary(self):
        """Text like "forecast £25.9m of £25.4m approved", which adds up with `over_label`; "" for neither."""
        if self.variance is not None:
            forecast, approved, _difference = self._against
            return f"forecast {forecast} of {approved} approved"
        if self.forecast:
            return f"forecast {money(self.forecast.pounds)}"
        return f"{money(self.approved.pounds)} approved" if self.approved else ""

    @property
    def _against(self):
        return money_against(self.forecast.pounds, self.approved.pounds)

    def change_since(self, before):
        """(`CostName`, pounds) by which the expected figure has changed since the `Costs` before.

        The pounds are None if there was no figure of that name before. None if nothing can be compared.
        """
        if self.expected is None:
            return None
        old = before.forecast if self.forecast else None if before.forecast else before.estimate
        if old is None:
            return (self.expected.name, None) if self.forecast or not before.expected else None
        return self.expected.name, self.expected.pounds - old.pounds


def _figure(name, pounds, **known):
    return None if pounds is None else CostFigure(name, pounds, **known)


def frozen_costs(report):
    """The `Costs` frozen with a status report."""
    return Costs.frozen({name: getattr(report, name) for name in FROZEN_COSTS}, report.frozen_on)


def freeze_costs(report, costs):
    """Set the columns of FROZEN_COSTS of a status report from the `Costs` of its project. Does not save it."""
    none = CostFigure("", None, basis_label="")
    approved, forecast, estimate = costs.approved or none, costs.forecast or none, costs.estimate or none
    report.frozen_budget, report.frozen_budget_basis = approved.pounds, approved.basis_label
    report.frozen_budget_on = approved.dated.first if approved.dated else None
    report.frozen_forecast = forecast.pounds
    report.frozen_cost, report.frozen_cost_dated = estimate.pounds, estimate.dated
    report.frozen_cost_covers, report.frozen_cost_basis = estimate.covers, estimate.basis_label
    report.frozen_cost_source_url = estimate.source_url


def estimate_figure(cost):
    """The `CostFigure` of a `CostEstimate`; None for None."""
    if cost is None:
        return None
    return CostFigure(CostName.ESTIMATE, cost.amount_pounds, cost.dated, cost.covers, cost.basis_label, cost.source_url)


def costs_of(project):
    """The `Costs` of a project today. Two queries, none if its cost estimates and annual costs are prefetched."""
    years = project.annual_costs.all()
    return Costs(
        _figure(CostName.APPROVED, project.approved_budget, dated=PartialDate.of(project.approved_budget_on)),
        _figure(CostName.FORECAST, known_sum(year.forecast for year in years), basis_label=ANNUAL),
        estimate_figure(next(iter(project.cost_estimates.all()), None)),
        _figure(CostName.SPENT, known_sum(year.actual for year in years), basis_label=ANNUAL),
    )
