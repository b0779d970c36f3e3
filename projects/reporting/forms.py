"""The form of a status report: what was typed, what stood before, and what somebody else saved meanwhile."""

import datetime
from dataclasses import dataclass

from django import forms
from django.core import signing
from django.db.models import Q
from django.utils.crypto import get_random_string

from projects.dates import LIKE, MONTH_NAMES, DatePrecision, in_words, last_day
from projects.fields import DATE_HINT, WrittenDateField
from projects.labels import slippage_words
from projects.models import (
    FACETS,
    MoveReason,
    Rating,
    RatingMeaning,
    ReportingPeriod,
    Stage,
    StatusUpdate,
    UpdateMilestone,
)

from . import workflow

LONG = {
    "progress": ("Progress since the last report", "What was done"),
    "next_steps": ("Next steps", "What will be done by the next report, and by whom"),
    "help_needed": ("Decision or help needed", "From whom, and by when; empty when none is"),
    "path_to_green": (
        "Path to green",
        "Needed when the overall rating is red or amber: how, and by when",
    ),
}
SUMMARY_LENGTH = StatusUpdate._meta.get_field("summary").max_length
SALT = "projects.report"


class ReportForm(forms.Form):
    """All but the milestones. Nothing is needed for a draft; what a submitted report needs is `workflow.faults`."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)
    writer = forms.CharField(widget=forms.HiddenInput, required=False)
    page = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)  # which opening of the form this is
    turn = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0, max_value=2**31 - 1)  # its saves

    def __init__(self, *args, update, before, **kwargs):
        super().__init__(*args, **kwargs)
        for name, words in FACETS.items():
            last = getattr(before, f"get_{name}_display")() if before and getattr(before, name) else ""
            self.fields[name] = forms.ChoiceField(
                label=words,
                choices=Rating.choices,
                required=False,
                widget=forms.RadioSelect(attrs={"classes": "nhsuk-radios--inline nhsuk-radios--small"}),
                help_text=f"{before.period}: {last.lower()}" if last else "",
                error_messages={"invalid_choice": "Choose a rating from the list"},
            )
        self.fields["summary"] = forms.CharField(
            label="Summary", max_length=SUMMARY_LENGTH, required=False, help_text="One sentence for the board"
        )
        for name, (label, hint) in LONG.items():
            longest = StatusUpdate._meta.get_field(name).max_length
            self.fields[name] = forms.CharField(
                label=label,
                max_length=longest,
                required=False,
                help_text=hint,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        self.fields["stage"] = forms.ChoiceField(
            label="Stage",
            choices=[("", "Not known"), *Stage.choices],
            required=False,
            error_messages={"invalid_choice": "Choose a stage from the list"},
        )
        self.fields["stage_reason"] = forms.CharField(
            label="Why the stage moves back",
            max_length=500,
            required=False,
            help_text=f"Needed when it is earlier than now ({update.project.get_stage_display() or 'not known'})",
        )
        self.fields["public_note"] = forms.CharField(
            label="A note for the public",
            max_length=1000,
            required=False,
            help_text="Plain English. The programme office decides whether it is published",
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def typed(self):
        """What was typed and can be kept, by the name of its field."""
        return {name: value for name, value in self.cleaned_data.items() if name in workflow.TYPED}


class MilestoneForm(forms.Form):
    """One milestone's row: when it is to be, or was, reached, and why that moved."""

    forecast = WrittenDateField(
        label="Forecast", required=False, max_length=40, widget=forms.TextInput(attrs=DATE_HINT)
    )
    actual = WrittenDateField(label="Actual", required=False, max_length=40, widget=forms.TextInput(attrs=DATE_HINT))
    reason = forms.ModelChoiceField(
        MoveReason.objects.none(),
        label="Why the forecast moved",
        required=False,
        empty_label="Choose why",
        error_messages={"invalid_choice": "Choose a reason from the list"},
    )
    words = forms.CharField(label="In a sentence", required=False, max_length=300)

    def __init__(self, *args, row, reasons, **kwargs):
        super().__init__(*args, prefix=key_of(row), **kwargs)
        self.row = row
        self.fields["reason"].queryset = MoveReason.objects.filter(Q(in_use=True) | Q(pk=row.move_reason_id))
        self.fields["reason"].choices = [("", "Choose why"), *((one.pk, one.name) for one in reasons)]
        self.fault = ""  # of the row as a whole, found on submitting

    @property
    def error_prefix(self):
        return self.row.title

    @property
    def baseline(self):
        return in_words(self.row.baseline_on, self.row.baseline_precision or "day")

    @property
    def slippage(self):
        return slippage_words(workflow.slippage_days(self.row))

    @property
    def moved(self):
        return bool(self.row.move_reason_id or self.row.move_words)

    def keep(self, reasons):
        """Put what was typed and is good into the row."""
        data = self.cleaned_data
        if "forecast" in data:
            self.row.forecast_on, self.row.forecast_precision = data["forecast"]
        if "actual" in data:
            self.row.actual_on, self.row.actual_precision = data["actual"]
        if "reason" in data:
            self.row.move_reason = data["reason"]
        if "words" in data:
            self.row.move_words = data["words"]


