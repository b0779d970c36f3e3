"""Records other than projects that the programme office adds and edits: sites, organisations and programmes."""

from dataclasses import dataclass

from projects.models import Programme
from sites.models import Organisation, Site
from sites.organisation_forms import OrganisationForm
from sites.site_forms import SiteForm

from .programmes import ProgrammeForm


@dataclass(frozen=True)
class RecordPage:
    """The pages that add and edit records of one type."""

    noun: str
    article: str
    model: type
    form: type

    def permission(self, action):
        """The permission to "add" or "change" a record."""
        return f"{self.model._meta.app_label}.{action}_{self.model._meta.model_name}"


SITE = RecordPage("site", "a", Site, SiteForm)
ORGANISATION = RecordPage("organisation", "an", Organisation, OrganisationForm)
PROGRAMME = RecordPage("programme", "a", Programme, ProgrammeForm)
