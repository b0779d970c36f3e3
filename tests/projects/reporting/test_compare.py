"""The differences between two texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estates_portal.differences import diff_html

pytestmark = pytest.mark.django_db


def test_diff_marks_and_escapes_changed_text():
    html = diff_html("The <b>frame</b> is up", "The roof is up")
    assert html == (
        'The <del><span class="nhsuk-u-visually-hidden">removed: </span>&lt;b&gt;frame&lt;/b&gt; </del> '
        '<ins><span class="nhsuk-u-visually-hidden">added: </span>roof </ins>is up'
    )
    assert diff_html("", "") == ""


@given(st.text(max_size=80), st.text(max_size=80))
def test_diff_escapes_any_text(older, newer):
    html = diff_html(older, newer)
    for part in ("<ins>", "</ins>", "<del>", "</del>", '<span class="nhsuk-u-visually-hidden">', "</span>"):
        html = html.replace(part, "")
    assert "<" not in html and ">" not in html
