"""Constraints that many models have."""

from django.db.models import CheckConstraint, Q


def known_choice(name, message, *, or_blank=False, **choices):
    """A constraint that each column has one of its choices. With `or_blank` it can also be blank."""
    condition = Q()
    for column, kind in choices.items():
        condition &= Q(**{f"{column}__in": ["", *kind.values] if or_blank else kind.values})
    return CheckConstraint(name=name, condition=condition, violation_error_message=message)
