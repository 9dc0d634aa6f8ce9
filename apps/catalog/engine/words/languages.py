"""Languages: which words say nothing, and what is the stem of the others."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import stop_words
from py_rust_stemmers import SnowballStemmer

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.words.folding import fold, words

# Those that have both a stemmer and a list of stop words.
LANGUAGES = {
    "ar": "arabic", "da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish",
    "fi": "finnish", "fr": "french", "hu": "hungarian", "it": "italian", "nb": "norwegian", "nl": "dutch",
    "pt": "portuguese", "ro": "romanian", "ru": "russian", "sv": "swedish", "tr": "turkish",
}  # fmt: skip
# English words that say nothing about a product: "for", "with" and the like, and the small talk of a shop. A list
# of our own, since the library's of 1,300 also holds "computer", "fire", "mine" and "three".
STOP_WORDS = words(
    """a about all also am an and any anything are as at be been but by can could did do does doing for from get
    give got had has have having he her here hers him his how i if i'd i'll i'm i've in into is it it's its just
    let like ll m maybe me more most my need no not of off on one ones or our out over please re s say see she
    should show so some something stuff such t than that the their them then there these they this those to too us
    until up ve very want wants was we were what when where which who why will with would you your yours
    hi hello hey thanks thank ok okay yes find search looking look buy purchase order shop shopping store sell
    selling recommend suggest suggestion recommendation carry offer offers help items item product products
    thing things available good nice great best really kind sort type under below above between around"""
)


def singular(word: str) -> str:
    """A word without its plural: "mugs" is "mug". Less than a stem, which also makes "belted" a "belt"."""
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    if len(word) > 4 and word.endswith(("ches", "shes", "xes", "sses")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us")):
        return word[:-1]
    return word


class Language:
    """One language of `LANGUAGES`."""

    def __init__(self, code: str) -> None:
        name = LANGUAGES.get(code)
        if name is None:
            known = ", ".join(LANGUAGES)
            raise CatalogError("unknown_language", f"There is no language {code[:20]!r}; there is {known}.")
        self.code = code
        self.stop_words = STOP_WORDS if code == "en" else frozenset(map(fold, stop_words.get_stop_words(name)))
        # Remembered, since a catalogue says the same words again and again.
        self.stem: Callable[[str], str] = lru_cache(maxsize=20_000)(_stemmer(name))
        # A word without its plural, to tell whether two words are one: nearer to the word than its stem.
        self.form = lru_cache(maxsize=20_000)(singular) if code == "en" else self.stem


def _stemmer(name: str) -> Callable[[str], str]:
    snowball = SnowballStemmer(name)

    def stem(word: str) -> str:
        return str(snowball.stem_word(word)) if word.isalpha() else word  # "cat5e" has no ending

    return stem


@lru_cache
def language(code: str) -> Language:
    return Language(code)


ENGLISH = language("en")
