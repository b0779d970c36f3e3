"""Hubs and hospital schemes, the two types of project."""

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Subquery
from django.http import Http404
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst

from estates_portal.admin import INLINE_FIELDS, LimitedInline, PortalAdmin
from estates_portal.admin_merging import MergedRows
from estates_portal.dates import PartialDate
from estates_portal.fields import is_id
from estates_portal.sorting import SortKey
from projects.approvals import approved_label
from projects.fields import YearField
from projects.labels import SHORT_STAGES
from projects.models.project import set_published
from projects.models.search import check_term_count
from projects.records.stated import StatedFactsForm, missing_for_public
from sites.admin import AddressAdmin, Owner

from ..models import (
    AnnualCost,
    BacklogRemoved,
    Benefit,
    CostEstimate,
    Decision,
    Document,
    FundingLine,
    HospitalScheme,
    Hub,
    Milestone,
    OtherName,
    ProgressNote,
    Project,
    ProjectKind,
    ProjectSource,
    ProposedNote,
    Risk,
    Stage,
)
from ..models.milestone import next_milestones
from .dates import WrittenDatesForm
from .filters import GapFilter
from .groups import PrioritiesAsBoxes
from .milestones import MilestoneInline


class WithYears:
    """Shows financial years as people write them."""

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name not in {"year", "price_year"}:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return YearField(
            label=capfirst(db_field.verbose_name),
            required=not db_field.blank,
            error_messages={"required": "Enter a financial year"},
            help_text="For example, 2026/27",
        )


class ProjectInline(WithYears, LimitedInline):
    extra = 0
    formfield_overrides = INLINE_FIELDS
    text_boxes = {}  # {name of a text field: (rows, columns) of its text area}

    def formfield_for_dbfield(self, db_field, request, **kwargs):
        if db_field.name in self.text_boxes:
            rows, columns = self.text_boxes[db_field.name]
            kwargs["widget"] = forms.Textarea(attrs={"rows": rows, "cols": columns})
        return super().formfield_for_dbfield(db_field, request, **kwargs)


class RowsInline(ProjectInline, admin.TabularInline):
    pass


class CostEstimateInline(RowsInline):
    model = CostEstimate
    form = WrittenDatesForm
    fields = ["amount_pounds", "covers", "as_of", "source_url", "source_confirmed"]


class FundingLineInline(RowsInline):
    model = FundingLine
    form = WrittenDatesForm
    autocomplete_fields = ["funding_organisation"]
    fields = [
        "funder",
        "funder_kind",
        "funding_organisation",
        "amount_pounds",
        "status",
        "note",
        "as_of",
        "source_url",
        "source_confirmed",
    ]


class BacklogRemovedInline(RowsInline):
    model = BacklogRemoved
    form = WrittenDatesForm
    verbose_name_plural = "backlog removed"
    autocomplete_fields = ["site"]
    fields = [
        "site",
        "band",
        "amount_pounds",
        "price_year",
        "as_of",
        "source_words",
        "source_url",
        "source_confirmed",
    ]

    def get_queryset(self, request):
        return super().get_queryset(request).select_related("site")  # shown with each


class ProgressNoteInline(RowsInline):
    model = ProgressNote
    fields = ["date", "text", "source_url"]
    text_boxes = {"text": (3, 60)}

    def has_delete_permission(self, request, obj=None):
        """Published notes are corrected or withdrawn on the project's page; a report refers to its own."""
        if obj is not None and (obj.was_ever_published() or ProposedNote.objects.filter(note__project=obj).exists()):
            return False
        return super().has_delete_permission(request, obj)


class AnnualCostInline(RowsInline):
    model = AnnualCost
    fields = ["year", "budget", "forecast", "actual"]


class LongRowsInline(ProjectInline, admin.StackedInline):
    classes = ["collapse"]


class RiskInline(LongRowsInline):
    model = Risk
    can_delete = False  # a risk is closed
    verbose_name = "risk or issue"
    verbose_name_plural = "risks and issues"
    fields = [
        ("kind", "category", "title"),
        ("likelihood", "consequence", "owner"),
        ("inherent_likelihood", "inherent_consequence", "target_likelihood", "target_consequence"),
        ("cause", "effect", "mitigation"),
        ("escalation", "raised_on", "review_on", "reviewed_on"),
        ("closed_on", "closed_why"),
    ]
    readonly_fields = ["escalation"]  # by its act in the portal
    text_boxes = dict.fromkeys(("cause", "effect", "mitigation"), (2, 40))


