"""Constraints that many models have."""

import re

from django.apps import apps
from django.db.models import CheckConstraint, Q


def known_choice(name, message, *, or_blank=False, **choices):
    """A constraint that each column has one of its choices. With `or_blank` it can also be blank."""
    condition = Q()
    for column, kind in choices.items():
        condition &= Q(**{f"{column}__in": ["", *kind.values] if or_blank else kind.values})
    return CheckConstraint(name=name, condition=condition, violation_error_message=message)


def check_message(error):
    """The message of the check constraint that an IntegrityError is about, or ""."""
    diagnosis = getattr(error.__cause__, "diag", None)  # of PostgreSQL
    in_text = re.search(r"CHECK constraint failed: (\w+)", str(error))  # of SQLite
    name = diagnosis.constraint_name if diagnosis else in_text and in_text[1]
    constraints = (constraint for model in apps.get_models() for constraint in model._meta.constraints)
    checks = {check.name: check for check in constraints if isinstance(check, CheckConstraint)}
    return str(checks[name].get_violation_error_message()) if name in checks else ""
