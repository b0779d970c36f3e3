"""The codes of organisations and sites, which change over the years."""

from django import forms
from django.db import models
from django.db.models import F, Q

from estates_portal.fields import Day


class CodeFormField(forms.CharField):
    """A code in a form, so that two rows of one code are found before they are saved."""

    def to_python(self, value):
        return super().to_python(value).upper()


class CodeField(models.CharField):
    """A code, cleaned to capitals without spaces at its ends."""

    def to_python(self, value):
        value = super().to_python(value)
        return value.strip().upper() if isinstance(value, str) else value

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": CodeFormField, **kwargs})


def ends_after_start(name):
    """A constraint that the code is not valid to a day before it is valid from."""
    return models.CheckConstraint(
        name=name,
        condition=Q(valid_from__isnull=True) | Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
        violation_error_message="Valid to must be after valid from",
    )


class Identifier(models.Model):
    """A code. Without dates it is not known since when, or until when, it holds: `superseded` says that it is over."""

    value = CodeField("code", max_length=40)
    superseded = models.BooleanField("earlier code", default=False, help_text="Another code has replaced it")
    valid_from = Day("valid from", null=True, blank=True)
    valid_to = Day("valid to", null=True, blank=True, help_text="First day on which it no longer applies")
    source_url = models.URLField("source", max_length=500, blank=True)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True
        ordering = ["superseded", F("valid_from").desc(nulls_last=True), "value"]

    def __str__(self):
        return self.value


def current_code(identifiers, scheme):
    """The newest code of the scheme among the `identifiers` of one record; None if none holds."""
    return next((row.value for row in identifiers if row.scheme == scheme and not row.superseded), None)
