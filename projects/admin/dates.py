"""Dates with their precision in forms of the admin, written as in the portal."""

from estates_portal.admin_merging import MergedModelForm
from estates_portal.fields import WrittenDates

DATE_HINT = WrittenDates.date_hint


class WrittenDatesForm(WrittenDates, MergedModelForm):
    """Has one field for a date and its precision."""
