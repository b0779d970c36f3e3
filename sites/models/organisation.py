"""Organisations, which end and are succeeded."""

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils import formats
from simple_history.models import HistoricalRecords

from estates_portal.addresses import AddressField
from estates_portal.constraints import known_choice
from estates_portal.fields import Day
from estates_portal.sorting import SortKey

from .accepted import ACCEPTED, AcceptedQuerySet, accepted_field, accepted_of
from .identifier import Identifier, current_code, ends_after_start
from .place import Place
from .postcodes import PostcodeField


class OrganisationKind(models.TextChoices):
    ICB = "icb", "Integrated care board"
    NHS_TRUST = "nhs_trust", "NHS trust"
    COUNCIL = "council", "Council"
    PRIMARY_CARE_NETWORK = "primary_care_network", "Primary care network"
    GP_PRACTICE = "gp_practice", "GP practice"
    PROPERTY_COMPANY = "property_company", "Property company"
    OTHER = "other", "Other"


class OrganisationScheme(models.TextChoices):
    ODS = "ods", "ODS code"
    OTHER = "other", "Other"


# Organisations, and those that ended by a day with one of them as the last successor. UNION stops at circles.
LINEAGE = """
WITH RECURSIVE lineage (id) AS (
    SELECT id FROM sites_organisation WHERE id IN ({ids})
    UNION
    SELECT former.id FROM sites_organisation former JOIN lineage ON former.successor_id = lineage.id
    WHERE former.valid_to <= %s
)
SELECT id FROM lineage
"""


class OrganisationQuerySet(AcceptedQuerySet):
    def lineage(self, organisation_ids, on):
        """These organisations and all that they have succeeded by the day `on`: they have their rights and duties.

        Use it inside other queries: every rule that compares a record's organisation does.
        """
        if not organisation_ids:
            return self.none()
        sql = LINEAGE.format(ids=", ".join(["%s"] * len(organisation_ids)))
        ids = RawSQL(sql, [*organisation_ids, on])  # noqa: S611 - a constant with placeholders only
        return self.filter(pk__in=ids).order_by()

    def successions(self, on):
        """{id of an organisation that has ended: [those after it, the one that acts for it on the day `on` last]}.

        Without successors that are not accepted. One query.
        """
        ended = self.filter(valid_to__lte=on, successor__accepted=True).select_related("successor").order_by()
        ended_by_id = {organisation.pk: organisation for organisation in ended}
        for organisation in ended_by_id.values():
            organisation.successor = ended_by_id.get(organisation.successor_id, organisation.successor)
        return {pk: organisation.line_of_successors(on) for pk, organisation in ended_by_id.items()}

    def not_merged(self):
        """Organisations without records that were merged into another."""
        return self.filter(merged_into=None)

    def with_ods_code(self, code, on):
        """The organisation that had this ODS code on the day `on`, as a queryset of at most one."""
        return self.filter(
            Q(identifiers__valid_from__isnull=True) | Q(identifiers__valid_from__lte=on),
            Q(identifiers__valid_to__isnull=True) | Q(identifiers__valid_to__gt=on),
            identifiers__accepted=True,
            identifiers__scheme=OrganisationScheme.ODS,
            identifiers__value=code.strip().upper(),
        )

    def existing(self, on):
        """Organisations that existed on the day `on`. A missing start or end date means no limit."""
        return self.not_merged().filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gt=on)
        )

    def trusts_first(self):
        """Organisations by name, those first for which most users work and which lead most projects."""
        first = [OrganisationKind.ICB, OrganisationKind.NHS_TRUST, OrganisationKind.COUNCIL]
        return self.order_by(Case(When(kind__in=first, then=0), default=1), SortKey("name"), "pk")


