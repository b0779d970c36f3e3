"""Organisations and sites to select from in forms, by name, postcode or ODS code."""

from django import forms
from django.db.models import Q
from django.utils import timezone

from .models import ACCEPTED, Organisation, Site, with_full_names

FIND_ORGANISATION = "an organisation by name or ODS code"


def organisations(chosen=()):
    """Organisations that exist today, and those with the `chosen` ids, to select from by name or ODS code."""
    existing = Organisation.objects.existing(timezone.localdate()).filter(**ACCEPTED)
    listed = Organisation.objects.filter(Q(pk__in=existing.values("pk")) | Q(pk__in=chosen))
    return listed.trusts_first().prefetch_related("identifiers")


def with_code(record, name=""):
    """The name of an organisation or site with its ODS code."""
    return f"{name or record} ({record.ods_code})" if record.ods_code else name or str(record)


class WithSavedChoices:
    """A mixin of model forms. The choices of the fields `with_saved` include a saved record that is not accepted."""

    with_saved = ()

    def _get_validation_exclusions(self):
        return super()._get_validation_exclusions() | set(self.with_saved)  # their models refuse that record


class SiteField(forms.ModelChoiceField):
    """A site, to select by name, postcode or ODS code."""

    def __init__(self, **kwargs):
        messages = {"invalid_choice": "Select a site from the list"}
        widget = forms.Select(attrs={"data-app-find": "a site by name, postcode or ODS code"})
        super().__init__(Site.objects.none(), required=False, widget=widget, error_messages=messages, **kwargs)

    def list_sites(self, chosen=()):
        """List all accepted sites, and those with the `chosen` ids. Six queries."""
        self.queryset = Site.objects.filter(Q(**ACCEPTED) | Q(pk__in=chosen)).prefetch_related("identifiers")
        names = {site.pk: site.full_name for site in with_full_names(self.queryset)}
        self.label_from_instance = lambda site: ", ".join(
            filter(None, [with_code(site, names[site.pk]), site.postcode])
        )
