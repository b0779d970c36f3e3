"""The form of a site: its postcode gives the place and the point."""

from django import forms

from estates_portal.addresses import free_slug
from estates_portal.fields import AskedBoundField

from .models import LocationPrecision, Postcode, Site, normalise_postcode


class NewSiteForm(forms.ModelForm):
    """Adds a site by its name, type and postcode. A postcode that the portal does not have gives no point."""

    class Meta:
        model = Site
        fields = ["name", "kind", "postcode"]
        labels = {"name": "Name of the site", "kind": "Type of site"}
        help_texts = {"postcode": "Gives its place and its point on maps. Leave blank if it has none"}
        error_messages = {
            "name": {"required": "Enter the name of the site"},
            "kind": {"required": "Select the type of site", "invalid_choice": "Select a type of site from the list"},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["postcode"].bound_field_class = AskedBoundField
        self.fields["kind"].choices = [("", "Select a type"), *self.fields["kind"].choices[1:]]

    def clean_postcode(self):
        return normalise_postcode(self.cleaned_data["postcode"])

    def clean(self):
        cleaned = super().clean()
        if code := cleaned.get("postcode"):
            self._locate(code)
        return cleaned

    def _locate(self, code):
        """Give the site the place and the point of the postcode, or ask about one that the portal does not have."""
        known = Postcode.objects.select_related("place").filter(pk=code).first()
        if known:
            self.instance.place = known.place
            self.instance.latitude, self.instance.longitude = round(known.latitude, 6), round(known.longitude, 6)
            self.instance.location_precision = LocationPrecision.POSTCODE
        elif not self["postcode"].is_confirmed:
            self.add_error(
                "postcode",
                forms.ValidationError(
                    f"The portal does not know where {code} is. If it is right, save again without a point",
                    code=AskedBoundField.question,
                ),
            )

    def save(self, commit=True):
        if self.instance.pk is None:
            self.instance.slug = free_slug(Site, self.instance.name, "site")
        return super().save(commit)
