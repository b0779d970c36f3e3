from django.db import models

from .project import Project


class ProjectWords(models.Model):
    """What a project is found by, in small letters. Triggers keep it (`projects/words.py`), never code."""

    changes_pages = False  # what it is made of does

    project = models.OneToOneField(
        Project,
        on_delete=models.DO_NOTHING,  # a trigger takes it away
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
