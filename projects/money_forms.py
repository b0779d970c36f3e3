"""Editing a project's money as a grid: one row for each financial year."""

import re
from decimal import Decimal

from django import forms

from .models import AnnualCost, Project, year_words
from .models.annual import FIRST_YEAR, LAST_YEAR

COLUMNS = ["budget", "forecast", "actual"]
MOST_YEARS = 30


class PoundsField(forms.DecimalField):
    """Pounds as people type them: "1,500,000", "£1.5m", "250k". Cleans to Decimal pounds, or None."""

    UNITS = {"": 1, "k": 1_000, "m": 1_000_000, "bn": 1_000_000_000}

    def __init__(self, **kwargs):
        super().__init__(
            max_digits=14,
            decimal_places=2,
            min_value=0,
            required=False,
            widget=forms.TextInput(attrs={"inputmode": "decimal"}),
            error_messages={"min_value": "Enter zero or more", "max_digits": "Enter less than a million million"},
            **kwargs,
        )

    def to_python(self, value):
        text = re.sub(r"[£,\s]", "", str(value or "")).lower()
        if not text:
            return None
        found = re.fullmatch(r"(-?\d{1,15}(?:\.\d{1,9})?)(k|m|bn)?", text, re.ASCII)
        if not found:
            raise forms.ValidationError("Enter pounds, such as 1,500,000 or 1.5m")
        pounds = Decimal(found[1]) * self.UNITS[found[2] or ""]
        if pounds != pounds.quantize(Decimal("0.01")):
            raise forms.ValidationError("Enter pounds and whole pence")
        return super().to_python(str(pounds.normalize().to_integral_value() if pounds == int(pounds) else pounds))

    def prepare_value(self, value):
        return f"{value:,.2f}".removesuffix(".00") if isinstance(value, Decimal) else value


class YearField(forms.CharField):
    """A financial year as it is written: "2026/27". Cleans to the year in which it begins, or None."""

    def clean(self, value):
        text = super().clean(value).strip()
        if not text:
            return None
        found = re.fullmatch(r"(\d{4})(?:\s*[/-]\s*(\d{2}|\d{4}))?", text, re.ASCII)
        if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
            raise forms.ValidationError("Enter a financial year such as 2026/27")
        year = int(found[1])
        if found[2] and int(found[2][-2:]) != (year + 1) % 100:
            raise forms.ValidationError(f"A financial year is one year, such as {year_words(year)}")
        return year


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
        self.fields["version"].initial = self.instance.version


class YearRow(forms.Form):
    """One year; a row without figures is taken away."""

    year = YearField(max_length=9, required=False)
    budget = PoundsField()
    forecast = PoundsField()
    actual = PoundsField()

    def clean(self):
        typed = super().clean()
        has_figures = any(typed.get(name) is not None for name in COLUMNS)
        if has_figures and typed.get("year") is None and "year" not in self.errors:
            self.add_error("year", "Enter the financial year")
        return typed


class YearRows(forms.BaseFormSet):
    """The grid. Saving makes the project's rows those of the grid, so one that arrives without rows is refused."""

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