def key_of(row):
    """The prefix of a row's fields: of the milestone, so that it is the same before the report is begun."""
    return f"m{row.milestone_id}" if row.milestone_id else f"x{row.pk}"


def words_of(update, rows):
    """{name of the field: its text} of a report as it stands."""
    words = {name: getattr(update, name) for name in workflow.TYPED}
    for row in rows:
        key = key_of(row)
        words[f"{key}-forecast"] = in_words(row.forecast_on, row.forecast_precision or "day")
        words[f"{key}-actual"] = in_words(row.actual_on, row.actual_precision or "day")
        words[f"{key}-reason"] = str(row.move_reason_id or "")
        words[f"{key}-words"] = row.move_words
    return words


@dataclass
class Difference:
    """A field that two people filled in differently."""

    name: str
    words: str
    mine: str
    theirs: str


class Report:
    """A report on screen: its form, a form for each milestone, and what stood before.

    `data` is what was posted, or kept from before somebody was signed out; None shows the report as it is.
    """

    def __init__(self, update, rows, person, data=None):
        self.update, self.rows, self.person = update, rows, person
        self.before = workflow.previous_update(update)
        self.reasons = list(MoveReason.objects.filter(in_use=True))
        self.stored = words_of(update, rows)
        initial = {
            **self.stored,
            "version": update.version,
            "writer": signing.dumps(person.pk, salt=SALT),
            "page": get_random_string(16),
            "turn": 0,
        }
        self.form = ReportForm(data, initial=initial, update=update, before=self.before)
        self.milestones = [
            MilestoneForm(data, row=row, reasons=self.reasons, initial=self._of_row(initial, row)) for row in rows
        ]

    @staticmethod
    def _of_row(initial, row):
        prefix = f"{key_of(row)}-"
        return {name.removeprefix(prefix): value for name, value in initial.items() if name.startswith(prefix)}

    @property
    def is_valid(self):
        return not [one for one in (self.form, *self.milestones) if not one.is_valid()]  # asks every one of them

    @property
    def opened_version(self):
        """The version that the form was opened with; -1, which never is, where it is not said."""
        return self.form.cleaned_data.get("version", -1)

    def keep(self):
        """What `workflow.save_draft` takes: the good values typed, and the rows with theirs."""
        for one in self.milestones:
            one.keep(self.reasons)
        return self.form.typed(), self.rows

    def point_out(self, faults):
        """Show beside their fields what keeps the report from being submitted."""
        for name, words in faults.items():
            if name.startswith("milestone-"):
                row = next(one for one in self.milestones if f"milestone-{one.row.pk}" == name)
                row.is_valid()
                row.fault = words
                row.add_error("reason" if "choose why" in words else "actual", words)
            else:
                self.form.add_error(name, words)

    @property
    def forms(self):
        """The forms of the page in their order."""
        return [self.form, *self.milestones]

    def errors_by_field(self):
        found = {name: " ".join(errors) for name, errors in self.form.errors.items()}
        for one in self.milestones:
            found |= {one.add_prefix(name): " ".join(errors) for name, errors in one.errors.items()}
        return found

    def differences(self, theirs):
        """Where what was typed differs from the report as somebody else left it, as `Difference`s."""
        rows = list(theirs.milestones.select_related("milestone"))
        stored = words_of(theirs, rows)
        names = self._names()
        found = []
        for name, their_words in stored.items():
            mine = _plain(self.form.data.get(name, ""))
            if mine != _plain(their_words):
                found.append(Difference(name, names.get(name, name), mine, _plain(their_words)))
        return found

    def _names(self):
        names = {name: field.label for name, field in self.form.fields.items()}
        parts = {"forecast": "forecast", "actual": "actual date", "reason": "reason", "words": "what happened"}
        for one in self.milestones:
            names |= {one.add_prefix(part): f"{one.row.title}: {words}" for part, words in parts.items()}
        return names

    def groups(self):
        """The fields of the page in its groups: [(heading, id, [(field, words of the report before, changed)])]."""
        before = {name: getattr(self.before, name) if self.before else "" for name in workflow.CARRIED}
        now = self.form.data if self.form.is_bound else self.stored

        def field(name):
            return (
                self.form[name],
                before.get(name, ""),
                self.before and _plain(now.get(name, "")) != _plain(before[name]),
            )

        return {
            "ratings": [field(name) for name in FACETS],
            "words": [field(name) for name in ("summary", *LONG)],
        }


