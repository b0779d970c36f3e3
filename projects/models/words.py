from django.db import models

from .project import Project


class ProjectWords(models.Model):
    """Search text of the previous release. Nothing reads or writes it; the next release drops it."""

    changes_pages = False

    project = models.OneToOneField(
        Project,
        on_delete=models.DO_NOTHING,
        primary_key=True,
        db_constraint=False,
        related_name="words",
    )
    names = models.TextField()
    postcodes = models.TextField()

    class Meta:
        verbose_name_plural = "project words"

    def __str__(self):
        return self.names
