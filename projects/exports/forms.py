"""The form that shows calendar links."""

from django import forms


class CalendarLinksForm(forms.Form):
    """Read-only fields to copy the links from. `urls` is [(label, url)]."""

    def __init__(self, urls):
        super().__init__()
        for number, (label, url) in enumerate(urls, 1):
            widget = forms.TextInput(attrs={"readonly": True})
            self.fields[f"link_{number}"] = forms.CharField(label=label, initial=url, widget=widget)