def _plain(text):
    return str(text or "").replace("\r\n", "\n").strip()


def person_of(writer):
    """The id of the person who opened the form, or None for a mark that is not ours."""
    try:
        return signing.loads(writer, salt=SALT)
    except signing.BadSignature:
        return None


def meanings(today):
    """[(rating, what it means)] as of a day. One query."""
    found = {}
    for one in RatingMeaning.objects.filter(holds_from__lte=today).order_by("holds_from"):
        found[one.rating] = one.meaning
    return [(label, value, found.get(value, "")) for value, label in Rating.choices]


def rows_of(update):
    """The milestone rows of a report that was begun."""
    rows = UpdateMilestone.objects.filter(update=update).select_related("milestone", "move_reason")
    return list(rows.prefetch_related("milestone__statements"))


__all__ = ["LIKE", "Report", "ReportForm", "meanings", "person_of", "rows_of", "slippage_words", "words_of"]


class YearForm(forms.Form):
    """Monthly periods to make: from which month, how many, when they open and are due."""

    month = forms.ChoiceField(
        label="First month",
        choices=list(enumerate(MONTH_NAMES, 1)),
        error_messages={"invalid_choice": "Choose a month from the list"},
    )
    year = forms.IntegerField(
        min_value=2020,
        max_value=2100,
        error_messages={"required": "Enter a year", "invalid": "Enter a year in figures"},
    )
    months = forms.IntegerField(
        label="How many months",
        min_value=1,
        max_value=24,
        initial=12,
        error_messages={"required": "Enter how many", "invalid": "Enter how many in figures"},
    )
    opens = forms.IntegerField(
        label="Opens on this day of the month",
        min_value=1,
        max_value=28,
        initial=20,
        error_messages={"required": "Enter a day", "invalid": "Enter a day in figures"},
    )
    due = forms.IntegerField(
        label="Due so many days after the month ends",
        min_value=0,
        max_value=28,
        initial=5,
        error_messages={"required": "Enter how many", "invalid": "Enter how many in figures"},
    )

    def periods(self):
        """The periods, not yet saved."""
        data = self.cleaned_data
        for number in range(data["months"]):
            months = data["year"] * 12 + int(data["month"]) - 1 + number
            starts_on = datetime.date(months // 12, months % 12 + 1, 1)
            ends_on = last_day(starts_on, DatePrecision.MONTH)
            yield ReportingPeriod(
                name=f"{MONTH_NAMES[starts_on.month - 1]} {starts_on.year}",
                slug=f"{starts_on:%Y-%m}",
                starts_on=starts_on,
                ends_on=ends_on,
                opens_on=starts_on.replace(day=data["opens"]),
                due_on=ends_on + datetime.timedelta(days=data["due"]),
            )


class ReviewForm(forms.Form):
    """The office's words and its own rating."""

    comment = forms.CharField(
        label="Comment",
        required=False,
        max_length=4000,
        help_text="Needed when you return the report: what is to be put right",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    independent_rating = forms.ChoiceField(
        label="Your own rating, if it is another",
        choices=[("", "As the owner rates it"), *Rating.choices],
        required=False,
        error_messages={"invalid_choice": "Choose a rating from the list"},
    )
    independent_reason = forms.CharField(label="Why you rate it otherwise", required=False, max_length=500)
