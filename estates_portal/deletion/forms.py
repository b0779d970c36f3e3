"""The form that confirms a deletion."""

from django import forms

MAX_REASON = 300


class DeleteForm(forms.Form):
    """Accepts the name of the record, in any case and spacing, and a reason."""

    name = forms.CharField(error_messages={"required": "Enter the name of the record"})
    reason = forms.CharField(
        max_length=MAX_REASON,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="For example, entered twice",
        error_messages={"required": "Enter a reason"},
    )

    def __init__(self, *args, record, **kwargs):
        super().__init__(*args, **kwargs)
        self.record_name = str(record)
        self.fields["name"].help_text = f"Enter {self.record_name} to confirm"
        self.fields["name"].widget.attrs = {"class": "vTextField", "autocomplete": "off"}

    def clean_name(self):
        name = self.cleaned_data["name"]
        if _plain(name) != _plain(self.record_name):
            raise forms.ValidationError(f"Name must be {self.record_name}", code="name")
        return name


def _plain(name):
    return " ".join(name.split()).casefold()
