"""Dates with their precision in forms of the admin, written as in the portal."""

from estates_portal.admin_merging import MergedModelForm
from projects.fields import PartialDateField

from ..dates import DatePrecision, PartialDate

DATE_HINT = "For example, 14/3/2027 or March 2027"


class WrittenDatesForm(MergedModelForm):
    """Has one field for a date and its precision. `written` is {column of the date: column of its precision}."""

    written = {"as_of": "as_of_precision"}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in self.written.keys() & self.fields.keys():
            self.fields[name] = PartialDateField(
                label=self.fields[name].label,
                required=self.fields[name].required,
                max_length=40,
                help_text=DATE_HINT,
            )
            if date := PartialDate.of(getattr(self.instance, name), getattr(self.instance, self.written[name])):
                self.initial[name] = date.label

    def _post_clean(self):
        """Give the record the day and the precision. `cleaned_data` still has the date."""
        dates = {name: self.cleaned_data[name] for name in self.written if name in self.cleaned_data}
        for name, date in dates.items():
            self.cleaned_data[name] = date.first if date else None
            setattr(self.instance, self.written[name], date.precision if date else DatePrecision.DAY)
        super()._post_clean()
        self.cleaned_data |= {name: date for name, date in dates.items() if name in self.cleaned_data}
