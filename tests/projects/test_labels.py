"""Labels of values."""

import pytest

from projects.dates import PartialDate
from projects.labels import opening_change_label, opening_slippage_label, slippage_label
from projects.models.milestone import MilestoneDates
from projects.templatetags.projects import cut_at_word

MOVES = [
    ("10 January 2025", "10 January 2025", "on time"),
    ("10 January 2025", "11 January 2025", "1 day late"),
    ("13 January 2025", "1 January 2025", "12 days early"),
    ("1 January 2027", "1 March 2027", "59 days late"),
    ("31 March 2027", "30 May 2027", "60 days late"),  # and not two whole months
    ("10 January 2025", "9 July 2025", "5 months late"),
    ("10 January 2025", "10 July 2025", "6 months late"),
    ("10 July 2025", "10 January 2025", "6 months early"),
    ("25 July 2029", "21 July 2030", "11 months late"),
    ("1 January 2027", "1 January 2033", "72 months late"),
    # two months, quarters or years: by whole months, as both have the same precision
    ("January 2027", "March 2027", "2 months late"),
    ("February 2027", "March 2027", "1 month late"),
    ("March 2027", "October 2027", "7 months late"),
    ("April to June 2027", "January to March 2027", "3 months early"),
    ("2024", "2030", "72 months late"),
    # different precision: at least
    ("2024", "August 2025", "at least 7 months late"),  # as Acute Services Block in the BLMK data
    ("2023", "October to December 2024", "at least 9 months late"),
    ("January to March 2026", "2 October 2025", "at least 2 months early"),
    ("2024", "1 January 2025", "at least 1 day late"),
    ("2024", "October to December 2024", "on time"),
]


@pytest.mark.parametrize(("planned", "now", "label"), MOVES)
def test_slippage_is_in_days_below_60_then_in_calendar_months(planned, now, label):
    planned, now = PartialDate.parse(planned), PartialDate.parse(now)
    assert slippage_label(MilestoneDates(planned, planned, now)) == label
    change = label.replace("late", "later").replace("early", "earlier").replace("on time", "")
    assert opening_change_label(now, planned) == change


@pytest.mark.parametrize(("planned", "now", "label"), MOVES)
def test_slippage_of_report_has_same_label_as_slippage_of_milestone(planned, now, label):
    """Reports do not store the precision of the planned date, so their label has no "at least"."""
    planned, now = PartialDate.parse(planned), PartialDate.parse(now)
    frozen_label = opening_slippage_label(now, now.slippage_from(planned))
    assert frozen_label == label if now.precision != "day" else frozen_label == label.removeprefix("at least ")


def test_unknown_slippage_has_no_label():
    assert slippage_label(MilestoneDates()) == ""
    assert opening_slippage_label(None, None) == opening_slippage_label(PartialDate.parse("2027"), None) == ""


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [
        ("Rooms in a library", 18, "Rooms in a library"),
        ("Rooms in a library", 17, "Rooms in a…"),
        ("Rooms, in a library", 8, "Rooms…"),
        ("Rooms\nin a\n library", 40, "Rooms in a library"),
        ("Antidisestablishmentarianism", 10, "Antidises…"),
        ("", 10, ""),
    ],
)
def test_text_is_cut_after_a_word(text, length, cut):
    assert cut_at_word(text, length) == cut