class DecisionInline(LongRowsInline):
    model = Decision
    fields = [("title", "decided_on", "decided_by"), ("reason", "url")]
    text_boxes = {"reason": (2, 60)}


class BenefitInline(LongRowsInline):
    model = Benefit
    fields = [("title", "unit"), ("baseline", "target", "due_on"), ("latest", "latest_on", "owner")]


class DocumentInline(RowsInline):
    model = Document
    fields = ["title", "kind", "dated", "url", "public"]


class OtherNames(MergedRows):
    """Accepts the former title, which changing the title has just added."""

    def save_new(self, form, commit=True):
        return self.instance.other_names.filter(name=form.instance.name).first() or super().save_new(form, commit)


class OtherNameInline(RowsInline):
    model = OtherName
    formset = OtherNames
    fields = ["name", "until"]


class ProjectSourceInline(RowsInline):
    model = ProjectSource
    fields = ["url", "supports"]


def exists(project):
    """Whether the project is in the database: new and restored ones are not yet. At most one query."""
    return project.pk is not None and Project.objects.filter(pk=project.pk).exists()


CONFIRM_ROWS = 100  # projects listed before publishing


class ProjectForm(StatedFactsForm):
    class Meta:
        labels = {"stage_basis": "Stage basis", "parent": "Parent project"}
        help_texts = {"parent": ""}

    def clean_reference(self):
        return self.cleaned_data["reference"].upper()


