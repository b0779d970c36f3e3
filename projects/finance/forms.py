"""Forms to edit a project's finance as a grid: one row for each financial year."""

from django import forms
from django.utils import timezone

from estates_portal.amounts import PoundsField
from estates_portal.deletion.services import delete_record
from estates_portal.fields import DayField, WrittenDates
from estates_portal.merging import MergedForm, values_of_opening
from projects.approvals import add_approval
from projects.fields import YearField
from projects.labels import exact_pounds
from projects.models import AnnualCost, FundingLine, FundingStatus, Project, year_label
from projects.models.change import APPROVED_BUDGET
from projects.models.finance import FIGURES
from sites.choices import FIND_ORGANISATION, organisations, with_code

MAX_YEARS = 30


class BudgetForm(MergedForm, forms.ModelForm):
    """The approved budget of the whole project, which only the programme office can change, and notes on costs."""

    approved_budget = PoundsField(label="Approved budget (£)")
    approved_budget_on = DayField(
        label="Budget approved on", required=False, help_text="If you change the amount, the date of its approval"
    )
    approved_by = forms.CharField(
        label="Approved by",
        max_length=200,
        required=False,
        help_text="If you change the amount, the board, committee or person. Saving adds the decision",
    )

    class Meta:
        model = Project
        fields = ["approved_budget", "approved_budget_on", "cost_notes"]
        widgets = {"cost_notes": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args, can_approve, **kwargs):
        super().__init__(*args, **kwargs)
        if not can_approve:
            del self.fields["approved_budget"], self.fields["approved_budget_on"], self.fields["approved_by"]

    def clean(self):
        typed = super().clean()
        day = typed.get("approved_budget_on")
        if day and "approved_budget_on" in self.changed_data and day > timezone.localdate():
            self.add_error("approved_budget_on", "Approval date must be today or in the past")
        if self._changes_budget():
            if not day and "approved_budget_on" not in self.errors:
                self.add_error("approved_budget_on", "Enter when this was approved")
            if not typed.get("approved_by") and "approved_by" not in self.errors:
                self.add_error("approved_by", "Enter who approved this")
        elif typed.get("approved_by") and "approved_budget" not in self.errors:
            self.add_error("approved_by", "Leave this blank unless you change the approved budget")
        return typed

    def _changes_budget(self):
        return "approved_budget" in self.changed_data and "approved_budget" not in self.errors

    def save(self, commit=True):
        """Save the changed columns: others can change after the project is read. A change of budget adds its decision.

        Returns the project.
        """
        columns = {name for name in self.changed_data if name in self._meta.fields}
        if self._changes_budget() and self.instance.approved_budget is None:
            self.instance.approved_budget_on = None  # the date typed is that of the decision to have none
            columns.add("approved_budget_on")
        if columns:
            self.instance.save(update_fields=columns)
        if self._changes_budget():
            add_approval(
                self.instance,
                APPROVED_BUDGET,
                before=self.initial["approved_budget"],
                after=self.cleaned_data["approved_budget"],
                decided_by=self.cleaned_data["approved_by"],
                decided_on=self.cleaned_data["approved_budget_on"],
            )
        return self.instance


class YearRow(MergedForm, forms.Form):
    """One year. A row without figures is deleted on saving. Only the programme office can change budgets."""

    year = YearField(
        label="Year",
        max_length=9,
        required=False,
        error_messages={"max_length": "Enter a financial year, for example 2026/27"},
    )
    budget = PoundsField(label="Budget")
    forecast = PoundsField(label="Forecast", can_be_negative=True)
    actual = PoundsField(label="Actual", can_be_negative=True)

    def __init__(self, *args, row, can_approve, **kwargs):
        super().__init__(*args, **kwargs)
        if not can_approve:
            del self.fields["budget"]
        for name, field in self.fields.items():
            field.label = f"{field.label}, {self.initial.get('year') or f'row {row}'}"
            field.widget.attrs["aria-describedby"] = "pounds-hint"
            if name in FIGURES:
                field.widget.attrs["classes"] = "app-number"

    def clean(self):
        typed = super().clean()
        has_figures = any(typed.get(name) is not None for name in FIGURES)
        if "year" in self.errors:
            return typed
        saved, year = self.initial.get("year"), typed.get("year")
        if self.fixed_budget is not None and (year is None or year_label(year) != saved):
            self.add_error("year", f"Year must be {saved}: only the programme office can change its budget")
        elif has_figures and year is None:
            self.add_error("year", "Enter a financial year")
        return typed

    @property
    def fixed_budget(self):
        """The saved budget of the row, if the user cannot change it; else None."""
        return None if "budget" in self.fields else self.initial.get("budget")

    @property
    def fixed_budget_label(self):
        return "–" if self.fixed_budget is None else exact_pounds(self.fixed_budget)


