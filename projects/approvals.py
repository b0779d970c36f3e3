"""Approved values, which are baselines and budgets: how they are written, and the decision that each change adds."""

from django.utils.text import Truncator

from estates_portal.dates import PartialDate

from .labels import stated_money
from .models import Decision
from .models.finance import whole_pounds


def approved_label(value):
    """A baseline (PartialDate) or budget (Decimal pounds) as text, with pence if it has any; "" for None."""
    if value is None:
        return ""
    if isinstance(value, PartialDate):
        return value.label
    return stated_money(value) if value == whole_pounds(value) else f"£{value:,.2f}"


def add_approval(project, subject, *, before, after, decided_by, decided_on, reason=""):
    """Add the decision that changed what `subject` names, from one value of `approved_label` to another or to None."""
    if after is None:
        change = f"of {approved_label(before)} withdrawn"
    elif before is None:
        change = f"set to {approved_label(after)}"
    else:
        change = f"changed from {approved_label(before)} to {approved_label(after)}"
    Decision.objects.create(
        project=project,
        title=f"{Truncator(subject).chars(100)} {change}",
        reason=Truncator(reason).chars(Decision._meta.get_field("reason").max_length),
        decided_by=decided_by,
        decided_on=decided_on,
    )