class ProjectKindAdmin(PrioritiesAsBoxes, AddressAdmin):
    """The admin of both types of project."""

    form = ProjectForm
    save_on_top = True
    ordering = [SortKey("title"), "id"]
    list_display = [
        "reference",
        "portal_page",
        "title",
        "place",
        "stage_known",
        "delivery_state",
        "lead",
        "published",
        "next_milestone",
        "last_changed",
    ]
    list_display_links = ["reference", "title"]
    list_filter = [
        GapFilter,
        "published",
        "stage",
        "delivery_state",
        "place",
        "programme",
        ("lead_organisation", Owner),
        "restricted",
        "is_example",
    ]
    search_fields = ["title"]  # shows the search box; see `get_search_results`
    search_help_text = "Title, reference, other name, site, postcode, place, programme or lead organisation"
    list_select_related = ["place", "lead_organisation"]
    autocomplete_fields = [
        "programme",
        "parent",
        "place",
        "site",
        "further_sites",
        "lead_organisation",
        "partner_organisations",
    ]
    readonly_fields = ["is_example", "budget", "approved_budget_on"]
    slug_from = ["title"]
    actions = ["publish", "unpublish"]
    inlines = [
        MilestoneInline,
        CostEstimateInline,
        FundingLineInline,
        AnnualCostInline,
        BacklogRemovedInline,
        RiskInline,
        DecisionInline,
        BenefitInline,
        DocumentInline,
        ProgressNoteInline,
        OtherNameInline,
        ProjectSourceInline,
    ]
    instead_of_deleting = "Cancel it, close it or unpublish it instead."
    own_fields = ()  # (title, fields) of the fieldset of this type

    def get_fieldsets(self, request, obj=None):
        title, fields = self.own_fields
        fieldsets = [
            (
                None,
                {"fields": [("reference", "title"), "slug", "summary", "description"]},
            ),
            (
                "Stage and delivery state",
                {
                    "fields": [
                        ("stage", "stage_as_of", "stage_basis"),
                        "stage_source_url",
                        ("delivery_state", "state_as_of", "state_basis"),
                        "state_source_url",
                        "state_reason",
                        "reporting",
                    ],
                    "description": "Each with its own date and source. The earlier ones stay recorded.",
                },
            ),
            (
                "Approved budget",
                {
                    "fields": [("budget", "approved_budget_on"), "cost_notes"],
                    "classes": ["collapse"],
                    "description": "Change it on the project’s finance page, with who approved it.",
                },
            ),
            ("Visibility", {"fields": ["published", "restricted", "is_example"]}),
            (title, {"fields": fields}),
            ("Place and sites", {"fields": ["place", "site", "further_sites"]}),
            ("Programme and priorities", {"fields": ["programme", "parent", "priorities"]}),
            (
                "People and organisations",
                {
                    "fields": [
                        "lead_organisation",
                        "partner_organisations",
                        ("senior_responsible_owner", "project_manager"),
                    ]
                },
            ),
        ]
        return self.folding_slug(fieldsets, obj)

    def get_readonly_fields(self, request, obj=None):
        fields = super().get_readonly_fields(request, obj)
        return [*fields, "reference"] if obj is not None and obj.was_ever_published() else fields

    def get_queryset(self, request):
        following = next_milestones(timezone.localdate(), request.user)
        return (
            super()
            .get_queryset(request)
            .annotate(
                next_on=Subquery(following.values("current_on")[:1]),
                next_precision=Subquery(following.values("current_precision")[:1]),
                next_title=Subquery(following.values("title")[:1]),
            )
        )

    def history_view(self, request, object_id, extra_context=None):
        project = Project.objects.filter(pk=object_id).first() if is_id(object_id) else None
        url = reverse("projects:project_history", args=[project.slug]) if project else None
        return super().history_view(request, object_id, {**(extra_context or {}), "full_history_url": url})

    def get_search_results(self, request, queryset, search_term):
        if "\0" in search_term or len(search_term) > Project._meta.get_field("title").max_length:
            return queryset.none(), False
        try:
            check_term_count(search_term)
        except ValidationError as error:
            if request.resolver_match.url_name.endswith("_changelist"):
                messages.warning(request, error.message)
            return queryset.none(), False
        return queryset.matching(search_term, request.user), False

    @admin.display(description="stage, as at", ordering="stage")
    def stage_known(self, project):
        if not project.stage:
            return None
        as_of = project.stage_known
        return f"{SHORT_STAGES[project.stage]}, {as_of.short_label}" if as_of else SHORT_STAGES[project.stage]

    @admin.display(description="approved budget")
    def budget(self, project):
        return approved_label(project.approved_budget) or None

    @admin.display(description="lead organisation", ordering="lead_organisation__name")
    def lead(self, project):
        return project.lead_organisation.label if project.lead_organisation else None

    @admin.display(description="milestone", ordering="next_on")
    def next_milestone(self, project):
        if project.next_on is None:
            return None
        return f"{PartialDate.of(project.next_on, project.next_precision).short_label}: {project.next_title}"

    def save_record(self, request, obj, form, change):
        obj.version += 1  # the row is locked
        if exists(obj):
            obj.save_edited(on=timezone.localdate())
        else:
            obj.save()

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        is_closing = "stage" in form.changed_data and form.instance.stage == Stage.CLOSED
        if is_closing and (missing := form.instance.missing_when_closed()):
            messages.warning(request, f"The project is closed. Not recorded yet: {', '.join(missing)}")

    def save_formset(self, request, form, formset, change):
        super().save_formset(request, form, formset, change)
        if formset.model is not Milestone:
            return
        for row in formset.forms:
            if row in formset.deleted_forms or row.instance.pk is None:
                continue
            statement = row.record_date()
            if statement is None:
                continue
            if row.instance.current == statement.date:
                messages.info(request, f"{row.instance}: the date is now {row.instance.current_label or 'not known'}")
            else:
                messages.warning(
                    request,
                    f"{row.instance}: saved. The current date is still {row.instance.current_label}: "
                    "a newer or actual date takes priority",
                )

    @admin.action(description="Publish (show to the public)", permissions=["change"])
    def publish(self, request, queryset):
        return self._set_published(request, queryset, True, "published")

    @admin.action(description="Unpublish (partners only)", permissions=["change"])
    def unpublish(self, request, queryset):
        return self._set_published(request, queryset, False, "unpublished")

    def _set_published(self, request, queryset, published, word):
        """Ask first, on a page that says what the public will see and what is missing; then publish or unpublish."""
        if "confirmed" not in request.POST:
            projects = queryset.exclude(published=published).order_by(SortKey("title"), "pk")
            projects = projects.select_related("lead_organisation")
            context = {
                **self.admin_site.each_context(request),
                "title": "Publish these projects?" if published else "Unpublish these projects?",
                "opts": self.opts,
                "published": published,
                "rows": [(project, missing_for_public(project)) for project in projects[:CONFIRM_ROWS]],
                "count": projects.count(),
                "unchanged": queryset.filter(published=published).count(),
                "action": "publish" if published else "unpublish",
                "chosen": request.POST.getlist(ACTION_CHECKBOX_NAME),
                "select_across": request.POST.get("select_across", "0"),
            }
            return TemplateResponse(request, "admin/publish_confirmation.html", context)
        chosen = queryset.count()
        changed = set_published(queryset, published, by=request.user)
        name = self.opts.verbose_name if changed == 1 else self.opts.verbose_name_plural
        unchanged = f"; {chosen - changed} already {word}" if chosen > changed else ""
        messages.success(request, f"{changed} {name} {word}{unchanged}")


