"""Capital figures of a project, by year and in total."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import prefetch_related_objects

from projects.costs import Costs, costs_of
from projects.models import AnnualCost, FundingStatus
from projects.models.finance import funding_totals
from projects.versions import last_save


@dataclass
class FinanceSummary:
    """A project's capital by year and in total, its named costs and its funding. Decimal pounds.

    `secured` is None if no line has a stated status. `is_funding_stated` is whether there are lines and all have one.
    """

    years: list
    total: AnnualCost
    costs: Costs
    secured: Decimal | None
    funding: list
    is_funding_stated: bool

    @property
    def capital_needed(self):
        """The forecast of all years, else the approved budget, else None."""
        figure = self.costs.forecast or self.costs.approved
        return figure and figure.pounds

    @property
    def funding_gap(self):
        """Capital needed minus secured funding, at least zero; None if it or the status of any line is not known."""
        if self.capital_needed is None or not self.is_funding_stated:
            return None
        return max(self.capital_needed - self.secured, Decimal(0))


def finance_summary(project):
    """The `FinanceSummary` of a project. Four queries."""
    prefetch_related_objects([project], "annual_costs", "cost_estimates", "funding_lines__funding_organisation")
    years = list(project.annual_costs.all())
    lines = list(project.funding_lines.all())
    stated = [line for line in lines if line.status != FundingStatus.NOT_STATED]
    secured = funding_totals(stated).get(FundingStatus.SECURED, Decimal(0)) if stated else None
    return FinanceSummary(
        years, AnnualCost.total_of(years), costs_of(project), secured, lines, bool(lines) and len(stated) == len(lines)
    )


def last_finance_save(project):
    """(user or None, time) of the newest save of the project or its annual costs."""
    saved, newest = last_save(project), AnnualCost.history.filter(project_id=project.pk).first()
    if newest and newest.history_date >= saved[1]:
        return newest.history_user, newest.history_date
    return saved
