"""Editing a project's money as a grid: one row for each financial year."""

from django import forms

from projects.fields import PoundsField, YearField
from projects.models import AnnualCost, Project, year_words
from projects.versions import opened_version

COLUMNS = ["budget", "forecast", "actual"]
MOST_YEARS = 30


class BudgetForm(forms.ModelForm):
    """What was approved for the whole project."""

    approved_budget = PoundsField(label="Approved budget (£)")
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    class Meta:
        model = Project
        fields = ["approved_budget", "approved_budget_on", "cost_notes"]
        widgets = {
            "approved_budget_on": forms.DateInput(attrs={"type": "date"}),
            "cost_notes": forms.Textarea(attrs={"rows": 2}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["version"].initial = opened_version(self.instance)

    def save(self, commit=True):
        """Save the columns of this form alone: the others may have changed since the project was read."""
        self.instance.save(update_fields=self._meta.fields)
        return self.instance


class YearRow(forms.Form):
    """One year; a row without figures is taken away."""

    year = YearField(label="Year", max_length=9, required=False)
    budget = PoundsField(label="Budget")
    forecast = PoundsField(label="Forecast")
    actual = PoundsField(label="Actual")

    def __init__(self, *args, row, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.label = f"{field.label}, row {row}"
            field.widget.attrs["aria-describedby"] = "pounds-hint"
            if name in COLUMNS:
                field.widget.attrs["classes"] = "app-number"

    def clean(self):
        typed = super().clean()
        has_figures = any(typed.get(name) is not None for name in COLUMNS)
        if has_figures and typed.get("year") is None and "year" not in self.errors:
            self.add_error("year", "Enter the financial year")
        return typed


class YearRows(forms.BaseFormSet):
    """The grid. Saving makes the project's rows those of the grid, so one that arrives without rows is refused."""

    def get_form_kwargs(self, index):
        return {**super().get_form_kwargs(index), "row": (index or 0) + 1}

    def _construct_form(self, i, **kwargs):
        form = super()._construct_form(i, **kwargs)
        form.empty_permitted = False  # a row that was not changed is a row too
        return form

    def clean(self):
        if not self.forms:
            raise forms.ValidationError("The figures did not arrive. Open the page again")
        seen = set()
        for form in self.forms:
            year = form.cleaned_data.get("year") if hasattr(form, "cleaned_data") else None
            if year is not None and year in seen:
                form.add_error("year", f"{year_words(year)} is there twice")
            seen.add(year)

    def save(self, project):
        """Make the project's rows those of the grid."""
        wanted = {}
        for form in self.forms:
            data = form.cleaned_data
            figures = {name: data.get(name) for name in COLUMNS}
            if data.get("year") is not None and any(value is not None for value in figures.values()):
                wanted[data["year"]] = figures
        for row in AnnualCost.objects.filter(project=project):
            figures = wanted.pop(row.year, None)
            if figures is None:
                row.delete()
            elif any(getattr(row, name) != value for name, value in figures.items()):
                for name, value in figures.items():
                    setattr(row, name, value)
                row.save()
        for year, figures in wanted.items():
            AnnualCost.objects.create(project=project, year=year, **figures)


YearFormSet = forms.formset_factory(
    YearRow, formset=YearRows, extra=3, max_num=MOST_YEARS, absolute_max=MOST_YEARS + 5, validate_max=True
)


def rows_of(project):
    """What the grid begins with."""
    return [
        {"year": year_words(row.year), **{name: getattr(row, name) for name in COLUMNS}}
        for row in AnnualCost.objects.filter(project=project)
    ]
