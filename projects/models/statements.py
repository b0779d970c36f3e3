"""What every statement has: the report that made it, who stated it, and whether the programme office accepted it.

Of each fact two values are kept in columns for lists. `stage`, `current_on` and the like copy the newest statement,
for signed-in users. `accepted_stage`, `accepted_on` and the like copy the newest accepted one, for the public.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone

from estates_portal.statements import StageBasis

from .choices import NOT_STATED


class StatementQuerySet(models.QuerySet):
    def standing(self):
        """Statements that were not withdrawn."""
        return self.filter(withdrawn_at=None)

    def accepted(self):
        """Statements that the programme office accepted, or entered."""
        return self.standing().filter(accepted_at__isnull=False)

    def waiting(self):
        """Statements that were reported or proposed, and not yet reviewed."""
        return self.standing().filter(accepted_at=None)

    def seen_by(self, reader):
        """The statements that `reader` can see of a project that they can see: accepted ones if not signed in."""
        return self.standing() if reader.is_authenticated else self.accepted()


class Statement(models.Model):
    """A fact as it was stated once. Statements are accepted when they are loaded, or entered by the programme office.

    `stated_for` is the organisation for which the user `stated_by` acted.

    A reported or proposed statement is created with `accepted_at=None`. It is never deleted: it is withdrawn.
    """

    report = models.ForeignKey(
        "projects.StatusReport", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    stated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    stated_for = models.ForeignKey(
        "sites.Organisation", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    recorded_at = models.DateTimeField(default=timezone.now, null=True, editable=False)
    accepted_at = models.DateTimeField(default=timezone.now, null=True, blank=True, editable=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StatementQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def author_label(self):
        """Who stated it: "Reported by Trust A". Reads `stated_for`."""
        if self.stated_for_id:
            return f"Reported by {self.stated_for}"
        return StageBasis.OFFICE.label if self.stated_by_id else NOT_STATED

    @property
    def is_accepted(self):
        return self.accepted_at is not None and self.withdrawn_at is None

    @property
    def is_withdrawn(self):
        return self.withdrawn_at is not None

    @property
    def is_waiting(self):
        return self.accepted_at is None and self.withdrawn_at is None


# The columns for signed-in users, each with the one for the public.
ACCEPTED_COLUMNS = {
    "stage": "accepted_stage",
    "stage_as_of": "accepted_stage_as_of",
    "stage_as_of_precision": "accepted_stage_as_of_precision",
    "stage_basis": "accepted_stage_basis",
    "stage_source_url": "accepted_stage_source_url",
    "delivery_state": "accepted_delivery_state",
    "current_on": "accepted_on",
    "current_precision": "accepted_precision",
    "current_until": "accepted_until",
    "reached": "accepted_reached",
}


def column_for(reader, name):
    """The column of a project or milestone with the value that `reader` sees: "stage", or "accepted_stage"."""
    return name if reader.is_authenticated else ACCEPTED_COLUMNS[name]
