"""The forms that name and show calendar links."""

from django import forms

from projects.models import CalendarLink

MAX_LINKS = 20  # for each user


class CalendarLinkForm(forms.ModelForm):
    """The name of a new link of the instance's `person`."""

    class Meta:
        model = CalendarLink
        fields = ["name"]
        help_texts = {"name": "For example, Outlook at work"}
        error_messages = {"name": {"required": "Enter a name", "max_length": "Name must be 60 characters or less"}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["name"] = ""

    def clean_name(self):
        name = " ".join(self.cleaned_data["name"].split())
        links = CalendarLink.objects.filter(person=self.instance.person)
        if links.filter(name=name).exists():
            raise forms.ValidationError("You already have a link with this name")
        if links.count() >= MAX_LINKS:
            raise forms.ValidationError(f"You can have up to {MAX_LINKS} links. Delete one first")
        return name


class CalendarLinksForm(forms.Form):
    """Read-only fields to copy the links from. `urls` is [(label, url)]."""

    def __init__(self, urls):
        super().__init__()
        for number, (label, url) in enumerate(urls, 1):
            widget = forms.TextInput(attrs={"readonly": True})
            self.fields[f"link_{number}"] = forms.CharField(label=label, initial=url, widget=widget)
