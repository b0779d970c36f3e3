"""Deleted records, with what is needed to restore them."""

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class DeletionQuerySet(models.QuerySet):
    def of(self, model, object_id):
        """Deletions of this record that were not undone, newest first. Those of hubs are those of projects too."""
        names = [kind._meta.label_lower for kind in apps.get_models() if issubclass(kind, model)]
        return self.filter(model__in=names, object_id=object_id, restored_at=None)


class Deletion(models.Model):
    """One act that deleted a record with the rows that belong to it.

    `rows` are these rows as Django serialises them, each after those that it belongs to, and the former addresses.
    They are dropped once the record is restored.
    """

    at = models.DateTimeField("deleted", default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name="by")
    model = models.CharField(max_length=100)
    object_id = models.PositiveBigIntegerField()
    label = models.CharField("record", max_length=500)
    contents = models.CharField("with", max_length=500, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    rows = models.JSONField(default=list)
    restored_at = models.DateTimeField("restored", null=True, blank=True)
    restored_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = DeletionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        verbose_name = "deleted record"
        indexes = [
            models.Index(fields=["-at", "-id"], name="deletion_newest"),  # the admin list
            models.Index(fields=["model", "object_id"], name="deletion_of_record"),  # history of a deleted record
        ]
        constraints = [
            models.CheckConstraint(
                name="deletion_deletion_restored_by_someone",
                condition=Q(restored_at=None, restored_by=None)
                | Q(restored_at__isnull=False, restored_by__isnull=False),
                violation_error_message="A restored record must have the user who restored it",
            ),
        ]

    def __str__(self):
        return self.label

    @property
    def kind(self):
        """The kind of record in words; the name of its table if this release does not have it."""
        try:
            return str(apps.get_model(self.model)._meta.verbose_name).capitalize()
        except LookupError:
            return self.model
