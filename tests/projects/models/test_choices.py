"""Movement and trend of ratings."""

import pytest

from projects.models.choices import rating_movement, trend

pytestmark = pytest.mark.django_db
R, A, G, N = "red", "amber", "green", "not_rated"


@pytest.mark.parametrize(
    ("before", "now", "moved"),
    [(G, A, "worse"), (A, R, "worse"), (R, G, "better"), (A, A, "steady"), (N, R, ""), ("", G, ""), (G, N, "")],
)
def test_rating_movement(before, now, moved):
    assert rating_movement(before, now) == moved


@pytest.mark.parametrize(
    ("ratings", "word"),
    [
        ([], ""),
        ([G], "first"),
        ([N, A], "first"),
        ([G, A], "worse"),
        ([R, A], "better"),
        ([A, A], "steady"),
        ([A] * 6, "stale"),
        ([R] * 6, "stale"),
        ([G] * 6, "steady"),
        ([A] * 5, "steady"),
        ([A, A, A, G, A, A], "steady"),
        ([A, N, A], "steady"),
        ([A, N], ""),
    ],
)
def test_trend(ratings, word):
    assert trend(ratings) == word
