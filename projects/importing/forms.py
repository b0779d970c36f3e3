"""The forms of an import of estate returns: the file, the trusts, and which organisations and sites its rows are of."""

from django import forms

from estates_portal.fields import DayField
from estates_portal.sorting import sort_key
from estates_portal.spreadsheets import MAX_BYTES, UnreadableFile, read_sheets
from projects.fields import YearField
from sites.models import EstateReturn, Organisation, Place, Site

from . import matching
from .eric_file import read_eric
from .estate_returns import default_source

MAX_OPTIONS = 20_000  # of all questions of a page together; with more, only suggestions are offered


class EstateFileForm(forms.Form):
    """A file of estate returns. Valid, it has the `EricFile` as `cleaned_data["eric"]`."""

    file = forms.FileField(
        help_text=f"The site data of one year as published, .xls or CSV, up to {MAX_BYTES // 1_000_000} MB",
        error_messages={
            "required": "Choose a file",
            "missing": "Choose a file",
            "invalid": "Choose a file",
            "empty": "The file is empty",
            "max_length": "The file name must be 200 characters or less",
        },
        max_length=200,
    )
    year = YearField(
        label="Financial year",
        help_text="For example, 2026/27",
        widget=forms.TextInput(attrs={"classes": "nhsuk-input--width-10"}),
        error_messages={"required": "Enter a financial year"},
    )
    source_words = forms.CharField(
        label="Source (optional)",
        required=False,
        max_length=300,
        help_text="Shown next to the figures. Leave blank for the name of the collection and the year",
        error_messages={"max_length": "Source must be 300 characters or less"},
    )
    source_url = forms.URLField(
        label="Web address of the source (optional)",
        required=False,
        max_length=500,
        assume_scheme="https",
        error_messages={
            "invalid": "Enter a web address that starts with https://",
            "max_length": "Web address must be 500 characters or less",
        },
    )
    published_on = DayField(label="Published on (optional)", required=False, help_text="For example, 14/3/2027")

    def clean_year(self):
        year = self.cleaned_data["year"]
        try:
            EstateReturn._meta.get_field("year").run_validators(year)
        except forms.ValidationError:
            raise forms.ValidationError("Financial year must be between 1990/91 and 2100/01") from None
        return year

    def clean_file(self):
        file = self.cleaned_data["file"]
        try:
            if file.size > MAX_BYTES:
                raise UnreadableFile(f"The file must be smaller than {MAX_BYTES // 1_000_000} MB")
            self.cleaned_data["eric"] = read_eric(read_sheets(file.read()))
        except UnreadableFile as error:
            raise forms.ValidationError(str(error)) from error
        return file

    def clean(self):
        cleaned_data = super().clean()
        if cleaned_data.get("year") and not cleaned_data.get("source_words"):
            cleaned_data["source_words"] = default_source(cleaned_data["year"])
        return cleaned_data


class TrustsForm(forms.Form):
    """Whose returns to import, of those in the file. Those that the portal knows are ticked at first."""

    known = forms.MultipleChoiceField(
        label="Organisations in the portal", required=False, widget=forms.CheckboxSelectMultiple
    )
    others = forms.MultipleChoiceField(
        label="Other organisations in the file", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, trusts, known, chosen, **kwargs):
        """`trusts` is {code: name as published}; `known` and `chosen` are codes."""
        super().__init__(*args, **kwargs)
        by_name = sorted(trusts.items(), key=lambda trust: sort_key(trust[1]))
        for name, codes in (("known", set(known) & set(trusts)), ("others", set(trusts) - set(known))):
            field = self.fields[name]
            field.choices = [
                (code, f"{matching.ordinary_name(its_name)} ({code})") for code, its_name in by_name if code in codes
            ]
            field.initial = sorted(codes & set(chosen) if chosen else codes if name == "known" else ())
            field.error_messages["invalid_choice"] = "Select organisations from the list"
            if not field.choices:
                del self.fields[name]

    def clean(self):
        cleaned_data = super().clean()
        if not self.errors and not self.codes:
            raise forms.ValidationError("Select at least one organisation")
        return cleaned_data

    @property
    def opens(self):
        """Whether the other organisations are shown at first."""
        return bool(self.errors or self.fields["others"].initial or "known" not in self.fields)

    @property
    def codes(self):
        return sorted([*self.cleaned_data.get("known", []), *self.cleaned_data.get("others", [])])


