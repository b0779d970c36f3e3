"""Synonyms of search words, kept in the admin."""

from django.core.exceptions import ValidationError
from django.db import models
from simple_history.models import HistoricalRecords

from .search import stem, words_of


def listed(text):
    """The parts of a text that commas separate."""
    return [part.strip() for part in text.split(",") if part.strip()]


class SynonymQuerySet(models.QuerySet):
    def phrases(self):
        """{stems of words that people type: [phrases that they also find]}. One query."""
        phrases = {}
        for words, finds in self.order_by("pk").values_list("words", "finds"):
            for typed in listed(words):
                key = tuple(stem(word).lower() for word in words_of(typed))
                phrases.setdefault(key, []).extend(listed(finds))
        return phrases


class SearchSynonym(models.Model):
    """Words that people type, and the words of the records that they mean.

    A search for one of `words` also finds what has one of `finds`. It does not work the other way round.
    """

    words = models.CharField(
        "people search for", max_length=300, unique=True, help_text="For example, A&E, casualty. Separate with commas"
    )
    finds = models.CharField(
        "the search also finds",
        max_length=300,
        help_text="Text of names and summaries, for example emergency department. Separate with commas",
    )

    objects = SynonymQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["words"]
        verbose_name = "search synonym"

    def __str__(self):
        return self.words

    def clean(self):
        for name in ("words", "finds"):
            text = getattr(self, name)
            if text and not listed(text):
                raise ValidationError({name: "Enter at least one word"})