class YearRows(forms.BaseFormSet):
    """The grid. `saved` is {financial year: its saved row}. Years that someone else added stay as they are."""

    def __init__(self, *args, saved, can_approve, **kwargs):
        super().__init__(*args, initial=list(saved.values()), **kwargs)
        self.saved, self.can_approve = saved, can_approve

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "row": (index or 0) + 1, "can_approve": self.can_approve}

    def _construct_form(self, i, **kwargs):
        if self.is_bound:
            kwargs["initial"] = self._saved_row(self.add_prefix(i))
        form = super()._construct_form(i, **kwargs)
        form.empty_permitted = False  # unchanged rows are validated too
        return form

    def _saved_row(self, prefix):
        """The saved row of the year that the form was opened with or, in a new row, of the year typed."""
        opened = values_of_opening(self.data, prefix).get("year")
        try:
            typed = YearField(required=False).clean(self.data.get(f"{prefix}-year", ""))
        except forms.ValidationError:
            typed = None
        year = opened or (typed and year_label(typed))
        return self.saved.get(year) or ({"year": opened} if opened else {})

    def clean(self):
        if not self.forms:
            raise forms.ValidationError("We could not read the figures. Reload the page and try again")
        years, opened = set(), {form.initial.get("year") for form in self.forms}
        for form in self.forms:
            year = form.cleaned_data.get("year") if hasattr(form, "cleaned_data") else None
            label = "" if year is None else year_label(year)
            if label in self.saved and label not in opened:
                form.add_error("year", f"Someone has added {label}. Copy your figures, then open the page again")
            if year is not None and year in years:
                form.add_error("year", f"{label} is already in another row")
            years.add(year)

    def save(self, project, by):
        """Create, change or delete the project's annual costs to match the grid, as the user `by`."""
        figures_by_year, opened = {}, set()
        for form in self.forms:
            data = form.cleaned_data
            opened.add(form.initial.get("year"))
            figures = {name: data.get(name) for name in FIGURES}
            if form.fixed_budget is not None:
                figures["budget"] = form.fixed_budget
            if data.get("year") is not None and any(value is not None for value in figures.values()):
                figures_by_year[data["year"]] = figures
        for row in AnnualCost.objects.filter(project=project):
            figures = figures_by_year.pop(row.year, None)
            if figures is None:
                if year_label(row.year) in opened:
                    delete_record(row, by=by)
            elif any(getattr(row, name) != value for name, value in figures.items()):
                for name, value in figures.items():
                    setattr(row, name, value)
                row.save()
        for year, figures in figures_by_year.items():
            AnnualCost.objects.create(project=project, year=year, **figures)


YearFormSet = forms.formset_factory(
    YearRow, formset=YearRows, extra=3, max_num=MAX_YEARS, absolute_max=MAX_YEARS + 5, validate_max=True
)


def rows_of(project):
    """{financial year: initial data of its row} of the grid. One query."""
    return {
        year_label(row.year): {"year": year_label(row.year), **{name: getattr(row, name) for name in FIGURES}}
        for row in AnnualCost.objects.filter(project=project)
    }


class FundingLineForm(WrittenDates, MergedForm, forms.ModelForm):
    """Funding from one source. Only the programme office can say that it is secured."""

    amount_pounds = PoundsField(label="Amount in £ (optional)", help_text="For example, 1,500,000 or 1.5m")
    source_url = forms.URLField(
        label="Source (optional)",
        max_length=500,
        required=False,
        assume_scheme="https",
        help_text="The web address of a page that states it",
        error_messages={"invalid": "Enter a web address that starts with https://"},
    )

    class Meta:
        model = FundingLine
        fields = [
            *("funder", "funder_kind", "funding_organisation", "amount_pounds", "status"),
            *("note", "as_of", "source_url"),
        ]
        labels = {
            "funder_kind": "Type",
            "funding_organisation": "Organisation that pays it (optional)",
            "note": "Conditions or note (optional)",
            "as_of": "As at (optional)",
        }
        help_texts = {"funder": "For example, National hospital programme", "funding_organisation": ""}
        widgets = {"funding_organisation": forms.Select(attrs={"data-app-find": FIND_ORGANISATION})}
        error_messages = {
            "funder": {"required": "Enter a funding source"},
            "funder_kind": {"invalid_choice": "Select a type from the list"},
            "funding_organisation": {"invalid_choice": "Select an organisation from the list"},
            "status": {"invalid_choice": "Select a status from the list"},
        }

    def __init__(self, *args, can_secure, **kwargs):
        super().__init__(*args, **kwargs)
        payer = self.fields["funding_organisation"]
        payer.queryset = organisations([pk] if (pk := self.instance.funding_organisation_id) else ())
        payer.empty_label, payer.label_from_instance = "Not stated", with_code
        if not can_secure:
            self.fields["status"].choices = [
                (value, label) for value, label in FundingStatus.choices if value != FundingStatus.SECURED
            ]
            self.fields["status"].help_text = "The programme office records that it is secured"
