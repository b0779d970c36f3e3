"""The forms of a status report: its answers and its milestones. Several people can edit it at once."""

import re

from django import forms
from django.db.models import Q
from django.utils.formats import date_format

from estates_portal.amounts import PoundsField
from estates_portal.fields import DATE_HINT, PartialDateField
from estates_portal.merging import OPENED, MergedForm, conflicts_of, merged_data
from estates_portal.text import clean_text
from projects.labels import NOT_KNOWN, exact_pounds
from projects.models import (
    FACETS,
    DateChangeReason,
    Milestone,
    Rating,
    RatingMeaning,
    Stage,
    StatusReport,
)
from projects.models.milestone import MilestoneDates

from . import workflow
from .compare import date_change_label, pair_milestones
from .submissions import RETURNABLE

LONG = {
    "progress": ("Progress since the last report", "What was done"),
    "next_steps": ("Next steps", "What will be done by the next report, and by whom"),
    "help_needed": ("Decision or help needed", "Who needs to act, and by when. Leave blank if none"),
    "path_to_green": (
        "Path to green",
        "Needed if the overall rating is red or amber: how, and by when",
    ),
}
YEAR_LABELS = ["Spent so far", "Forecast for the year"]
SUMMARY_LENGTH = StatusReport._meta.get_field("summary").max_length


