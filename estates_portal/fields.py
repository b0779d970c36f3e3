"""Form fields of records by id."""

from django import forms


def is_id(value):
    """Whether the text can be the id of a row: digits that fit the database."""
    return value.isdecimal() and len(value) <= 18


class RecordsField(forms.ModelMultipleChoiceField):
    """Several records. What cannot be an id is an invalid choice; Django fails on numbers too large for the database.

    `from_list` is the message for values that are not in the list.
    """

    def __init__(self, queryset, *, from_list, **kwargs):
        messages = dict.fromkeys(("invalid_choice", "invalid_list", "invalid_pk_value"), from_list)
        super().__init__(queryset, error_messages=messages, **kwargs)

    def clean(self, value):
        if isinstance(value, list | tuple) and not all(is_id(str(key)) for key in value):
            raise forms.ValidationError(self.error_messages["invalid_choice"], code="invalid_choice")
        return super().clean(value)
