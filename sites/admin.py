"""Admin pages of the system, places, organisations and sites."""

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone
from simple_history.models import is_historic

from estates_portal.accounts.rules import CHANGE_ADDRESS
from estates_portal.addresses import kind_of
from estates_portal.admin import INLINE_FIELDS, LimitedInline, PortalAdmin
from estates_portal.admin_merging import MergedModelForm, MergedRows
from estates_portal.fields import WrittenDates

from .acceptance import accept_organisation, accept_returns, complete_site, conflicts_of
from .estate_forms import EstateReturnForm
from .models import (
    ConditionSurvey,
    EstateReturn,
    FormerAddress,
    Grade,
    Organisation,
    OrganisationIdentifier,
    OrganisationKind,
    Place,
    Site,
    SiteIdentifier,
    System,
    distinct_names,
    with_condition,
)
from .models.accepted import accept


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
    """The admin of records with a page of their own.

    Once the page has been public, its slug is folded away, and only administrators can change it. Until then it
    follows the fields `slug_from`. `prepopulated_fields` stays empty: pages of history would need the slug for it.
    """

    slug_from = ()

    def get_fieldsets(self, request, obj=None):
        return self.folding_slug(super().get_fieldsets(request, obj), obj)

    def get_readonly_fields(self, request, obj=None):
        fields = [*super().get_readonly_fields(request, obj), "former_slugs"]
        can_change = request.user.has_perm(CHANGE_ADDRESS) or not self.has_been_public(obj)
        return fields if can_change else [*fields, "slug"]

    def get_prepopulated_fields(self, request, obj=None):
        return {} if self.has_been_public(obj) else {"slug": self.slug_from}

    @staticmethod
    def has_been_public(obj):
        """Whether the page of the record is public, or was. At most one query."""
        if obj is None:
            return False
        return obj.was_ever_published() if hasattr(obj, "was_ever_published") else getattr(obj, "accepted", True)

    def folding_slug(self, fieldsets, obj):
        """The fieldsets, with the slug of a public record in a folded one."""
        if not self.has_been_public(obj):
            return fieldsets
        (name, options), *others = fieldsets
        fields = [field for field in options["fields"] if field != "slug"]
        address = {
            "fields": ["slug", "former_slugs"],
            "classes": ["collapse"],
            "description": "Only administrators can change the slug. Old links keep working: they redirect.",
        }
        return [(name, {**options, "fields": fields}), *others, ("Web address", address)]

    @admin.display(description="former slugs")
    def former_slugs(self, obj):
        former = FormerAddress.objects.filter(kind=kind_of(self.model), object_id=obj.pk)
        return ", ".join(former.values_list("slug", flat=True)) or None


