"""Milestones: on the project page with a new date, and on their own with every statement."""

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.db import models
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.functional import cached_property

from estates_portal.admin import PortalAdmin
from projects.milestones.services import check_dependency
from projects.models.milestone import MilestoneDates, check_stated_date, check_stated_on, date_move_errors
from projects.versions import bump_version

from ..dates import DatePrecision, PartialDate
from ..models import DateChangeReason, Milestone, MilestoneDependency, MilestoneStatement, Project, StatementKind

# An address in a row of fields: without the link to it, which would widen the row.
SHORT_ADDRESS = {
    models.URLField: {"widget": forms.URLInput(attrs={"class": "vURLField"}), "assume_scheme": "https"},
}


BY_CHANGE_REQUEST = "Use a change request on the project’s milestones page to change a baseline"


def has_baseline(milestone):
    """Whether a baseline was approved for the milestone."""
    return milestone.pk is not None and milestone.statements.filter(kind=StatementKind.BASELINE).exists()


class StatedOnForm(forms.ModelForm):
    """Refuses a statement dated in the future or long ago."""

    def clean_stated_on(self):
        if stated_on := self.cleaned_data["stated_on"]:
            check_stated_on(stated_on, today=timezone.localdate())
        return stated_on


class MilestoneAdminForm(StatedOnForm):
    """A milestone, and one more statement of its date where a new date is given."""

    new_date = forms.DateField(
        label="New date",
        required=False,
        widget=AdminDateWidget,
        help_text="Enter any day in that month, quarter or year",
    )
    known_to = forms.ChoiceField(
        label="Date precision", choices=DatePrecision, initial=DatePrecision.DAY, required=False
    )
    which_is = forms.ChoiceField(
        label="Type of date", choices=StatementKind, initial=StatementKind.FORECAST, required=False
    )
    stated_on = forms.DateField(
        label="Stated on", required=False, widget=AdminDateWidget, help_text="Leave blank for today"
    )
    source_url = forms.URLField(
        label="Source",
        max_length=500,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"class": "vURLField"}),
    )
    reason = forms.ChoiceField(label="Reason the forecast changed", required=False)
    explanation = forms.CharField(label="Explain in one sentence", max_length=300, required=False)

    class Meta:
        model = Milestone
        fields = ["title", "kind", "gate", "public"]

    def __init__(self, *args, reasons=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.reasons = {str(one.pk): one for one in reasons}
        self.fields["reason"].choices = [("", "---------"), *((pk, one.name) for pk, one in self.reasons.items())]
        if self.instance.reached:
            self.fields["which_is"].initial = StatementKind.ACTUAL

    def clean(self):
        cleaned = super().clean()
        date = PartialDate.of(cleaned.get("new_date"), cleaned.get("known_to"))
        kind = cleaned.get("which_is") or StatementKind.FORECAST
        if date and kind == StatementKind.FORECAST and self.instance.reached:
            self.add_error("which_is", "This milestone has been reached. Select Actual to correct its date")
        elif date and kind == StatementKind.BASELINE:
            self._check_baseline(date)
        elif date:
            self._check_move(kind, date)
        elif "new_date" not in self.errors and self.date_words_given():
            self.add_error("new_date", "Enter the new date")
        return cleaned

    def _check_baseline(self, date):
        try:
            check_stated_date(StatementKind.BASELINE, date, today=timezone.localdate())
        except ValidationError as error:
            self.add_error("new_date", error)
        if has_baseline(self.instance):
            self.add_error("which_is", BY_CHANGE_REQUEST)

    def _check_move(self, kind, date):
        """Add the errors of `date_move_errors`, against the dates as they were on the day of the statement."""
        today = timezone.localdate()
        statements = self.instance.statements.all() if self.instance.pk else ()
        dates = MilestoneDates.from_statements(statements, on=self.cleaned_data.get("stated_on") or today)
        errors = date_move_errors(
            dates,
            **{"forecast": dates.forecast, "actual": dates.actual, str(kind): date},
            reason=self.reasons.get(self.cleaned_data.get("reason")),
            explanation=self.cleaned_data.get("explanation", ""),
            today=today,
        )
        for name, message in errors.items():
            self.add_error(name if name in self.fields else "new_date", message)

    def date_words_given(self):
        """Whether something was entered that belongs to a new date."""
        more = {"known_to", "which_is", "stated_on", "source_url", "reason", "explanation"}
        return bool(more & set(self.changed_data))

    def record_date(self):
        """Record the new date, if there is one, as stated today or on the given day. Returns the statement."""
        given = self.cleaned_data
        if not given.get("new_date"):
            return None
        return self.instance.record_date(
            given["which_is"] or StatementKind.FORECAST,
            given["new_date"],
            given["known_to"] or DatePrecision.DAY,
            stated_on=given["stated_on"] or timezone.localdate(),
            source_url=given["source_url"],
            change_reason=self.reasons.get(given["reason"]),
            explanation=given["explanation"].strip(),
        )


class Milestones(BaseInlineFormSet):
    """Reads the reasons for a change once, for all its forms."""

    @cached_property
    def reasons(self):
        return list(DateChangeReason.objects.filter(in_use=True))

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "reasons": self.reasons}


