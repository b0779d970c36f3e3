"""Milestones: inline on a project, where a new date can be added, and with all their statements."""

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.functional import cached_property

from estates_portal.admin import INLINE_FIELDS, LimitedInline, PortalAdmin, has_changes
from estates_portal.admin_merging import MergedModelForm, MergedRows
from estates_portal.dates import PartialDate
from estates_portal.fields import DayField, PartialDateField, is_id
from estates_portal.merging import values_of_opening
from projects.models.milestone import (
    MilestoneDates,
    check_stated_date,
    check_stated_on,
    complete_details,
    date_move_errors,
)
from projects.versions import bump_version, lock_project

from ..models import DateChangeReason, Milestone, MilestoneDependency, MilestoneStatement, Project, StatementKind
from .dates import DATE_HINT, WrittenDatesForm

DATE_CHANGED_SINCE = "Someone changed the current date after you opened the page"
BY_CHANGE_REQUEST = "Use a change request on the project’s milestones page to change a baseline"


def has_baseline(milestone):
    """Whether the milestone has a baseline. One query."""
    return milestone.pk is not None and milestone.statements.filter(kind=StatementKind.BASELINE).exists()


class StatedOnForm(MergedModelForm):
    """Rejects a `stated_on` in the future or out of range."""

    def clean_stated_on(self):
        if stated_on := self.cleaned_data["stated_on"]:
            check_stated_on(stated_on, today=timezone.localdate())
        return stated_on


class MilestoneAdminForm(StatedOnForm):
    """A milestone, with fields for a new statement of its date."""

    new_date = PartialDateField(label="New date", required=False, max_length=40, help_text=DATE_HINT)
    new_kind = forms.ChoiceField(
        label="Type of date", choices=StatementKind, initial=StatementKind.FORECAST, required=False
    )
    stated_on = DayField(label="Stated on", required=False, help_text="Leave blank for today")
    source_url = forms.URLField(
        label="Source",
        max_length=500,
        required=False,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"class": "vURLField"}),
    )
    date_not_known = forms.BooleanField(
        label="Date not known", required=False, help_text="Instead of a new forecast. Explain in one sentence"
    )
    reason = forms.ChoiceField(label="Reason the forecast changed", required=False)
    explanation = forms.CharField(label="Explain in one sentence", max_length=300, required=False)

    has_moved = False  # whether its current date has changed since the page was opened

    class Meta:
        model = Milestone
        fields = ["title", "kind", "gate", "public"]

    def __init__(self, *args, reasons=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.reasons = {str(reason.pk): reason for reason in reasons}
        self.fields["reason"].choices = [("", "---------"), *((pk, reason.name) for pk, reason in self.reasons.items())]
        if self.instance.reached:
            self.fields["new_kind"].initial = StatementKind.ACTUAL

    def merged_fields(self):
        return [bound for bound in super().merged_fields() if bound.name not in self.declared_fields]

    def saved_values(self):
        more = {"current_date": current_date_label(self.instance) or "", "new_kind": str(self["new_kind"].initial)}
        return super().saved_values() | more

    def _merge(self):
        opened = values_of_opening(self.data, self.prefix)
        self.has_moved = bool(opened) and opened.get("current_date") != self.saved_values()["current_date"]
        super()._merge()

    def clean(self):
        cleaned = super().clean()
        complete_details(cleaned, self.instance)
        date = cleaned.get("new_date")
        kind = cleaned.get("new_kind") or StatementKind.FORECAST
        if self.has_moved and (date or cleaned.get("date_not_known")):
            label = current_date_label(self.instance) or "not known"
            self.refusal = f"{DATE_CHANGED_SINCE}: {label}. Check your date, then save again"
            self.add_error("new_date", self.refusal)
        elif date and kind == StatementKind.FORECAST and self.instance.reached:
            self.add_error("new_kind", "This milestone has been reached. Select Actual to correct its date")
        elif cleaned.get("date_not_known"):
            self._check_move(StatementKind.FORECAST, date)
        elif date and kind == StatementKind.BASELINE:
            self._check_baseline(date)
        elif date:
            self._check_move(kind, date)
        elif "new_date" not in self.errors and self.has_date_details():
            self.add_error("new_date", "Enter the new date")
        return cleaned

    def _check_baseline(self, date):
        try:
            check_stated_date(StatementKind.BASELINE, date, today=timezone.localdate())
        except ValidationError as error:
            self.add_error("new_date", error)
        if has_baseline(self.instance):
            self.add_error("new_kind", BY_CHANGE_REQUEST)

    def _check_move(self, kind, date):
        """Add the errors of `date_move_errors`, against the dates on the day of the statement."""
        today = timezone.localdate()
        statements = self.instance.statements.all() if self.instance.pk else ()
        dates = MilestoneDates.from_statements(statements, on=self.cleaned_data.get("stated_on") or today)
        errors = date_move_errors(
            dates,
            **{"forecast": dates.forecast, "actual": dates.actual, str(kind): date},
            date_not_known=self.cleaned_data.get("date_not_known", False),
            reason=self.reasons.get(self.cleaned_data.get("reason")),
            explanation=self.cleaned_data.get("explanation", ""),
            today=today,
            stated_on=self.cleaned_data.get("stated_on"),
        )
        for name, message in errors.items():
            self.add_error(name if name in self.fields else "new_date", message)

    def has_date_details(self):
        """Whether the user filled in a field of the new date."""
        more = {"new_kind", "stated_on", "source_url", "reason", "explanation"}
        return bool(more & set(self.changed_data))

    def record_date(self):
        """Record the new date, stated today or on the given day. Returns the statement, or None without a new date."""
        data = self.cleaned_data
        if not data.get("new_date") and not data.get("date_not_known"):
            return None
        return self.instance.record_date(
            data["new_kind"] or StatementKind.FORECAST,
            *((date.first, date.precision) if (date := data.get("new_date")) else (None,)),
            stated_on=data["stated_on"] or timezone.localdate(),
            source_url=data["source_url"],
            change_reason=self.reasons.get(data["reason"]),
            explanation=data["explanation"].strip(),
        )


class Milestones(MergedRows):
    """Queries the reasons for a change once, for all its forms."""

    def clean(self):
        super().clean()
        gates = set()
        for form in self.forms:
            gate = form.cleaned_data.get("gate") if hasattr(form, "cleaned_data") else ""
            if gate and gate in gates:
                form.add_error("gate", "This project already has this gate")
            gates.add(gate)

    @cached_property
    def reasons(self):
        return list(DateChangeReason.objects.filter(in_use=True))

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "reasons": self.reasons}


