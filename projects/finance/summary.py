"""Capital figures of a project: by year and in total."""

from dataclasses import dataclass
from decimal import Decimal

from projects.models import AnnualCost, FundingLine, FundingStatus, year_words


@dataclass
class Year:
    """One financial year's figures, Decimal pounds or None."""

    words: str
    budget: Decimal | None
    forecast: Decimal | None
    actual: Decimal | None

    @property
    def variance(self):
        """Forecast less budget; None where either is missing."""
        return None if self.budget is None or self.forecast is None else self.forecast - self.budget


@dataclass
class Money:
    """A project's capital: by year and in total, against what was approved and what is secured. Decimal pounds."""

    years: list
    total: Year
    approved: Decimal | None
    secured: Decimal
    funding: Decimal

    @property
    def variance(self):
        """Forecast over all years less the approved budget; None where either is missing. Above zero is over."""
        if self.approved is None or self.total.forecast is None:
            return None
        return self.total.forecast - self.approved

    @property
    def needed(self):
        """What the project needs: its forecast, else its approved budget; None where neither is known."""
        return self.total.forecast if self.total.forecast is not None else self.approved

    @property
    def gap(self):
        """What is needed and not secured; None where the need is not known, zero where all is secured."""
        return None if self.needed is None else max(self.needed - self.secured, Decimal(0))


def _sum(values):
    known = [value for value in values if value is not None]
    return sum(known, Decimal(0)) if known else None


def money_of(project):
    """The `Money` of a project. Two queries."""
    years = [
        Year(year_words(row.year), row.budget, row.forecast, row.actual)
        for row in AnnualCost.objects.filter(project=project)
    ]
    total = Year("Total", *(_sum(getattr(year, name) for year in years) for name in ("budget", "forecast", "actual")))
    lines = FundingLine.objects.filter(project=project, amount_pounds__isnull=False)
    funding = list(lines.values_list("status", "amount_pounds"))
    secured = sum((amount for status, amount in funding if status == FundingStatus.SECURED), Decimal(0))
    return Money(years, total, project.approved_budget, secured, sum((amount for _s, amount in funding), Decimal(0)))