class MilestoneInline(admin.StackedInline):
    model = Milestone
    form = MilestoneAdminForm
    formset = Milestones
    extra = 0
    show_change_link = True
    readonly_fields = ["current_date"]
    fieldsets = [
        (None, {"fields": [("title", "kind", "gate", "public", "current_date")]}),
        (
            "Correct or add a date",
            {
                "classes": ["collapse"],
                "fields": [
                    ("new_date", "known_to", "which_is"),
                    ("stated_on", "source_url"),
                    ("reason", "explanation"),
                ],
            },
        ),
    ]

    @admin.display(description="Current date")
    def current_date(self, milestone):
        return date_now(milestone)


def date_now(milestone):
    """The current date and whether it has been reached: "May 2025, reached"; None without a date."""
    if milestone.current_on is None:
        return None
    return f"{milestone.current_short_label}, {'reached' if milestone.reached else 'expected'}"


class StatementForm(StatedOnForm):
    """Refuses dates that no milestone can have; its fields are those of the inline."""

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("on") and cleaned.get("kind") and cleaned.get("precision"):
            date = PartialDate.of(cleaned["on"], cleaned["precision"])
            try:
                check_stated_date(cleaned["kind"], date, today=timezone.localdate())
            except ValidationError as error:
                self.add_error("on", error)
        return cleaned


class Statements(BaseInlineFormSet):
    """Refuses what would move a baseline: a second one, or another date on the one that is there.

    One that holds may be corrected by its precision, its source and its wording alone.
    """

    def clean(self):
        super().clean()
        held = has_baseline(self.instance)
        for form in self.forms:
            if form.errors or not form.has_changed():
                continue
            was = form.initial.get("kind") == StatementKind.BASELINE
            becomes = form.cleaned_data.get("kind") == StatementKind.BASELINE
            moved = {"kind", "on", "superseded"} & set(form.changed_data) or form.cleaned_data.get("DELETE")
            if (was and moved) or (becomes and not was and held):
                form.add_error("kind", BY_CHANGE_REQUEST)


class Dependencies(BaseInlineFormSet):
    """Refuses circles."""

    def clean(self):
        super().clean()
        for form in self.forms:
            other = form.cleaned_data.get("depends_on") if not form.errors else None
            if other is None or self.instance.pk is None or form.cleaned_data.get("DELETE"):
                continue
            try:
                check_dependency(self.instance, other)
            except ValidationError as fault:
                form.add_error("depends_on", fault)


class DependencyInline(admin.TabularInline):
    model = MilestoneDependency
    fk_name = "milestone"
    extra = 0
    verbose_name = "dependency"
    verbose_name_plural = "dependencies"
    autocomplete_fields = ["depends_on"]
    formset = Dependencies


class StatementInline(admin.StackedInline):
    model = MilestoneStatement
    form = StatementForm
    formset = Statements
    extra = 0
    formfield_overrides = SHORT_ADDRESS
    fields = [
        ("kind", "on", "precision", "stated_on"),
        ("change_reason", "explanation"),
        ("wording", "source_url"),
        "superseded",
    ]

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "change_reason":  # asked for once, not for each statement
            if not hasattr(request, "change_reasons"):
                request.change_reasons = list(field.choices)
            field.choices = request.change_reasons
        return field


@admin.register(Milestone)
class MilestoneAdmin(PortalAdmin):
    list_display = ["title", "project", "kind", "date_now", "public", "last_changed"]
    list_filter = ["kind", "gate", "reached", "public"]
    search_fields = ["title", "project__title", "project__reference"]
    list_select_related = ["project"]
    autocomplete_fields = ["project"]
    readonly_fields = ["date_now"]
    fieldsets = [
        (
            None,
            {
                "fields": ["project", "title", "kind", "gate", "public", "date_now"],
                "description": "The current date comes from the statements below: the newest actual, else the newest "
                "forecast, else the baseline.",
            },
        )
    ]
    inlines = [StatementInline, DependencyInline]
    ordering = ["-pk"]  # the last added first; there are too many to sort

    @admin.display(description="current date", ordering="current_on")
    def date_now(self, milestone):
        return date_now(milestone)

    def get_view_on_site_url(self, obj=None):
        return obj.project.get_absolute_url() if obj is not None else None

    def revert_disabled(self, request, obj=None):
        return True  # its date comes from statements, which have their own history

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        milestone = form.instance
        if any(formset.has_changed() for formset in formsets):
            milestone.refresh_dates()
        for project_id in {milestone.project_id, form.initial.get("project")} - {None}:
            bump_version(Project, project_id)

    def delete_model(self, request, obj):
        super().delete_model(request, obj)
        bump_version(Project, obj.project_id)

    def delete_queryset(self, request, queryset):
        projects = set(queryset.values_list("project_id", flat=True))
        super().delete_queryset(request, queryset)
        for project_id in projects:
            bump_version(Project, project_id)
