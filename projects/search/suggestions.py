"""What to suggest when a search finds nothing: another spelling, or fewer words.

The words are those of names that the reader can see, so that a suggestion says nothing about other records.
"""

import re
from difflib import SequenceMatcher, get_close_matches
from itertools import pairwise

from projects.models import OtherName, Programme, Project, SearchSynonym
from projects.models.search import stem, tidy, words_of
from sites.models import Organisation, Place, Site, Town

WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
MIN_LENGTH = 4  # of a word that can be misspelt
LIKENESS = 0.7  # of two words, from 0 to 1
LIKENESS_OF_PAIRS = 0.8
LENGTHS_APART = 3


class Vocabulary:
    """Words of names and synonyms, and pairs of words of names: "Grove View" for "groveview"."""

    def __init__(self, names, synonyms=()):
        self.words, self.pairs = {}, {}
        for name in sorted(names):  # so that the spelling does not depend on the order of rows
            written = WORD.findall(tidy(name))
            for word in written:
                self.words.setdefault(word.lower(), word)
            for first, second in pairwise(written):
                self.pairs.setdefault(f"{first}{second}".lower(), f"{first} {second}")
        self.text = "\n".join(self.words)
        for word in WORD.findall(tidy(" ".join(synonyms))):
            self.words.setdefault(word.lower(), word)

    def has(self, word):
        """Whether a search for the word can find a name."""
        return stem(word).lower() in self.text

    def closest(self, word):
        """The known word or pair of words that is most like this one; "" if none is."""
        typed = word.lower().replace("'", "")
        if len(typed) < MIN_LENGTH:
            return ""
        known = {**self.pairs, **{key.replace("'", ""): name for key, name in self.words.items()}}
        likely = [key for key in known if abs(len(key) - len(typed)) <= LENGTHS_APART]
        closest = get_close_matches(typed, likely, n=1, cutoff=LIKENESS)
        return known[closest[0]] if closest else ""

    def closest_pair(self, first, second):
        """The known pair of words that is most like these two, of which one is unknown: "Grove View"."""
        if self.has(first) and self.has(second):
            return ""
        closest = get_close_matches(f"{first}{second}".lower(), self.pairs, n=3, cutoff=LIKENESS_OF_PAIRS)
        likely = (self.pairs[pair] for pair in closest)
        return next((pair for pair in likely if all(map(_is_like, (first, second), pair.split()))), "")


def _is_like(word, other):
    return SequenceMatcher(None, word.lower(), other.lower()).ratio() >= LIKENESS


def visible_names(user):
    """The names that `user` can see: of projects, programmes, sites with their addresses, places, towns and
    organisations. Seven queries.
    """
    visible = Project.objects.visible_to(user).order_by()
    names = [
        visible.values_list("title", flat=True),
        OtherName.objects.filter(project__in=visible.values("pk")).values_list("name", flat=True),
        Programme.objects.visible_to(user).values_list("name", flat=True),
        Place.objects.values_list("name", flat=True),
        Town.objects.values_list("name", flat=True),
        Organisation.objects.visible_to(user).values_list("name", flat=True),
    ]
    addresses = Site.objects.visible_to(user).values_list("name", "address")
    sites = [f"{name}\n{address}" for name, address in addresses]
    return [name for column in names for name in column] + [line for site in sites for line in site.split("\n")]


def synonyms():
    """The words that people search for and that find others. One query."""
    return SearchSynonym.objects.values_list("words", flat=True)


def other_spelling(text, vocabulary):
    """The text with each unknown word replaced by the closest known one; "" if there is nothing to replace, or no word
    is close.
    """
    words, spelt = words_of(text), []
    while words:
        first, *rest = words
        if rest and (pair := vocabulary.closest_pair(first, rest[0])):
            spelt.append(pair)
            words = rest[1:]
        else:
            spelt.append(first if vocabulary.has(first) else vocabulary.closest(first))
            words = rest
    spelling = " ".join(spelt)
    return spelling if all(spelt) and spelling.lower() != " ".join(words_of(text)).lower() else ""


def known_words(text, vocabulary):
    """The words of a text of several that a search can find, each once."""
    words = list(dict.fromkeys(words_of(text)))
    return [word for word in words if vocabulary.has(word)] if len(words) > 1 else []
