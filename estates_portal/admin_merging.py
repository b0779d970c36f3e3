"""Forms of the admin that several people edit at once: records and their inline rows are merged as in the portal."""

import json
import re

from django import forms
from django.core.exceptions import ValidationError
from django.forms.formsets import DELETION_FIELD_NAME, INITIAL_FORM_COUNT, TOTAL_FORM_COUNT
from django.forms.models import BaseInlineFormSet
from django.utils import timezone
from django.utils.text import capfirst
from simple_history.models import is_historic

from .fields import WrittenDate, is_id
from .merging import MergedForm, as_sent, as_shown, values_of_opening
from .nhsuk.forms import IN_BRACKETS
from .written_dates import DAY_FORMAT_ERROR

CHANGED_SINCE = "Someone changed this after you opened the page. Check what differs, then save again"
ROW_CHANGED_SINCE = "Someone changed this after you opened the page. Check it, then tick Delete again to delete it"
DJANGO_REQUIRED = forms.Field.default_error_messages["required"]


def required_error(field):
    """The error of a blank field: "Enter the web address", "Select the project"."""
    if isinstance(field, WrittenDate):
        return DAY_FORMAT_ERROR
    label = IN_BRACKETS.sub("", str(field.label))
    name = label if label[:2].isupper() else label[:1].lower() + label[1:]
    return f"{'Select' if hasattr(field, 'choices') else 'Enter'} the {name}"


class MergedModelForm(MergedForm, forms.ModelForm):
    """A record or an inline row that others can save while its page is open.

    What replaces the record whole is refused once if someone has changed it since: restoring an earlier version, and
    deleting a row. The page shows what is saved now, and saving it again is the answer.
    """

    refusal = ""  # an error that is shown once

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if field.error_messages.get("required") == DJANGO_REQUIRED:
                field.error_messages["required"] = required_error(field)

    @property
    def error_prefix(self):
        """The row's name; "" for the record of the page."""
        return str(self.instance) if self.prefix and self.instance.pk else ""

    def full_clean(self):
        """Clean the form. If anything is merged or asked, `last_save` is (user or None, time) of the newest save."""
        super().full_clean()
        if self.merged or self.conflicts:
            newest = self.instance.history.select_related("history_user").first()
            self.last_save = (newest.history_user, newest.history_date) if newest else (None, timezone.now())

    def saved_values(self):
        """{name: saved value}; for an earlier version those of the record today."""
        if not is_historic(self.instance):
            return super().saved_values()
        record = type(self.instance)._base_manager.filter(pk=self.instance.pk).first()
        return type(self)(instance=record).saved_values() if record else {}

    def clean(self):
        cleaned = super().clean()
        if self.refusal:
            self.add_error(None, self.refusal)
        return cleaned

    def _merge(self):
        delete = self.add_prefix(DELETION_FIELD_NAME)
        is_version = is_historic(self.instance)
        if not is_version and not self.data.get(delete):
            super()._merge()
            return
        opened, saved = values_of_opening(self.data, self.prefix), self.saved_values()
        if not opened or opened == saved:
            return
        self.refusal = CHANGED_SINCE if is_version else ROW_CHANGED_SINCE
        self._change(self.opened_name, json.dumps(saved))
        if not is_version:
            for bound in self.merged_fields():
                self._send(bound, saved[bound.name])


class MergedRows(BaseInlineFormSet):
    """Inline rows of which others can save, add or delete some while the page is open.

    A row that someone deleted is left out. If the user had changed it, the page says so, with what was typed.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.lost = []
        if self.is_bound:
            self._match_saved_rows()

    def clean(self):
        super().clean()
        if self.lost:
            raise ValidationError(self.lost)

    def _match_saved_rows(self):
        """Let the queryset have the saved rows that were sent, in the same order: the page shows each with its form."""
        saved = {str(row.pk): row for row in self.get_queryset()}
        number = min(self.initial_form_count(), self.total_form_count())
        sent = [self.data.get(f"{self.add_prefix(index)}-{self.model._meta.pk.name}", "") for index in range(number)]
        self._queryset = [saved[pk] for pk in sent if pk in saved]
        deleted = [index for index, pk in enumerate(sent) if is_id(pk) and pk not in saved]
        self.lost = [error for index in deleted if (error := self._lost_error(index))]
        if deleted:
            self._leave_out(deleted)

    def _lost_error(self, index):
        """The error of a row that someone deleted and the user changed; "" if the user did not."""
        row = self._construct_form(index)
        opened = values_of_opening(self.data, row.prefix)
        fields = row.visible_fields()
        changes = [
            f"{bound.label}: {as_shown(bound.field, bound.data)}"
            for bound in fields
            if row._sent(bound) != opened.get(bound.name, as_sent(bound.field, bound.initial))
        ]
        if not changes or self.data.get(row.add_prefix(DELETION_FIELD_NAME)):
            return ""
        name = as_shown(fields[0].field, opened.get(fields[0].name, ""))
        noun = capfirst(self.model._meta.verbose_name)
        return f"{noun} {name}: someone deleted this after you opened the page. Not saved: {'; '.join(changes)}"

    def _leave_out(self, indexes):
        """Take these rows out of the data, and number the others again."""
        counts = {
            TOTAL_FORM_COUNT: self.total_form_count() - len(indexes),
            INITIAL_FORM_COUNT: self.initial_form_count() - len(indexes),
        }
        self.data, pattern = self.data.copy(), re.compile(rf"({re.escape(self.prefix)}-)(\d+)(-.+)")
        names = [(match, self.data.pop(match[0])) for match in map(pattern.fullmatch, list(self.data)) if match]
        for match, texts in names:
            if (index := int(match[2])) not in indexes:
                self.data.setlist(f"{match[1]}{index - sum(gone < index for gone in indexes)}{match[3]}", texts)
        for name, count in counts.items():
            self.data[f"{self.prefix}-{name}"] = str(count)
        del self.management_form
