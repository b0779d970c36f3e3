"""Constraints that many models have."""

from django.db.models import CheckConstraint, Q


def known_choice(name, message, *, or_blank=False, **choices):
    """The constraint that each of these columns has a value of its choices, or is blank where `or_blank` says so."""
    condition = Q()
    for column, kind in choices.items():
        condition &= Q(**{f"{column}__in": ["", *kind.values] if or_blank else kind.values})
    return CheckConstraint(name=name, condition=condition, violation_error_message=message)
