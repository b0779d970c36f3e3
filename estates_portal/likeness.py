"""Whether two names look like those of one record."""

import re
from difflib import get_close_matches

from django.utils.text import slugify

# Words that many sites have in their names
COMMON_WORDS = {"hospital", "hospitals", "centre", "unit", "health", "community", "site", "nhs", "trust", "foundation"}
COMMON_WORDS |= {"university", "the", "of", "and", "at", "for"}
LIKENESS = 0.88  # of two names in the same order, from 0 to 1: a typing error or two


def same_name(first, second):
    """Whether two names are the same but for capitals and punctuation."""
    return slugify(first.replace("&", "and")) == slugify(second.replace("&", "and"))


def telling_words(name):
    """The words of a name that tell it from others."""
    words = set(re.findall(r"[a-z0-9]+", name.lower().replace("'", "").replace("’", "")))
    return words - COMMON_WORDS or words


def like(name, others):
    """[those of the names that look like this one]: its telling words, or all and more, or a typing error apart.

    Names that differ in a number are of different records: "Phase 1" and "Phase 2".
    """
    words = telling_words(name)
    spelt = {slugify(other): other for other in others}
    close = {spelt[slug] for slug in get_close_matches(slugify(name), spelt, n=5, cutoff=LIKENESS)}
    return [other for other in others if _is_like(words, telling_words(other), other in close)]


def _is_like(words, other, is_close):
    if _numbers(words) != _numbers(other):
        return False
    smaller = min(words, other, key=len)
    return is_close or words == other or (len(smaller) > 1 and smaller == words & other)


def _numbers(words):
    return {word for word in words if word.isdigit()}
