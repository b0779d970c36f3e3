"""Forms of a site: its postcode gives the place and the point."""

from decimal import Decimal

from django import forms

from estates_portal.addresses import free_slug
from estates_portal.fields import AskedBoundField
from estates_portal.merging import MergedForm

from .choices import FIND_ORGANISATION, WithSavedChoices, organisations, with_code
from .models import UK_LATITUDES, UK_LONGITUDES, LocationPrecision, Postcode, Site, SiteIdentifier, normalise_postcode

POINT = {"latitude", "longitude"}


def _number_message(label, limits):
    return f"{label} must be a number between {limits[0]} and {limits[1]}"


class NewSiteForm(forms.ModelForm):
    """Adds a site by its name, type and postcode. A postcode that the portal does not have gives no point."""

    is_exact = False  # whether it has a point that no postcode replaces

    class Meta:
        model = Site
        fields = ["name", "kind", "postcode"]
        labels = {"name": "Name of the site", "kind": "Type of site", "postcode": "Postcode (optional)"}
        help_texts = {"postcode": "Gives its place and its point on maps"}
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
        if (code := cleaned.get("postcode")) and "postcode" in self.changed_data:
            self._locate(code)
        return cleaned

    def _locate(self, code):
        """Give the site the place and the point of the postcode, or ask about one that the portal does not have."""
        known = Postcode.objects.select_related("place").filter(pk=code).first()
        if known or self["postcode"].is_confirmed:
            self._set_location(known)
        else:
            again = "save again" if self.is_exact else "save again without a point"
            text = f"The portal does not know where {code} is. If it is right, {again}"
            self.add_error("postcode", forms.ValidationError(text, code=AskedBoundField.question))

    def _set_location(self, postcode):
        """Fill the place and the point of a new site. `postcode` is None for one that the portal does not have."""
        if postcode is None:
            return
        self.instance.place = postcode.place
        self.instance.latitude, self.instance.longitude = round(postcode.latitude, 6), round(postcode.longitude, 6)
        self.instance.location_precision = LocationPrecision.POSTCODE

    def save(self, commit=True):
        if self.instance.pk is None:
            self.instance.slug = free_slug(Site, self.instance.name, "site")
        return super().save(commit)


class SiteForm(WithSavedChoices, MergedForm, NewSiteForm):
    """A site with all that the office enters by hand. A place or point that is typed replaces that of the postcode."""

    ods_code = forms.CharField(label="ODS site code (optional)", max_length=40, required=False)
    field_order = ["name", "kind", "ods_code", "postcode", "address", "place", "owner"]
    more = ("outside_area", "reported_by", "tenure", "lease_ends_on", "uprn", "latitude", "longitude")  # folded away
    with_saved = ("owner", "reported_by")

    class Meta(NewSiteForm.Meta):
        fields = [
            *NewSiteForm.Meta.fields,
            *("address", "place", "outside_area", "owner", "reported_by", "tenure", "lease_ends_on", "uprn"),
            *("latitude", "longitude"),
        ]
        labels = {
            "postcode": "Postcode (optional)",
            "address": "Address (optional)",
            "place": "Place (optional)",
            "outside_area": "Outside the area",
            "owner": "Owner (optional)",
            "reported_by": "Reporting organisation (optional)",
            "tenure": "Tenure (optional)",
            "lease_ends_on": "Lease ends on (optional)",
            "uprn": "UPRN (optional)",
            "latitude": "Latitude (optional)",
            "longitude": "Longitude (optional)",
        }
        help_texts = NewSiteForm.Meta.help_texts | {
            "place": "Leave blank to use that of the postcode",
            "latitude": "Leave blank to use the centre of the postcode",
            "longitude": "",
        }
        widgets = {name: forms.Select(attrs={"data-app-find": FIND_ORGANISATION}) for name in ("owner", "reported_by")}
        error_messages = NewSiteForm.Meta.error_messages | {
            "place": {"invalid_choice": "Select a place from the list"},
            "owner": {"invalid_choice": "Select an organisation from the list"},
            "reported_by": {"invalid_choice": "Select an organisation from the list"},
            "tenure": {"invalid_choice": "Select a tenure from the list"},
            "latitude": {"invalid": _number_message("Latitude", UK_LATITUDES)},
            "longitude": {"invalid": _number_message("Longitude", UK_LONGITUDES)},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("owner", "reported_by"):
            chosen = getattr(self.instance, f"{name}_id")
            self.fields[name].queryset = organisations([chosen] if chosen else ())
            self.fields[name].label_from_instance, self.fields[name].empty_label = with_code, "Not known"
        self.fields["place"].empty_label = "Not known"
        self.fields["tenure"].choices = [("", "Not known"), *self.fields["tenure"].choices[1:]]
        if self.instance.pk:
            del self.fields["ods_code"]  # a site has several over the years

    @property
    def is_exact(self):
        """Whether it has a typed or a published point, which no postcode replaces."""
        if POINT & set(self.changed_data):
            return any(self[name].data for name in POINT)
        return self.instance.location_precision == LocationPrecision.SITE

    def clean_ods_code(self):
        code = self.cleaned_data["ods_code"].strip().upper()
        if code and (known := SiteIdentifier.objects.select_related("site").filter(value=code).first()):
            raise forms.ValidationError(f"{known.site} has the code {code}")
        return code

    def clean(self):
        cleaned = super().clean()
        if POINT & set(self.changed_data):
            if cleaned.get("latitude") is None:
                self.instance.location_precision = ""
            elif self.is_exact:
                self.instance.location_precision = LocationPrecision.SITE
        return cleaned

    def _set_location(self, postcode):
        """Fill the place and the point, or clear those of the postcode before, unless the point is exact."""
        is_outside = self.cleaned_data.get("outside_area")
        place = postcode.place if postcode and not is_outside else None
        is_of_postcode = self.instance.location_precision == LocationPrecision.POSTCODE and not self.is_exact
        if (place or is_of_postcode or is_outside) and "place" not in self.changed_data:
            self.cleaned_data["place"] = place
        if is_of_postcode or (postcode and not self.is_exact):
            for name in POINT:
                self.cleaned_data[name] = Decimal(str(round(getattr(postcode, name), 6))) if postcode else None
            self.instance.location_precision = LocationPrecision.POSTCODE if postcode else ""

    def save(self, commit=True):
        site = super().save(commit)
        if code := self.cleaned_data.get("ods_code"):
            site.identifiers.create(value=code)
        return site