@admin.register(Hub)
class HubAdmin(ProjectKindAdmin):
    list_filter = [*ProjectKindAdmin.list_filter[:1], "hub_type", *ProjectKindAdmin.list_filter[1:]]
    autocomplete_fields = [*ProjectKindAdmin.autocomplete_fields, "services", "primary_care_networks"]
    own_fields = (
        "Hub details",
        ["hub_type", "services", "primary_care_networks", ("population_served", "homes_planned")],
    )


@admin.register(HospitalScheme)
class HospitalSchemeAdmin(ProjectKindAdmin):
    own_fields = (
        "Hospital scheme details",
        ["clinical_function", ("beds_added", "theatres_added", "floor_area_m2"), "estate_risk_addressed"],
    )


@admin.register(BacklogRemoved)
class BacklogRemovedAdmin(WithYears, PortalAdmin):
    """The backlog that all projects remove, to compare them."""

    form = WrittenDatesForm
    list_display = ["project", "site", "band", "amount_pounds", "prices", "as_at", "last_changed"]
    list_filter = ["band", "project__delivery_state", "project__is_example"]
    search_fields = ["project__title", "project__reference", "site__name", "source_words"]
    list_select_related = ["project", "site"]
    autocomplete_fields = ["project", "site"]
    ordering = [SortKey("project__title"), "project", SortKey("site__name"), *BacklogRemoved._meta.ordering]
    fieldsets = [
        (None, {"fields": ["project", "site", "band", ("amount_pounds", "price_year")]}),
        (
            "Date and source",
            {"fields": ["as_of", "source_words", "source_url", "source_confirmed"]},
        ),
    ]

    @admin.display(description="price year", ordering="price_year")
    def prices(self, statement):
        return statement.prices or None

    @admin.display(description="as at", ordering="as_of")
    def as_at(self, statement):
        return statement.dated.short_label if statement.dated else None


@admin.register(Project)
class ProjectAdmin(PortalAdmin):
    """Finds projects in autocomplete fields of other admin pages. It has no pages."""

    search_fields = ["title"]  # needed for autocomplete
    ordering = [SortKey("title"), "id"]

    get_search_results = ProjectKindAdmin.get_search_results

    def get_model_perms(self, request):
        return {}

    def has_add_permission(self, request):
        return False

    def changelist_view(self, request, extra_context=None):
        return redirect("admin:app_list", app_label="projects")

    def change_view(self, request, object_id, form_url="", extra_context=None):
        return self._page_of_kind(object_id, "change")

    def delete_view(self, request, object_id, extra_context=None):
        return self._page_of_kind(object_id, "delete")

    def history_view(self, request, object_id, extra_context=None):
        return self._page_of_kind(object_id, "history")

    def _page_of_kind(self, object_id, page):
        project = Project.objects.filter(pk=object_id).first() if is_id(object_id) else None
        if project is None:
            raise Http404
        model = "hub" if project.kind == ProjectKind.HUB else "hospitalscheme"
        return redirect(reverse(f"admin:projects_{model}_{page}", args=[project.pk]))
