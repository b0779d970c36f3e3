"""Capital figures of a project, by year and in total."""

from dataclasses import dataclass
from decimal import Decimal

from projects.models import AnnualCost, FundingLine, FundingStatus
from projects.models.finance import variance


@dataclass
class FinanceSummary:
    """A project's capital by year and in total, its approved budget and its funding. Decimal pounds."""

    years: list
    total: AnnualCost
    approved_budget: Decimal | None
    secured: Decimal
    funding: Decimal

    @property
    def variance(self):
        """Forecast of all years minus the approved budget; None without both."""
        return variance(self.total.forecast, self.approved_budget)

    @property
    def capital_needed(self):
        """The forecast of all years, else the approved budget, else None."""
        return self.total.forecast if self.total.forecast is not None else self.approved_budget

    @property
    def funding_gap(self):
        """Capital needed minus secured funding, at least zero; None if the capital needed is not known."""
        return None if self.capital_needed is None else max(self.capital_needed - self.secured, Decimal(0))


def finance_summary(project):
    """The `FinanceSummary` of a project. Two queries."""
    years = list(AnnualCost.objects.filter(project=project))
    lines = FundingLine.objects.filter(project=project, amount_pounds__isnull=False)
    funding = list(lines.values_list("status", "amount_pounds"))
    secured = sum((amount for status, amount in funding if status == FundingStatus.SECURED), Decimal(0))
    total_funding = sum((amount for _status, amount in funding), Decimal(0))
    return FinanceSummary(years, AnnualCost.total_of(years), project.approved_budget, secured, total_funding)