class AcceptedForm(MergedModelForm):
    """A record that an import can add: it can be accepted. What is public stays so, as public pages link to it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "accepted" in self.fields:
            self.fields["accepted"].disabled = self.instance.accepted


class OrganisationForm(AcceptedForm):
    """Refuses to accept an organisation if another has a code of one that succeeds it. Its own codes are rows below."""

    def _post_clean(self):
        super()._post_clean()
        becomes_accepted = "accepted" in self.changed_data and not self.errors
        if becomes_accepted and (sentences := conflicts_of(self.instance.successor)):
            self.add_error("accepted", sentences)


class AcceptedAdmin(AddressAdmin):
    """The admin of records that an import can add: it can accept them, and with an accepted return what it is of."""

    form = AcceptedForm

    def save_record(self, request, obj, form, change):
        """Save the record. An earlier version of it stays accepted if the record is."""
        if is_historic(obj):
            obj.accepted = obj.accepted or self.model.objects.filter(pk=obj.pk, accepted=True).exists()
        super().save_record(request, obj, form, change)

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if formset.model is EstateReturn:
            changed = [row for row, fields in formset.changed_objects if "accepted" in fields]
            ids = [row.pk for row in (*formset.new_objects, *changed) if row.accepted]
            accept_returns(EstateReturn.objects.filter(pk__in=ids))


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
    slug_from = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "gss_code", "council"]}),
        ("Population", {"fields": [("population", "population_on"), "source_url"]}),
    ]


def rows_to_save(formset):
    """The records of the valid rows of a formset, without empty and deleted ones."""
    deleted = formset.deleted_forms if formset.can_delete else []
    filled = [form for form in formset.forms if form.instance.pk or form.has_changed()]
    return [form.instance for form in filled if form not in deleted and not form.errors]


class OrganisationCodes(MergedRows):
    """Refuses two rows of the same code in periods that overlap."""

    def clean(self):
        super().clean()
        rows = rows_to_save(self)
        for number, row in enumerate(rows):
            if any(row.overlaps(other) for other in rows[:number]):
                raise ValidationError(f"The code {row.value} is entered twice for one period")


class OrganisationIdentifierInline(LimitedInline, admin.TabularInline):
    model = OrganisationIdentifier
    form = AcceptedForm
    formset = OrganisationCodes
    extra = 0
    formfield_overrides = INLINE_FIELDS
    fields = ["scheme", "value", "superseded", "accepted", "valid_from", "valid_to", "source_url", "note"]


class Returns(MergedRows):
    """Refuses two returns of one year and organisation, and to accept one whose organisation cannot be accepted.

    Sets on the record what accepting its returns changes, so that it is saved once. Other changes of an accepted return
    change nothing else.
    """

    def clean(self):
        super().clean()
        seen, rows = set(), rows_to_save(self)
        for row in rows:
            key = (row.year, row.reported_by_id)
            if key in seen:
                raise ValidationError(f"There are two returns of the same organisation for {row.financial_year}")
            seen.add(key)
        accepted = [form for form in self.forms if "accepted" in form.changed_data and form.instance in rows]
        accepted = [form for form in accepted if form.instance.accepted]
        for form in accepted:
            if sentences := conflicts_of(form.instance.reporter):
                form.add_error("accepted", sentences)
        for form in self.forms:
            row = form.instance
            if row in rows and row.accepted and form not in accepted and "reported_by" in form.changed_data:
                self._check_reporter(form, row.reported_by)
        if not any(self.errors):
            for form in accepted:
                self._show_record(form.instance)

    def _check_reporter(self, form, reporter):
        """The public does not see an accepted return of an organisation that is not accepted."""
        if reporter is not None and not reporter.accepted:
            form.add_error("reported_by", f"Accept {reporter} first")

    def _show_record(self, row):
        if isinstance(self.instance, Site):
            complete_site(self.instance, row, row.reported_by)
        else:
            self.instance.accepted = True


class EstateReturnInline(LimitedInline, admin.StackedInline):
    model = EstateReturn
    form = EstateReturnForm
    formset = Returns
    extra = 0
    formfield_overrides = INLINE_FIELDS
    autocomplete_fields = ["reported_by"]
    readonly_fields = ["site_code_as_published"]
    fields = [
        ("year", "accepted"),
        ("reported_by", "reported_as"),
        ("site_name_as_published", "site_type_as_published", "site_code_as_published"),
        ("gross_internal_area_m2", "occupied_area_m2", "unsuitable_percent", "void_percent"),
        ("backlog_high_pounds", "backlog_significant_pounds", "backlog_moderate_pounds", "backlog_low_pounds"),
        ("risk_adjusted_backlog_pounds", "hard_fm_pounds", "soft_fm_pounds"),
        ("finance_cost_pounds", "energy_cost_pounds"),
        ("why_unknown", "age_bands"),
        ("basis", "published_on"),
        ("source_words", "source_url"),
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("site", "aggregate_of", "reported_by")  # shown with each


class AggregateReturnInline(EstateReturnInline):
    """The returns of the small sites of a trust together."""

    fk_name = "aggregate_of"
    verbose_name = "aggregate of small sites"
    verbose_name_plural = "aggregates of small sites"
    autocomplete_fields = []
    readonly_fields = []
    fields = [EstateReturnInline.fields[0], ("reported_as", "site_name_as_published"), *EstateReturnInline.fields[3:]]


@admin.register(Organisation)
class OrganisationAdmin(AcceptedAdmin):
    form = OrganisationForm
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
    list_filter = ["kind", Existing, "place", "accepted"]
    search_fields = ["name", "short_name", "identifiers__value", "postcode"]
    list_select_related = ["place", "successor"]
    autocomplete_fields = ["place", "network", "successor"]
    instead_of_deleting = "End it instead."
    slug_from = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "short_name", "slug", "kind", "accepted"]}),
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
    inlines = [OrganisationIdentifierInline, AggregateReturnInline]

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("identifiers")

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if "accepted" in form.changed_data:
            accept_organisation(form.instance, "Organisation accepted")

    @admin.display(description="ODS code")
    def ods_code(self, organisation):
        return organisation.ods_code


class SiteIdentifierInline(LimitedInline, admin.TabularInline):
    model = SiteIdentifier
    form = AcceptedForm
    extra = 0
    formfield_overrides = INLINE_FIELDS
    fields = ["scheme", "value", "superseded", "accepted", "valid_from", "valid_to", "source_url", "note"]


class SurveyForm(WrittenDates, MergedModelForm):
    written = {"surveyed_on": "surveyed_on_precision"}


class ConditionSurveyInline(LimitedInline, admin.TabularInline):
    model = ConditionSurvey
    form = SurveyForm
    extra = 0
    formfield_overrides = INLINE_FIELDS
    fields = ["facet", "grade", "surveyed_on", "source_words", "source_url", "accepted"]


class ConditionFilter(admin.SimpleListFilter):
    """Filters by the grade of the newest physical survey."""

    title = "condition"
    parameter_name = "condition"

    def lookups(self, request, model_admin):
        return [*Grade.choices, ("unknown", "Not known")]

    def queryset(self, request, queryset):
        if self.value() == "unknown":
            return queryset.filter(condition=None)
        return queryset.filter(condition=self.value()) if self.value() in Grade.values else queryset


@admin.register(Site)
class SiteAdmin(AcceptedAdmin):
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
    list_filter = [
        "kind",
        "place",
        "outside_area",
        ("owner", Owner),
        "tenure",
        ConditionFilter,
        "accepted",
        "is_example",
    ]
    search_fields = ["name", "address", "postcode", "identifiers__value", "uprn"]
    list_select_related = ["place", "owner"]
    autocomplete_fields = ["place", "owner", "reported_by"]
    slug_from = ["name"]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    "name",
                    "slug",
                    "kind",
                    "type_as_published",
                    ("place", "outside_area"),
                    "owner",
                    "reported_by",
                    "accepted",
                ]
            },
        ),
        ("Address", {"fields": ["address", "postcode", ("latitude", "longitude"), "location_precision"]}),
        ("Property", {"fields": ["uprn", ("tenure", "lease_ends_on")]}),
        ("Note and source", {"fields": ["note", "source_url", "source_date"]}),
    ]
    inlines = [SiteIdentifierInline, ConditionSurveyInline, EstateReturnInline]

    def get_queryset(self, request):
        sites = super().get_queryset(request).prefetch_related("identifiers")
        return with_condition(sites, request.user)

    def labels_of(self, records):
        return distinct_names(records)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        if "accepted" in form.changed_data:
            accept(form.instance.identifiers.filter(accepted=False), "Site accepted")

    @admin.display(description="ODS code")
    def ods_code(self, site):
        return site.ods_code

    @admin.display(description="condition", ordering="condition")
    def condition(self, site):
        return site.condition