class AnswersForm(MergedForm, forms.Form):
    """The answers except the milestones, none required. See `workflow.submission_errors` for submission."""

    def __init__(self, *args, report, before, figures=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.figures = figures
        stage = report.project.get_stage_display()
        for name, label in FACETS.items():
            last = getattr(before, f"get_{name}_display")() if before and getattr(before, name) else ""
            self.fields[name] = forms.ChoiceField(
                label=label,
                choices=Rating.choices,
                required=False,
                widget=forms.RadioSelect(attrs={"classes": "nhsuk-radios--inline nhsuk-radios--small"}),
                help_text=f"{before.period}: {last.lower()}" if last else "",
                error_messages={"invalid_choice": "Select a rating from the list"},
            )
        self.fields["summary"] = forms.CharField(
            label="Summary",
            max_length=SUMMARY_LENGTH,
            required=False,
            help_text="One sentence for the board",
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        for name, (label, hint) in LONG.items():
            longest = StatusReport._meta.get_field(name).max_length
            self.fields[name] = forms.CharField(
                label=label,
                max_length=longest,
                required=False,
                help_text=hint,
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        self.fields["stage"] = forms.ChoiceField(
            label="Stage",
            choices=[("", NOT_KNOWN), *Stage.choices],
            required=False,
            error_messages={"invalid_choice": "Select a stage from the list"},
        )
        self.fields["stage_reason"] = forms.CharField(
            label="Reason for moving back a stage",
            max_length=500,
            required=False,
            help_text=f"Needed if the stage is earlier than {stage}" if stage else "",
        )
        self.fields["public_note"] = forms.CharField(
            label="Public progress note (optional)",
            max_length=1000,
            required=False,
            help_text="Use plain English. The programme office decides whether to publish it",
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        if figures:
            ends_on = date_format(report.period.ends_on, "j F Y")
            hints = (f"To {ends_on}", f"All of {figures}, with what is spent")
            for (name, column), label, hint in zip(workflow.YEAR_FIGURES.items(), YEAR_LABELS, hints, strict=True):
                recorded = getattr(figures, column)
                self.fields[name] = PoundsField(
                    label=f"{label} (£)",
                    help_text=hint,
                    can_be_negative=True,
                    required=recorded is not None,
                    error_messages={"required": f"Enter an amount. Recorded: {exact_pounds(recorded)}"},
                )

    def define_ratings(self, today):
        """Show the definition of each rating on the day `today` with the choices of the overall rating. One query."""
        overall = self.fields["overall"].widget
        overall.attrs = {"classes": "nhsuk-radios--small", "hints": meanings(today)}

    def clean_summary(self):
        return " ".join(self.cleaned_data["summary"].split())  # one line, in lists and exports

    def typed(self):
        """The valid answers that were sent, by the name of their field. A figure of the year as recorded is None."""
        typed = {name: value for name, value in self.cleaned_data.items() if name in self.data}
        for name in workflow.YEAR_FIGURES.keys() & typed.keys():
            if typed[name] == getattr(self.figures, workflow.YEAR_FIGURES[name]):
                typed[name] = None
        return typed


class ReportMilestoneForm(MergedForm, forms.Form):
    """The dates of one milestone, with the reason for a new forecast."""

    forecast = PartialDateField(
        label="Forecast", required=False, max_length=40, widget=forms.TextInput(attrs=DATE_HINT)
    )
    actual = PartialDateField(label="Actual", required=False, max_length=40, widget=forms.TextInput(attrs=DATE_HINT))
    unknown = forms.BooleanField(label="Date not known", required=False)
    reason = forms.ModelChoiceField(
        DateChangeReason.objects.none(),
        label="Reason the forecast changed",
        required=False,
        empty_label="Select a reason",
        error_messages={"invalid_choice": "Select a reason from the list"},
    )
    explanation = forms.CharField(label="Explain in one sentence", required=False, max_length=300)
    explanation.short_label = "Explanation"

    def __init__(self, *args, row, older_row, reasons, **kwargs):
        super().__init__(*args, prefix=row_prefix(row), **kwargs)
        self.row, self.older_row = row, older_row
        self.fields["reason"].queryset = DateChangeReason.objects.filter(Q(in_use=True) | Q(pk=row.change_reason_id))
        own = row.change_reason  # it may be no longer in use
        offered = reasons if own is None or own in reasons else [*reasons, own]
        self.fields["reason"].choices = [("", "Select a reason"), *((reason.pk, reason.name) for reason in offered)]

    @property
    def error_prefix(self):
        return self.row.title

    @property
    def row_name(self):
        return self.row.title

    @property
    def baseline(self):
        """ "Baseline: March 2027", "No approved baseline" or "No approved baseline. First planned March 2027"."""
        if self.row.baseline_approved:
            return f"Baseline: {self.row.baseline.label}"
        return "No approved baseline" + (f". First planned {self.row.baseline.label}" if self.row.baseline else "")

    @property
    def slippage(self):
        return self.row.position.slippage_label

    @property
    def change(self):
        """The change since the previous report: "15 months later"."""
        return date_change_label(self.older_row, self.row)

    @property
    def shows_reason(self):
        """Whether to show the reason for a new forecast: the forecast has moved since the time before this report."""
        forecast = self.row.forecast.label if self.row.forecast else ""
        return self.needs_reason_field or bool(self.forecast_before and forecast != self.forecast_before)

    @property
    def needs_reason_field(self):
        """Whether to show it whatever the forecast is."""
        row = self.row
        return bool(row.change_reason_id or row.explanation or row.date_not_known or self.is_overdue or self.errors)

    @property
    def forecast_before(self):
        """The forecast as it was before this report; "" without one."""
        statements = self.row.milestone.statements.all() if self.row.milestone_id else []
        other = [row for row in statements if row.report_id is None or row.report_id != self.row.report_id]
        forecast = MilestoneDates.from_statements(other).forecast
        return forecast.label if forecast else ""

    @property
    def is_overdue(self):
        return self.row.position.is_overdue

    def update_row(self):
        """Set the valid answers on the row, without saving it."""
        data = self.cleaned_data
        if "forecast" in data:
            self.row.forecast = data["forecast"]
        if "actual" in data:
            self.row.actual = data["actual"]
        if "unknown" in data:
            self.row.date_not_known = data["unknown"]
        if "reason" in data:
            self.row.change_reason = data["reason"]
        if "explanation" in data:
            self.row.explanation = data["explanation"]


ROW_PARTS = ("forecast", "actual", "unknown", "reason", "explanation", OPENED)


def row_prefix(row):
    """The prefix of a row's fields: the milestone's id, because rows have none before the first save."""
    return f"m{row.milestone_id}" if row.milestone_id else f"x{row.pk}"


def field_texts(report, rows):
    """{name of the field: its text} of a saved report."""
    texts = {name: getattr(report, name) for name in workflow.ANSWER_FIELDS}
    for row in rows:
        key = row_prefix(row)
        texts[f"{key}-forecast"] = row.forecast.label if row.forecast else ""
        texts[f"{key}-actual"] = row.actual.label if row.actual else ""
        texts[f"{key}-unknown"] = "on" if row.date_not_known else ""
        texts[f"{key}-reason"] = str(row.change_reason_id or "")
        texts[f"{key}-explanation"] = row.explanation
    return texts


def match_rows(data, report, rows, stored):
    """(data under the keys of these rows, {key of a row: key in `data`}, {title: [dates entered]} without a row).

    Milestones can be added and deleted after the page was opened. Rows that were not on the page get the stored values.
    Rows of deleted milestones get the values posted under their old key, matched by title. One query, only after a
    deletion.
    """
    data, old_keys, unmatched = data.copy(), {}, {}
    for key, title in _deleted(data, report, rows).items():
        typed = {part: data.get(f"{key}-{part}", "") for part in ROW_PARTS}
        row = next((row for row in rows if row.pk and row.milestone_id is None and row.title == title), None)
        if row is None:
            unmatched[title] = [typed[part] for part in ("forecast", "actual") if typed[part]]
        elif not _has_row(data, row_prefix(row)):
            old_keys[row_prefix(row)] = key
            data.update({f"{row_prefix(row)}-{part}": text for part, text in typed.items() if text})
    for key in map(row_prefix, rows):
        if not _has_row(data, key):
            data.update({name: text for name, text in stored.items() if name.startswith(f"{key}-") and text})
    return data, old_keys, {title: dates for title, dates in unmatched.items() if dates}


def _has_row(data, key):
    return any(f"{key}-{part}" in data for part in ROW_PARTS)


def _deleted(data, report, rows):
    """{key of the fields: last title} of posted milestones of the project without a row."""
    posted = {int(match[1]) for name in data if (match := re.fullmatch(rf"m(\d{{1,18}})-(?:forecast|{OPENED})", name))}
    posted -= {row.milestone_id for row in rows}
    if not posted:
        return {}
    past = Milestone.history.filter(id__in=posted, project_id=report.project_id).order_by("history_id")
    return {f"m{pk}": title for pk, title in past.values_list("id", "title")}


class StatusReportForm:
    """A report's form: its answers, a form for each milestone, and the previous report.

    `data` is posted; None shows the saved report. The report must be locked until what was posted is saved.
    """

    def __init__(self, report, rows, person, data=None):
        self.report, self.rows, self.person = report, rows, person
        self.before = workflow.previous_report(report)
        self.reasons = list(DateChangeReason.objects.filter(in_use=True))
        self.stored = field_texts(report, rows)
        self.figures = workflow.figures_of_year(report) if workflow.is_newest(report) else None
        for name, column in workflow.YEAR_FIGURES.items():
            if self.stored[name] is None:
                self.stored[name] = getattr(self.figures, column, None)
        self.old_keys, unmatched = {}, {}
        if data is not None:
            data, self.old_keys, unmatched = match_rows(data, report, rows, self.stored)
        self.posted = data
        self.form = AnswersForm(data, initial=self.stored, report=report, before=self.before, figures=self.figures)
        for title, dates in unmatched.items():
            self.form.add_error(
                None, f"{title}: someone deleted this milestone. Its dates are not saved: {', '.join(dates)}"
            )
        older_rows = self.before.milestones.all() if self.before else ()
        self.milestones = [
            ReportMilestoneForm(data, row=row, older_row=older_row, reasons=self.reasons, initial=self._of_row(row))
            for older_row, row in pair_milestones(older_rows, rows)
        ]

    def _of_row(self, row):
        prefix = f"{row_prefix(row)}-"
        return {name.removeprefix(prefix): text for name, text in self.stored.items() if name.startswith(prefix)}

    @property
    def is_valid(self):
        return not [form for form in self.forms if not form.is_valid()]  # a list: every form is validated

    @property
    def conflicts(self):
        return conflicts_of(self.forms)

    @property
    def data(self):
        """What was posted and merged, to show again."""
        return merged_data(self.posted, self.forms)

    def merged_names(self):
        """Names of the fields that only someone else changed, as on the page."""
        names = [form.add_prefix(name) for form in self.forms for name in form.merged]
        return [self._on_page(name) for name in names]

    def opened_values(self, old_keys):
        """{name of the hidden input: its values} for a page that was opened with other keys of its rows."""
        self.old_keys = old_keys
        return {self._on_page(form.add_prefix(OPENED)): form.saved_values() for form in self.forms}

    def _on_page(self, name):
        key, dash, part = name.partition("-")
        return f"{self.old_keys.get(key, key)}{dash}{part}"

    def answers_and_rows(self):
        """(valid answers, rows with the valid dates) for `workflow.save_draft`."""
        for form in self.milestones:
            form.update_row()
        return self.form.typed(), self.rows

    def add_errors(self, errors):
        """Add the errors of `workflow.submission_errors` to their fields, except to those whose text is not saved."""
        for name, message in errors.items():
            form = self.form
            if name.startswith("milestone-"):
                _milestone, pk, name = name.split("-")
                form = next(form for form in self.milestones if str(form.row.pk) == pk)
            if name not in form.errors:
                form.add_error(name, message)

    @property
    def forms(self):
        """The forms in the order of the page."""
        return [self.form, *self.milestones]

    def errors_by_field(self):
        """{name of the field on the page: its errors}."""
        errors = {form.add_prefix(name): texts for form in self.forms for name, texts in form.errors.items()}
        return {self._on_page(name): " ".join(texts) for name, texts in errors.items()}

    def labelled_answers(self):
        """[(label, text)] of the posted answers that are not blank, with the labels of choices."""
        shown = []
        for form in self.forms:
            prefix = f"{form.error_prefix}: " if form is not self.form else ""
            for field in form.visible_fields():
                text = "Yes" if field.data is True else str(field.data or "").strip()
                labels = {str(value): str(label) for value, label in getattr(field.field, "choices", [])}
                if text:
                    shown.append((prefix + field.label, labels.get(text, text)))
        return shown + [("Milestones", error) for error in self.form.non_field_errors()]

    def groups(self):
        """{group: [(field, text in the previous report, whether it changed)]} of the page."""
        before = {name: getattr(self.before, name) if self.before else "" for name in workflow.COPIED_FIELDS}
        now = self.form.data if self.form.is_bound else self.stored

        def field(name):
            return (
                self.form[name],
                before.get(name, ""),
                self.before and _plain(now.get(name, "")) != _plain(before[name]),
            )

        return {
            "ratings": [field(name) for name in FACETS],
            "texts": [field(name) for name in ("summary", *LONG)],
        }

    def year_fields(self):
        """The fields of the financial year; none in a report of a period before the newest."""
        return [self.form[name] for name in workflow.YEAR_FIGURES if name in self.form.fields]


def _plain(text):
    return clean_text(str(text or "")).strip()


def meanings(today):
    """{rating: its definition on the day `today`}. One query."""
    definitions = RatingMeaning.objects.filter(holds_from__lte=today).order_by("holds_from")
    return dict(definitions.values_list("rating", "meaning"))


def rows_of(report):
    """The milestone rows of a saved report."""
    rows = report.milestones.select_related("milestone", "change_reason")
    return list(rows.prefetch_related("milestone__statements"))


class ProposedNoteForm(forms.Form):
    """The text of a proposed progress note, to edit before it is published."""

    text = forms.CharField(
        label="Progress note",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "Enter a progress note"},
    )

    def __init__(self, proposed_note, data=None):
        super().__init__(data, initial={"text": proposed_note.text}, auto_id=f"note-{proposed_note.pk}-%s")
        self.proposed_note = proposed_note
        report = proposed_note.report
        written = f"Written by {report.author_label}. " if report.submitted_by else ""
        self.fields["text"].help_text = f"{written}Edit if needed before you publish"

    @property
    def error_prefix(self):
        return self.proposed_note.report.project.title


class NoteForm(MergedForm, forms.Form):
    """The text of a published progress note."""

    text = forms.CharField(
        label="Progress note",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="The page will show the date of the correction",
        error_messages={"required": "Enter a progress note"},
    )


class WithdrawNoteForm(forms.Form):
    """Why a progress note is withdrawn."""

    reason = forms.CharField(
        label="Reason", max_length=300, error_messages={"required": "Enter a reason for withdrawing the note"}
    )


class ReviewForm(forms.Form):
    """The programme office's decision on the proposed note, its rating, its comment, and what needs changing."""

    note_text = forms.CharField(
        label="Progress note for the public",
        max_length=1000,
        required=False,
        help_text="Edit if needed before you publish",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    note = forms.ChoiceField(
        label="When you accept the report",
        choices=[("publish", "Publish the note"), ("", "Decide later"), ("decline", "Decline the note")],
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": "Select what to do with the progress note"},
    )
    independent_rating = forms.ChoiceField(
        label="Programme office rating (if different)",
        choices=[("", "Same as the project’s rating"), *Rating.choices],
        required=False,
        error_messages={"invalid_choice": "Select a rating from the list"},
    )
    independent_reason = forms.CharField(label="Reason for different rating", required=False, max_length=500)
    comment = forms.CharField(
        label="Comment",
        required=False,
        max_length=4000,
        help_text="If you return the report, explain what needs changing",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    fields_to_change = forms.MultipleChoiceField(
        label="What needs changing (optional)",
        choices=list(RETURNABLE.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "Select what needs changing from the list"},
    )
    opened_version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**63 - 1)

    edited_note = ""  # what the reviewer made of a note that was submitted again since

    def __init__(self, report, proposed_note, data=None):
        """`proposed_note` is that of the report if it awaits approval, or None."""
        text = proposed_note.text if proposed_note else ""
        super().__init__(data, initial={"opened_version": report.version, "note_text": text, "note": ""})
        self.proposed_note = proposed_note
        if proposed_note is None:
            del self.fields["note"], self.fields["note_text"]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("note") == "publish" and not cleaned.get("note_text") and "note_text" not in self.errors:
            self.add_error("note_text", "Enter a progress note")
        return cleaned


class AcceptForm(forms.Form):
    """The comment on reports that are accepted together."""

    comment = forms.CharField(
        label="Comment (optional)",
        required=False,
        max_length=4000,
        help_text="Contributors see it in each report",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