class MilestoneInline(LimitedInline, admin.StackedInline):
    model = Milestone
    form = MilestoneAdminForm
    formset = Milestones
    extra = 0
    show_change_link = True
    can_delete = False  # on its own page, by administrators
    readonly_fields = ["current_date"]
    fieldsets = [
        (None, {"fields": [("title", "kind", "gate", "public", "current_date")]}),
        (
            "Correct or add a date",
            {
                "classes": ["collapse"],
                "fields": [
                    ("new_date", "new_kind"),
                    ("stated_on", "source_url"),
                    ("reason", "explanation", "date_not_known"),
                ],
            },
        ),
    ]

    @admin.display(description="Current date")
    def current_date(self, milestone):
        return current_date_label(milestone)


def current_date_label(milestone):
    """The current date with its status: "May 2025, reached"; None without a date."""
    if milestone.current_on is None:
        return None
    return f"{milestone.current_short_label}, {'reached' if milestone.reached else 'expected'}"


class StatementForm(StatedOnForm, WrittenDatesForm):
    """Rejects dates with a `date_error`. Its fields are those of the inline."""

    written = {"on": "precision"}
    withdraw = forms.BooleanField(required=False, help_text="It no longer counts. Its record stays")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.recorded_on = self.instance.on

    @property
    def changes_day(self):
        """Whether the recorded day is not in the date. Only the precision of a baseline can be corrected."""
        date = self.cleaned_data.get("on")
        if not date or not self.recorded_on:
            return bool(date or self.recorded_on)
        return PartialDate.of(self.recorded_on, date.precision) != date

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("on") and cleaned.get("kind"):
            try:
                check_stated_date(cleaned["kind"], cleaned["on"], today=timezone.localdate())
            except ValidationError as error:
                self.add_error("on", error)
        return cleaned

    def save(self, commit=True):
        if self.cleaned_data.get("withdraw"):
            self.instance.withdrawn_at = timezone.now()
            self.instance._change_reason = "Withdrawn"
        return super().save(commit)


