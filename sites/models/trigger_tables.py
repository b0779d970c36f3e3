"""Tables that database triggers write."""

from django.db import models


class FormerAddress(models.Model):
    """A slug that a record had before. Written by database triggers (see `estates_portal.addresses`)."""

    changes_pages = False  # the slug of the record changes too

    kind = models.CharField(max_length=20, help_text="The model of the record, for example “project”")
    slug = models.SlugField(max_length=120, db_index=False)
    object_id = models.PositiveBigIntegerField()

    class Meta:
        verbose_name_plural = "former addresses"
        ordering = ["slug"]
        indexes = [models.Index(fields=["kind", "object_id"], name="sites_formeraddress_object")]  # of a record
        constraints = [
            models.UniqueConstraint(
                name="sites_formeraddress_once_a_kind",
                fields=["kind", "slug"],
                violation_error_message="This former address is already recorded",
            )
        ]

    def __str__(self):
        return self.slug


class Revision(models.Model):
    """The change counter: one row, written by database triggers (see `estates_portal.caching`)."""

    number = models.BigIntegerField()

    class Meta:
        managed = True

    def __str__(self):
        return str(self.number)
