"""Forms that several people edit at once: what one of them saved is merged into what another one sends.

Each form sends the values with which it was opened. They are compared with the saved values and with those sent. A
field that only one person changed gets that change. A field that both changed differently is a `Conflict`: the user
selects a version on the merge page.
"""

import json
from dataclasses import dataclass
from decimal import Decimal

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.forms.formsets import BaseFormSet
from django.shortcuts import render
from django.template.defaultfilters import linebreaksbr
from django.utils import formats, timezone
from django.utils.html import format_html

ROW_NAME = "row name"  # next to the values of opening; no field has this name
MINE, THEIRS, BOTH = "mine", "theirs", "both"
OPENED, CHOOSE, SEEN = "opened", "choose-", "seen-"
UNANSWERED = "unanswered"  # {name: [texts]} that a script sent before without an answer: they may have been saved
MAX_UNANSWERED = 5  # of one field
NOT_SENT_AGAIN = (CHOOSE, SEEN, "csrfmiddlewaretoken", "form_key", "writer")


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed to different values, each as a browser sends it.

    `is_repeated` is whether the user was asked before, and selected nothing or a version that is no longer saved.
    """

    bound: BoundField
    mine: str | list
    theirs: str | list
    is_repeated: bool

    @property
    def name(self):
        return self.bound.html_name

    @property
    def label(self):
        form = self.bound.form
        prefix = "" if getattr(form, "labels_name_row", False) else getattr(form, "error_prefix", "")
        return f"{prefix}: {self.bound.label}" if prefix else self.bound.label

    @property
    def is_prose(self):
        return isinstance(self.bound.field.widget, forms.Textarea)

    def shown(self, value):
        return as_shown(self.bound.field, value)


def as_shown(field, value):
    """A value that a browser sent as text: the label of a choice, "Yes" or "No" of a checkbox."""
    if isinstance(field.widget, forms.CheckboxInput):
        return "Yes" if value else "No"
    labels = {str(key): str(label) for key, label in getattr(field, "choices", ())}
    texts = [labels.get(text, text) for text in (value if isinstance(value, list) else [value])]
    return ", ".join(filter(None, texts)) or "(blank)"


def as_sent(field, value):
    """A value of the field as a browser sends it: a text, or a sorted list of texts."""
    value = field.prepare_value(value)
    if isinstance(value, list | tuple | set | QuerySet):
        return sorted(str(part) for part in value)
    if isinstance(value, bool):
        return "on" if value else ""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return "" if value is None else str(value).replace("\r\n", "\n").strip()


def values_of_opening(data, prefix=""):
    """{name: value} with which the form with this prefix was opened; {} if they were not sent."""
    values = _sent_values(data, f"{prefix}-{OPENED}" if prefix else OPENED)
    return {name: value for name, value in values.items() if name != ROW_NAME and _is_as_sent(value)}


def row_name_of(data, prefix):
    """The `row_name` of the form with this prefix, or "". It works where the form cannot be built again."""
    name = _sent_values(data, f"{prefix}-{OPENED}").get(ROW_NAME)
    return name if isinstance(name, str) else ""


def _is_as_sent(value):
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value))


def _sent_values(data, name):
    try:
        values = json.loads(data.get(name, ""))
    except (ValueError, RecursionError):
        return {}
    return values if isinstance(values, dict) else {}


def is_from_merge_page(data):
    """Whether the user sent the data from the merge page."""
    return any(name.startswith(SEEN) for name in data)


class MergedForm:
    """A mixin of forms whose record others can save while it is open. Show `opened_input` in the page.

    Lock the record until the form is saved, so that its saved values are the newest. Valid, the form has what both
    saved; it is not valid while it has `conflicts`. `merged` are the names of the fields that only someone else
    changed.
    """

    conflicts = merged = ()
    row_name = ""  # of a row with a prefix that users do not understand: shown with its answers if they are not saved

    @property
    def is_new(self):
        """Whether the record is new, so that no one else can have saved it."""
        return hasattr(self, "instance") and self.instance.pk is None

    @property
    def opened_name(self):
        return self.add_prefix(OPENED)

    @property
    def opened_input(self):
        """The hidden input with the values when the form was opened."""
        is_sent = self.is_bound and self.data.get(self.opened_name)
        values = values_of_opening(self.data, self.prefix) if is_sent else self.saved_values()
        return format_html('<input type="hidden" name="{}" value="{}">', self.opened_name, self._as_opened(values))

    def is_valid(self):
        return super().is_valid() and not self.conflicts

    def full_clean(self):
        self.conflicts, self.merged = [], []
        if self.is_bound and not self.is_new:
            self._merge()
            self.__dict__.pop("changed_data", None)  # a formset reads it before
        super().full_clean()

    def saved_values(self):
        """{name: saved value, as a browser sends it} of the visible fields."""
        return {bound.name: as_sent(bound.field, bound.initial) for bound in self.merged_fields()}

    def sent_values(self):
        """{name: value sent, as a browser sends it} of the same fields, after merging."""
        return {bound.name: self._sent(bound) for bound in self.merged_fields()}

    def merged_fields(self):
        """The fields whose saved values others can change."""
        return self.visible_fields()

    def _merge(self):
        opened, saved = values_of_opening(self.data, self.prefix), self.saved_values()
        unanswered = _sent_values(self.data, UNANSWERED)
        for bound in self.merged_fields():
            theirs = saved[bound.name]
            base = opened.get(bound.name, theirs)
            if theirs != base and theirs in self._in_spelling(bound, unanswered.get(bound.html_name)):
                base = theirs  # saved by this page, which did not get the answer
            mine = base if theirs == base else self._sent(bound)
            if theirs in (base, mine):
                continue
            if mine == base:
                self._send(bound, theirs)
                self.merged.append(bound.name)
            elif not self._has_chosen(bound, mine, theirs):
                is_repeated = CHOOSE + bound.html_name in self.data or SEEN + bound.html_name in self.data
                self.conflicts.append(Conflict(bound, mine, theirs, is_repeated))
        if opened and opened != saved:
            asked = {conflict.bound.name: opened.get(conflict.bound.name) for conflict in self.conflicts}
            self._change(self.opened_name, self._as_opened(saved | asked))

    def _as_opened(self, values):
        return json.dumps(values | ({ROW_NAME: self.row_name} if self.row_name else {}))

    def _in_spelling(self, bound, texts):
        texts = texts[-MAX_UNANSWERED:] if isinstance(texts, list) else []
        return [self._spelt(bound, text) for text in texts if isinstance(text, str)]

    def _sent(self, bound):
        """The value sent, in the spelling that the form would show."""
        return self._spelt(bound, bound.data)

    @staticmethod
    def _spelt(bound, raw):
        """What is not valid stays as it was typed."""
        try:
            return as_sent(bound.field, bound.field.clean(raw))
        except forms.ValidationError:
            return as_sent(bound.field, raw)

    def _has_chosen(self, bound, mine, theirs):
        """Whether the user selected a version of the field on the merge page, which is then the value sent."""
        choice = self.data.get(CHOOSE + bound.html_name)
        if choice not in (MINE, THEIRS, BOTH) or self.data.get(SEEN + bound.html_name) != json.dumps(theirs):
            return False
        if choice == THEIRS:
            self._send(bound, theirs)
        elif choice == BOTH and isinstance(mine, str):
            self._send(bound, f"{mine}\n\n{theirs}")
        return True

    def _send(self, bound, value):
        self._change(bound.html_name, value)

    def _change(self, name, value):
        self.data = self.data.copy()
        if isinstance(value, list):
            self.data.setlist(name, value)
        elif value:
            self.data[name] = value
        else:
            self.data.pop(name, None)


def conflicts_of(*parts):
    """[`Conflict`] of forms, formsets and lists of forms that were validated."""
    return [conflict for form in forms_of(*parts) for conflict in getattr(form, "conflicts", ())]


def forms_of(*parts):
    """The forms of forms, formsets and lists of forms."""
    for part in parts:
        yield from part if isinstance(part, list) else getattr(part, "forms", [part])


class VersionsForm(forms.Form):
    """A choice between the versions of each field in conflict. None is selected at first."""

    def __init__(self, conflicts, *, mine, theirs):
        seen = {SEEN + conflict.name: json.dumps(conflict.theirs) for conflict in conflicts}
        super().__init__(seen if any(conflict.is_repeated for conflict in conflicts) else None, initial=seen)
        for conflict in conflicts:
            choices = [
                (MINE, _version(mine, conflict.shown(conflict.mine))),
                (THEIRS, _version(theirs, conflict.shown(conflict.theirs))),
            ]
            if conflict.is_prose and conflict.mine and conflict.theirs:
                choices.append((BOTH, "Both, one after the other"))
            self.fields[CHOOSE + conflict.name] = forms.ChoiceField(
                label=conflict.label,
                choices=choices,
                widget=forms.RadioSelect(attrs={"classes": "nhsuk-radios--small"}),
                required=conflict.is_repeated,
                error_messages={"required": f"Select which version to save: {conflict.label}"},
            )
            self.fields[SEEN + conflict.name] = forms.CharField(widget=forms.HiddenInput)


def _version(owner, text):
    return format_html(
        '<strong>{}</strong> <span class="app-versions__text">{}</span>', owner, linebreaksbr(text, autoescape=True)
    )


def merge_page(request, *parts, record, saved, **context):
    """The page that asks for a version of each conflict of these forms, and sends everything else again.

    `saved` is (user or None, time) of the newest save of the record.
    """
    who, when = saved
    is_own = who is not None and who.pk == request.user.pk
    owners = {"mine": "This device", "theirs": "Other device"} if is_own else {"mine": "Yours", "theirs": f"{who}’s"}
    if who is None:
        owners["theirs"] = "Saved version"
    context = {
        "heading": change_label(record, who, when, is_own),
        "versions": VersionsForm(conflicts_of(*parts), **owners),
        "sent": _sent_again(request, parts),
        **context,
    }
    return render(request, "forms/merge.html", context, status=409)


def change_label(record, who, when, is_own):
    """ "Olive Office changed this risk at 11:08", with the day if it was not today."""
    noun, when = record._meta.verbose_name, timezone.localtime(when)
    day = "" if when.date() == timezone.localdate() else f" on {formats.date_format(when, 'j F Y')}"
    at = f"{day} at {formats.time_format(when, 'H:i')}"
    if is_own:
        return f"You changed this {noun} on another device{at}"
    return f"{who or 'Someone'} changed this {noun}{at}"


def saved_message(record, *parts, saved):
    """ "Tender prices rise saved", with who saved what was merged. `saved` is as for `merge_page`, before this save."""
    return f"{record} saved{merged_label(*parts, saved=saved)}"


def merged_label(*parts, saved):
    """ ", together with changes by Olive Office at 11:08" if the forms have merged any; "" otherwise."""
    if not any(form.merged for form in forms_of(*parts)):
        return ""
    who, when = saved
    return (
        f", together with changes by {who or 'someone else'} at {formats.time_format(timezone.localtime(when), 'H:i')}"
    )


def merged_data(data, *parts):
    """The data sent, with what the forms have merged, and without the rows that formsets have left out."""
    merged = data.copy()
    for formset in parts:
        if isinstance(formset, BaseFormSet) and formset.data is not data:
            _replace_rows(merged, formset)
    for form in forms_of(*parts):
        if form.data is data:
            continue
        for name in [*(form.add_prefix(name) for name in form.fields), form.opened_name]:
            merged.setlist(name, form.data.getlist(name))
    return merged


def _replace_rows(data, formset):
    """Replace everything sent of the formset by its own data, in which it may have numbered its rows again."""
    start = f"{formset.prefix}-"
    for name in [name for name in data if name.startswith(start)]:
        del data[name]
    for name, values in formset.data.lists():
        if name.startswith(start):
            data.setlist(name, values)


def _sent_again(request, parts):
    """[(name, value)] of everything sent, with what the forms have merged."""
    lists = merged_data(request.POST, *parts).lists()
    return [(name, value) for name, values in lists if not name.startswith(NOT_SENT_AGAIN) for value in values]