def site_labels():
    """{value of a choice: name and details} of all sites, by name. Two queries."""
    sites = Site.objects.filter(is_example=False).select_related("place", "reported_by", "owner")
    return {
        f"is-{site.pk}": f"{site.name} ({', '.join(site.details(every_code=True))})"
        for site in sites.prefetch_related("identifiers")
    }


EARLIER, NEW, LEAVE_OUT = "earlier", "new", "leave-out"
OUTSIDE, NOT_KNOWN = "new-outside", "new-not-known"
SELECT_SITE = "Select a site"


class AnswersForm(forms.Form):
    """The answer to each question of the `Matches`. `answers` are those given before.

    Valid, `answers` has the answers as `matching` stores them.
    """

    rest_outside = forms.BooleanField(
        label="Add every site without an answer as a new site outside the area", required=False
    )

    def __init__(self, *args, organisation_questions, site_questions, answers, **kwargs):
        super().__init__(*args, **kwargs)
        self.organisation_questions, self.site_questions = organisation_questions, site_questions
        for question in organisation_questions:
            self._ask_organisation(question, answers.get("organisations", {}).get(question.code))
        if site_questions:
            self.places = {f"new-in-{place.slug}": place for place in Place.objects.all()}
            self.site_labels = site_labels()
            for question in site_questions:
                self._ask_site(question, answers.get("sites", {}).get(question.code))
        else:
            del self.fields["rest_outside"]

    # Organisations

    def _ask_organisation(self, question, answer):
        candidate, code = question.candidate, question.code
        if candidate:
            choices = [
                (f"is-{candidate.pk}", candidate.name),
                (EARLIER, f"An earlier organisation, which {candidate.label} succeeded"),
            ]
        else:
            choices = [(f"is-{organisation.pk}", organisation.name) for organisation in question.suggestions]
            choices.append((NEW, "An organisation that is not in the portal yet: add it"))
        choices.append((LEAVE_OUT, "Leave out its rows"))
        answer = answer or {}
        initial = LEAVE_OUT if answer.get("leave_out") else f"is-{answer['is']}" if "is" in answer else ""
        if "name" in answer:
            initial = EARLIER if candidate else NEW
        self.fields[f"organisation-{code}"] = forms.ChoiceField(
            label=f"{question.name} ({code})",
            choices=choices,
            widget=forms.RadioSelect,
            initial=initial,
            error_messages={
                "required": f"Select which organisation {code} is",
                "invalid_choice": f"Select from the list which organisation {code} is",
            },
        )
        self.fields[f"organisation-{code}-name"] = forms.CharField(
            label="Name of the earlier organisation" if candidate else "Name to add it under",
            required=False,
            max_length=200,
            initial=answer.get("name", question.name),
            error_messages={"max_length": "Name must be 200 characters or less"},
        )
        self.fields[f"organisation-{code}-ended"] = DayField(
            label="Ended on",
            required=False,
            initial=answer.get("ended_on"),
            help_text="First day after it ended" + ("" if candidate else ". Leave blank if it still exists"),
        )

    def _organisation_answer(self, question):
        name = f"organisation-{question.code}"
        choice = self.cleaned_data.get(name)
        if choice == LEAVE_OUT:
            return matching.leave_out()
        if choice not in (EARLIER, NEW):
            return {"is": int(choice.removeprefix("is-"))} if choice else None
        new_name, ended = self.cleaned_data.get(f"{name}-name", ""), self.cleaned_data.get(f"{name}-ended")
        if not new_name:
            self.add_error(f"{name}-name", "Enter the name of the organisation")
        elif Organisation.objects.filter(name__iexact=new_name).exists():
            self.add_error(f"{name}-name", "An organisation in the portal has this name. Enter another name")
        if choice == EARLIER and not ended and f"{name}-ended" not in self.errors:
            self.add_error(f"{name}-ended", "Enter the day on which the earlier organisation had ended")
        return matching.new_organisation(new_name, ended_on=ended, successor=question.candidate)

    # Sites

    def _ask_site(self, question, answer):
        code = question.code
        suggested = [(f"is-{site.pk}", self.site_labels[f"is-{site.pk}"]) for site in question.suggestions]
        new = [(OUTSIDE, "New site, outside the area"), (NOT_KNOWN, "New site, not known where")]
        new += [(value, f"New site, in {place}") for value, place in self.places.items()]
        choices = [("", SELECT_SITE), *suggested, *new]
        if len(self.site_labels) * len(self.site_questions) <= MAX_OPTIONS:
            offered = dict(suggested)
            choices += [choice for choice in self.site_labels.items() if choice[0] not in offered]
        self.fields[f"site-{code}"] = forms.ChoiceField(
            label=f"Site of {code} {question.name}",
            required=False,
            choices=choices,
            initial=self._initial_site(answer),
            error_messages={"invalid_choice": f"Site of {code} must be one of the list"},
        )
        self.fields[f"site-{code}-name"] = forms.CharField(
            label=f"Name of {code}, if it is new",
            required=False,
            max_length=200,
            initial=(answer or {}).get("name", question.name),
            error_messages={"max_length": f"Name of {code} must be 200 characters or less"},
        )

    def _initial_site(self, answer):
        if not answer:
            return ""
        if "is" in answer:
            return f"is-{answer['is']}"
        if answer["outside_area"]:
            return OUTSIDE
        return next((value for value, place in self.places.items() if place.pk == answer["place"]), NOT_KNOWN)

    def _site_answer(self, question):
        name = f"site-{question.code}"
        choice = self.cleaned_data.get(name) or (OUTSIDE if self.cleaned_data.get("rest_outside") else "")
        if name in self.errors:
            return None
        if not choice:
            self.add_error(name, f"Select which site {question.code} is")
            return None
        if choice.startswith("is-"):
            return {"is": int(choice.removeprefix("is-"))}
        new_name = self.cleaned_data.get(f"{name}-name", "")
        if not new_name and f"{name}-name" not in self.errors:
            self.add_error(f"{name}-name", f"Enter a name for {question.code}")
        return matching.new_site(new_name, place=self.places.get(choice), outside_area=choice == OUTSIDE)

    def clean(self):
        cleaned_data = super().clean()
        self.answers = {
            "organisations": {
                question.code: self._organisation_answer(question) for question in self.organisation_questions
            },
            "sites": {question.code: self._site_answer(question) for question in self.site_questions},
        }
        return cleaned_data

    # For the template

    @property
    def organisation_rows(self):
        """[(question, [bound fields])]."""
        endings = ("", "-name", "-ended")
        return [
            (question, [self[f"organisation-{question.code}{ending}"] for ending in endings])
            for question in self.organisation_questions
        ]

    @property
    def site_rows(self):
        """[(question, bound field of the site, bound field of the name)]."""
        return [
            (question, self[f"site-{question.code}"], self[f"site-{question.code}-name"])
            for question in self.site_questions
        ]


class ImportForm(forms.Form):
    """Confirms an import. `fingerprint` is that of the preview that the user has seen."""

    accept = forms.BooleanField(
        label="Accept the returns and corrections, so that the public sees them", required=False
    )
    fingerprint = forms.CharField(widget=forms.HiddenInput, required=False)