class Statements(MergedRows):
    """Rejects a second baseline and a new date of the existing one.

    Precision, source and wording of an existing baseline can be corrected.
    """

    def clean(self):
        super().clean()
        has_one = has_baseline(self.instance)
        for form in self.forms:
            if form.errors or not form.has_changed():
                continue
            was_baseline = form.initial.get("kind") == StatementKind.BASELINE
            is_baseline = form.cleaned_data.get("kind") == StatementKind.BASELINE
            moved = {"kind", "superseded", "withdraw"} & set(form.changed_data) or form.changes_day
            if (was_baseline and moved) or (is_baseline and not was_baseline and has_one):
                form.add_error("kind", BY_CHANGE_REQUEST)


class DependencyInline(LimitedInline, admin.TabularInline):
    model = MilestoneDependency
    fk_name = "milestone"
    extra = 0
    verbose_name = "dependency"
    verbose_name_plural = "dependencies"
    autocomplete_fields = ["depends_on"]


class StatementInline(LimitedInline, admin.StackedInline):
    model = MilestoneStatement
    form = StatementForm
    formset = Statements
    extra = 0
    formfield_overrides = INLINE_FIELDS
    fields = [
        ("kind", "on", "stated_on"),
        ("change_reason", "explanation"),
        ("wording", "source_url"),
        ("superseded", "withdraw"),
    ]
    can_delete = False

    def get_queryset(self, request):
        return super().get_queryset(request).standing()

    def formfield_for_foreignkey(self, db_field, request, **kwargs):
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "change_reason":  # queried once, not for each statement
            if not hasattr(request, "change_reasons"):
                request.change_reasons = list(field.choices)
            field.choices = request.change_reasons
        return field


class MilestoneDetails(MergedModelForm):
    def clean(self):
        cleaned = super().clean()
        if project := cleaned.get("project"):
            self.instance.project = project
        complete_details(cleaned, self.instance)
        return cleaned


@admin.register(Milestone)
class MilestoneAdmin(PortalAdmin):
    form = MilestoneDetails
    list_display = ["title", "project", "kind", "current_date_label", "public", "last_changed"]
    list_filter = ["kind", "gate", "reached", "public"]
    search_fields = ["title", "project__title", "project__reference"]
    list_select_related = ["project"]
    autocomplete_fields = ["project"]
    readonly_fields = ["current_date_label"]
    fieldsets = [
        (
            None,
            {
                "fields": ["project", "title", "kind", "gate", "public", "current_date_label"],
                "description": "The current date comes from the statements below: the newest actual, else the newest "
                "forecast, else the baseline.",
            },
        )
    ]
    inlines = [StatementInline, DependencyInline]
    instead_of_deleting = "Correct it, or hide it from the public, instead."
    ordering = ["-pk"]  # newest first; there are too many to sort by another column

    @admin.display(description="current date", ordering="current_on")
    def current_date_label(self, milestone):
        return current_date_label(milestone)

    def get_view_on_site_url(self, obj=None):
        return obj.project.get_absolute_url() if obj is not None else None

    def lock(self, object_id):
        if is_id(object_id):
            Project.objects.select_for_update(of=("self",), no_key=True).filter(milestones=object_id).first()
        super().lock(object_id)

    def revert_disabled(self, request, obj=None):
        return True  # its date comes from statements, which have their own history

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        milestone, rows_changed = form.instance, any(formset.has_changed() for formset in formsets)
        if rows_changed:
            milestone.refresh_dates()
        if not rows_changed and not has_changes(form, change):
            return
        for project_id in {milestone.project_id, form.initial.get("project")} - {None}:
            bump_version(Project, project_id)

    def delete_model(self, request, obj):
        lock_project(obj.project_id)
        super().delete_model(request, obj)
        bump_version(Project, obj.project_id)