class Organisation(models.Model):
    """An organisation under one name. If it merges or is renamed, it ends and its successor is another row."""

    name = models.CharField(max_length=200, unique=True)
    short_name = models.CharField(max_length=60, blank=True, help_text="For tables, for example its initials")
    slug = AddressField(max_length=120, unique=True)
    kind = models.CharField("type", max_length=30, choices=OrganisationKind)
    place = models.ForeignKey(
        Place,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="organisations",
        help_text="Leave blank if it covers more than one place or is outside",
    )
    network = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="practices",
        limit_choices_to={"kind": OrganisationKind.PRIMARY_CARE_NETWORK, **ACCEPTED},
        help_text="The primary care network of a GP practice",
    )
    postcode = PostcodeField(blank=True)
    valid_from = Day("valid from", null=True, blank=True)
    valid_to = Day("valid to", null=True, blank=True, help_text="First day after it ended or was renamed")
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors")
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        help_text="The record of the same organisation that has replaced this one",
    )
    note = models.TextField(blank=True)
    source_url = models.URLField("source", max_length=500, blank=True)
    accepted = accepted_field(default=True)
    is_example = models.BooleanField("example data", default=False, editable=False)

    named_references = ("merged",)  # `reasons_to_keep` names them
    own_rows = ("identifiers",)

    objects = OrganisationQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = [SortKey("name"), "pk"]
        constraints = [
            known_choice(
                "sites_organisation_kind_known", "Select a type of organisation from the list", kind=OrganisationKind
            ),
            models.CheckConstraint(
                name="sites_organisation_ends_after_start",
                condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
                violation_error_message="Valid to must be after valid from",
            ),
            models.CheckConstraint(
                name="sites_organisation_not_own_successor",
                condition=Q(successor__isnull=True) | ~Q(successor=F("id")),
                violation_error_message="Select a successor that is another organisation",
            ),
            models.CheckConstraint(
                name="sites_organisation_not_merged_into_itself",
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                violation_error_message="Select another organisation to merge into",
            ),
        ]

    def __str__(self):
        return self.name

    def get_absolute_url(self):
        return reverse("sites:organisation_detail", args=[self.slug])

    @property
    def label(self):
        """The short name, or the name if there is none."""
        return self.short_name or self.name

    @property
    def ods_code(self):
        """The ODS code that it has, or had when it ended; None if it is not known.

        Reads `identifiers`: a list prefetches them.
        """
        return current_code(self.codes, OrganisationScheme.ODS)

    @property
    def codes(self):
        """The identifiers that everyone can see. Reads `identifiers`."""
        return accepted_of(self.identifiers)

    @property
    def earlier_codes(self):
        """The codes that no longer hold. Reads `identifiers`."""
        return [code for code in self.codes if code.superseded]

    def clean(self):
        """Raise ValidationError for a successor that this organisation succeeds, or that the public does not see.

        One query for each one after it.
        """
        successor, seen = self.successor, set()
        if self.accepted and successor is not None and not successor.accepted:
            raise ValidationError(
                {"successor": f"Accept {successor} first. The public sees the successor of this organisation"},
                code="not_accepted",
            )
        while successor is not None and successor.pk not in seen:
            if self.pk is not None and successor.pk == self.pk:
                raise ValidationError(
                    {"successor": "Select a successor that this organisation does not succeed"}, code="circle"
                )
            seen.add(successor.pk)
            successor = successor.successor

    def line_of_successors(self, on=None):
        """[Those after this organisation on the day `on`, in order]; empty if it has not ended or has no successor.

        Without `on`, those that it will ever have. A query for each one that is not loaded.
        """
        line, seen, last = [], {self.pk}, self
        while last.successor and last.successor.pk not in seen and (on is None or last.has_ended(on)):
            last = last.successor
            line.append(last)
            seen.add(last.pk)
        return line

    def reasons_to_keep(self):
        """Sentences why it cannot be deleted, beside what refers to it. At most two queries.

        The addresses of merged records lead to the remaining one for good.
        """
        reasons = [f"It ended on {formats.date_format(self.valid_to, 'j F Y')}."] if self.valid_to else []
        if self.merged_into:
            reasons.append(f"It was merged into {self.merged_into}, and old links to it lead there.")
        return reasons + [f"{merged} was merged into it." for merged in self.merged.all()]

    def has_ended(self, on):
        """Whether the organisation has ended by the day `on`."""
        return self.valid_to is not None and self.valid_to <= on

    def exists_on(self, on):
        """Whether the organisation existed under this name on the day `on`."""
        return (self.valid_from is None or self.valid_from <= on) and (self.valid_to is None or on < self.valid_to)


class OrganisationIdentifier(Identifier):
    """A code of an organisation. Another can have the same in another period: the database refuses an overlap.

    A code that is not accepted yet can overlap those that make way for it.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="identifiers")
    scheme = models.CharField("type", max_length=15, choices=OrganisationScheme, default=OrganisationScheme.ODS)
    accepted = accepted_field(default=True)

    history = HistoricalRecords()

    class Meta(Identifier.Meta):
        verbose_name = "organisation code"
        constraints = [
            known_choice(
                "sites_organisationidentifier_scheme_known",
                "Select a type of code from the list",
                scheme=OrganisationScheme,
            ),
            ends_after_start("sites_organisationidentifier_ends_after_start"),
        ]

    def clean(self):
        """Raise ValidationError if an organisation has the same code in a period that overlaps. One query."""
        if sentences := self.conflicts():
            raise ValidationError({"value": sentences}, code="overlap")

    def conflicts(self):
        """Sentences on organisations with the same code in a period that overlaps. One query."""
        return [
            f"{other.organisation} has the code {self.value} in this period. Enter when it ended"
            for other in self.others()
            if self.overlaps(other) and not (self.makes_way_for(other) or other.makes_way_for(self))
        ]

    def others(self):
        """The codes of organisations that are the same, as a queryset."""
        others = type(self).objects.filter(scheme=self.scheme, value=self.value).exclude(pk=self.pk)
        return others.select_related("organisation")

    def makes_way_for(self, other):
        """Whether this code will start on the day on which `other` ended, once `other` is accepted."""
        ended = other.valid_to
        return (
            not other.accepted
            and ended is not None
            and (self.valid_from is None or self.valid_from < ended)
            and (self.valid_to is None or self.valid_to > ended)
        )

    def overlaps(self, other):
        """Whether both are the same code in periods that share a day. Without a date a period has no limit."""
        same = (self.scheme, self.value) == (other.scheme, other.value)
        return same and _is_before(self.valid_from, other.valid_to) and _is_before(other.valid_from, self.valid_to)


def _is_before(start, end):
    return start is None or end is None or start < end
