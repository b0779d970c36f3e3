"""Programmes, priorities, services, sources, the estates strategy and search synonyms."""

from django import forms
from django.contrib import admin
from django.db.models import Count, IntegerField, OuterRef, Subquery
from django.db.models.functions import Coalesce

from estates_portal.admin import PortalAdmin
from estates_portal.admin_merging import MergedModelForm
from sites.admin import AddressAdmin

from ..models import Priority, Programme, Project, SearchSynonym, Service, Source, StrategySection
from .dates import WrittenDatesForm

SOURCE = ("Source", {"fields": [("source_url", "source_read_on")]})


class PrioritiesAsBoxes:
    """Shows priorities as checkboxes."""

    def formfield_for_manytomany(self, db_field, request, **kwargs):
        if db_field.name == "priorities":
            kwargs["widget"] = forms.CheckboxSelectMultiple
        return super().formfield_for_manytomany(db_field, request, **kwargs)


@admin.register(Programme)
class ProgrammeAdmin(PrioritiesAsBoxes, AddressAdmin):
    list_display = ["name", "lead_organisation", "project_count", "last_changed", "portal_page"]
    list_filter = ["priorities", "is_example"]
    search_fields = ["name", "description", "lead_organisation__name"]
    list_select_related = ["lead_organisation"]
    autocomplete_fields = ["lead_organisation"]
    slug_from = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "description", "lead_organisation", "priorities"]}),
        SOURCE,
    ]

    def get_queryset(self, request):
        projects = Project.objects.order_by().filter(programme=OuterRef("pk")).values("programme")
        counts = projects.annotate(number=Count("pk")).values("number")
        return (
            super()
            .get_queryset(request)
            .annotate(project_count=Coalesce(Subquery(counts, output_field=IntegerField()), 0))
        )

    @admin.display(description="projects", ordering="project_count")
    def project_count(self, obj):
        return obj.project_count


@admin.register(Priority)
class PriorityAdmin(AddressAdmin):
    list_display = ["title", "kind", "order", "source_read_on", "last_changed", "portal_page"]
    list_filter = ["kind"]
    search_fields = ["title", "description"]
    slug_from = ["title"]
    fieldsets = [(None, {"fields": ["title", "slug", "kind", "description", "order"]}), SOURCE]


@admin.register(StrategySection)
class StrategySectionAdmin(PrioritiesAsBoxes, PortalAdmin):
    list_display = ["title", "order", "source_read_on", "last_changed", "portal_page"]
    list_filter = ["priorities"]
    instead_of_deleting = "Correct it instead."
    search_fields = ["title", "text"]
    autocomplete_fields = ["programmes", "projects"]
    slug_from = ["title"]
    fieldsets = [
        (None, {"fields": ["title", "slug", "text", "order"]}),
        ("What it is about", {"fields": ["priorities", "programmes", "projects"]}),
        SOURCE,
    ]


class SourceForm(WrittenDatesForm):
    written = {"dated_on": "date_precision"}


@admin.register(Source)
class SourceAdmin(PortalAdmin):
    """Names the published sources of facts. The address of a source is in the facts themselves."""

    form = SourceForm
    list_display = ["publisher", "title", "published", "url", "last_changed"]
    list_filter = ["publisher"]
    instead_of_deleting = "Correct it instead."
    search_fields = ["publisher", "title", "url"]
    fieldsets = [(None, {"fields": ["url", "publisher", "title", "dated_on"]})]

    @admin.display(description="date", ordering="dated_on")
    def published(self, source):
        return source.date.label if source.date else "Not known"


@admin.register(Service)
class ServiceAdmin(PortalAdmin):
    list_display = ["name", "last_changed"]
    search_fields = ["name"]
    fieldsets = [(None, {"fields": ["name"]})]


class SynonymForm(MergedModelForm):
    class Meta:
        error_messages = {
            "words": {"required": "Enter what people search for"},
            "finds": {"required": "Enter what the search also finds"},
        }


@admin.register(SearchSynonym)
class SearchSynonymAdmin(PortalAdmin):
    form = SynonymForm
    list_display = ["words", "finds", "last_changed"]
    search_fields = ["words", "finds"]
    fieldsets = [(None, {"fields": ["words", "finds"]})]
