"""Admin pages of the system, places, organisations and sites."""

from django.contrib import admin
from django.utils import timezone

from estates_portal.addresses import kind_of
from estates_portal.admin import PortalAdmin

from .models import EstateReturn, FormerAddress, Organisation, OrganisationKind, Place, Site, System


class Existing(admin.SimpleListFilter):
    """Filters current organisations, or those that have ended or not started."""

    title = "status"
    parameter_name = "exists"

    def lookups(self, request, model_admin):
        return [("yes", "Current"), ("no", "Ended or not started")]

    def queryset(self, request, queryset):
        if self.value() not in {"yes", "no"}:
            return queryset
        existing = Organisation.objects.existing(timezone.localdate())
        if self.value() == "yes":
            return queryset.filter(pk__in=existing.values("pk"))
        return queryset.exclude(pk__in=existing.values("pk"))


class Owner(admin.RelatedFieldListFilter):
    """Lists owners without GP practices and primary care networks, which are many."""

    def field_choices(self, field, request, model_admin):
        minor = [OrganisationKind.GP_PRACTICE, OrganisationKind.PRIMARY_CARE_NETWORK]
        return [(owner.pk, owner.label) for owner in Organisation.objects.exclude(kind__in=minor)]


class AddressAdmin(PortalAdmin):
    """The admin of records with a page of their own. Once the page is public, its slug is folded away."""

    def get_fieldsets(self, request, obj=None):
        return self.folding_slug(super().get_fieldsets(request, obj), obj)

    def get_readonly_fields(self, request, obj=None):
        return [*super().get_readonly_fields(request, obj), "former_slugs"]

    def folding_slug(self, fieldsets, obj):
        """The fieldsets, with the slug of a public record in a folded one."""
        if obj is None or not getattr(obj, "published", True):
            return fieldsets
        (name, options), *others = fieldsets
        fields = [field for field in options["fields"] if field != "slug"]
        address = {
            "fields": ["slug", "former_slugs"],
            "classes": ["collapse"],
            "description": "If you change the slug, old links keep working.",
        }
        return [(name, {**options, "fields": fields}), *others, ("Web address", address)]

    @admin.display(description="former slugs")
    def former_slugs(self, obj):
        former = FormerAddress.objects.filter(kind=kind_of(self.model), object_id=obj.pk)
        return ", ".join(former.values_list("slug", flat=True)) or None


@admin.register(System)
class SystemAdmin(PortalAdmin):
    """The one system: it can be added once and not deleted."""

    list_display = ["name", "short_name", "organisation", "office_email", "last_changed"]
    list_select_related = ["organisation"]
    autocomplete_fields = ["organisation"]
    fieldsets = [
        (None, {"fields": ["name", "short_name", "organisation"]}),
        (
            "Contact details",
            {
                "fields": [
                    "office_team",
                    "office_email",
                    "office_telephone",
                    "office_address",
                    "data_protection_contact",
                    "contact_checked_on",
                ],
                "description": "Shown on the contact, privacy and accessibility pages.",
            },
        ),
        (
            "Page content",
            {"fields": ["strategy_summary", "openings_since", "search_examples", "about_the_data", "attribution"]},
        ),
        ("Map", {"fields": ["boundary"], "classes": ["collapse"]}),
    ]

    def has_add_permission(self, request):
        return super().has_add_permission(request) and not System.objects.exists()

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(Place)
class PlaceAdmin(AddressAdmin):
    list_display = ["name", "council", "population", "population_on", "gss_code", "last_changed", "portal_page"]
    search_fields = ["name", "gss_code", "council__name"]
    list_select_related = ["council"]
    autocomplete_fields = ["council"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "slug", "gss_code", "council"]}),
        ("Population", {"fields": [("population", "population_on"), "source_url"]}),
    ]


@admin.register(Organisation)
class OrganisationAdmin(AddressAdmin):
    list_display = [
        "name",
        "short_name",
        "kind",
        "place",
        "ods_code",
        "valid_to",
        "successor",
        "last_changed",
        "portal_page",
    ]
    list_filter = ["kind", Existing, "place"]
    search_fields = ["name", "short_name", "ods_code", "postcode"]
    list_select_related = ["place", "successor"]
    autocomplete_fields = ["place", "network", "successor"]
    instead_of_deleting = "End it instead."
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "short_name", "slug", "kind", "ods_code"]}),
        ("Location", {"fields": ["place", "network", "postcode"]}),
        (
            "Dates and successor",
            {
                "fields": [("valid_from", "valid_to"), "successor"],
                "description": "If the organisation merges or is renamed, enter its end date and successor.",
            },
        ),
        ("Note and source", {"fields": ["note", "source_url"]}),
    ]


class EstateReturnInline(admin.StackedInline):
    model = EstateReturn
    extra = 0
    formfield_overrides = PortalAdmin.formfield_overrides
    fields = [
        ("year", "gross_internal_area_m2", "running_cost_pounds"),
        ("backlog_low_pounds", "backlog_moderate_pounds", "backlog_significant_pounds", "backlog_high_pounds"),
        "source_url",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("site")  # each return shows its name


@admin.register(Site)
class SiteAdmin(AddressAdmin):
    list_display = [
        "name",
        "kind",
        "place",
        "owner",
        "postcode",
        "ods_code",
        "condition",
        "last_changed",
        "portal_page",
    ]
    list_filter = ["kind", "place", ("owner", Owner), "tenure", "condition", "is_example"]
    search_fields = ["name", "address", "postcode", "ods_code", "uprn"]
    list_select_related = ["place", "owner"]
    autocomplete_fields = ["place", "owner"]
    prepopulated_fields = {"slug": ["name"]}
    fieldsets = [
        (None, {"fields": ["name", "slug", "kind", "place", "owner"]}),
        ("Address", {"fields": ["address", "postcode", ("latitude", "longitude"), "location_precision"]}),
        ("Property", {"fields": ["ods_code", "uprn", "tenure", "condition"]}),
        ("Note and source", {"fields": ["note", "source_url", "source_date"]}),
    ]
    inlines = [EstateReturnInline]
