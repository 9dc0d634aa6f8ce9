"""The relevance floor. Nothing above it is an answer too: the store does not carry that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from apps.catalog.engine.ranking.candidates import title_terms
from apps.catalog.engine.ranking.rules import Rules
from apps.catalog.engine.records import Match, Payload
from apps.catalog.engine.understanding.categories import (
    AUDIENCE,
    audience_of,
    audience_terms,
    head_of,
    is_audience,
    thing_phrase,
)
from apps.catalog.engine.understanding.things import is_one_phrase
from apps.catalog.engine.understanding.vocabulary import CategoryName
from apps.catalog.engine.words.languages import ENGLISH, Language
from apps.catalog.engine.words.lexical import stem, terms, words_of
from apps.catalog.engine.words.tokens import letters_of

# Cosines of MiniLM between a question and a product's text.
_SURE = 0.43
_SURE_OF_A_WISH = 0.28
_LIKELY = 0.25
_BESIDE_THE_BEST = 0.45
# A product is named in the beginning; attributes may go on for pages.
_LONGEST_NAMES = 2_000
# "something for a rainy day" names no thing, so its cosines are low and nothing is missed by being generous.
_WISH = re.compile(
    r"\b(?:something|anything|what|(?:gifts?|presents?|surprise|ideas)(?:\s+ideas?)?\s+for)\b", re.IGNORECASE
)
# Words that ask for anything.
_ANYTHING = frozenset(terms("gift gifts present presents idea ideas surprise birthday christmas anniversary"))


def above_floor(
    matches: Sequence[Match],
    text: str,
    category: CategoryName | None,
    rules: Rules,
    language: Language = ENGLISH,
    *,
    limited: bool = False,
) -> list[Match]:
    """The matches that are answers.

    Where the sentence named one of the store's own things ("jackets"), all of them are what was asked for, and
    the rest of the text ("warm") ranks them. Else a match must be sure by its meaning, or likely by its meaning
    and named by the words.

    `limited`: hard limits hold. Then they carry whatever else was said about a thing that is called as asked.
    """
    asked = _asked(text, category, language)
    if not asked:
        return list(matches)
    # What a sentence asks for is read from English word order.
    head = head_of(text) if language is ENGLISH else None
    rules = rules.about(text)
    if _WISH.search(text):
        return [match for match in matches if _is_answer(match, asked, head, _SURE_OF_A_WISH, rules, language)]
    called: set[str] = set()
    if limited and head is not None and is_one_phrase(text):
        thing = frozenset(thing_phrase(text))
        called = {match.id for match in matches if _is_called(match, head, thing, rules)}
    kept = [
        match for match in matches if match.id in called or _is_answer(match, asked, head, _SURE, rules, language)
    ]
    # Beside a dog food, rice is no answer; where nothing fits well, all that fits somewhat is shown.
    return [match for match in kept if match.id in called or match.score >= kept[0].score * _BESIDE_THE_BEST]


def _is_called(match: Match, head: str, thing: frozenset[str], rules: Rules) -> bool:
    """Whether the title names the thing, and the product's names have all the words that say which."""
    if head not in title_terms(match.payload["title"]):
        return False
    return thing <= {head} or thing <= _stems(_words(_names(match.payload, rules)))


def _is_answer(
    match: Match, asked: frozenset[str], head: str | None, sure: float, rules: Rules, language: Language
) -> bool:
    if match.dense is not None and match.dense >= sure:
        return True
    if match.dense is not None and match.dense < _LIKELY:
        return False  # no words make up for that, so they need not be read
    names = _names(match.payload, rules)
    letters = letters_of(names)
    if not _suffices(match.dense, sum(_trace(word, language) in letters for word in asked) / len(asked)):
        return False  # nor need they be, where half of the letters are not there
    words = _words(names)
    covered = len(asked.intersection(map(language.form, words))) / len(asked)
    return _suffices(match.dense, covered) and (match.dense is None or head is None or head in _stems(words))


def _suffices(dense: float | None, covered: float) -> bool:
    """Whether so many of the question's words in a product's names make up for a meaning that is not sure."""
    if dense is None:
        return covered == 1
    return covered >= 0.5 and dense >= _LIKELY + (1 - covered) * 0.2


def _trace(form: str, language: Language) -> str:
    """What stands among the letters of every text that holds the word, in the singular or not; may be empty."""
    if language is not ENGLISH or not (form.isascii() and form.isalpha()):
        return ""
    return form.removesuffix("y")  # "berries" is a "berry"


def least_meaning(
    text: str, category: CategoryName | None, language: Language = ENGLISH, *, limited: bool = False
) -> float:
    """The cosine below which nothing passes the floor, whatever its words."""
    return _LIKELY if not limited and _asked(text, category, language) else -1.0


@lru_cache(maxsize=256)  # before the question to the index, and behind it
def _asked(text: str, category: CategoryName | None, language: Language) -> frozenset[str]:
    """The words that a product must answer to: not for whom, and not that it is a present. None: all answer."""
    if category is not None and not is_audience(category):
        return frozenset()
    return frozenset(
        language.form(word)
        for word in words_of(text)
        if word not in language.stop_words and not ({stem(word)} | audience_terms(word)) & (_ANYTHING | AUDIENCE)
    )


def _names(payload: Payload, rules: Rules) -> str:
    """What a product is called. A description says too much: a bag for laptops is none."""
    attributes = payload.get("attributes", {})
    names = " ".join([payload["title"], payload["category"], payload["brand"], *attributes.values()])[
        :_LONGEST_NAMES
    ]
    return " ".join([names, *rules.same(names)])


@lru_cache(maxsize=1024)  # who turns the page or takes a limit away meets the same products again
def _words(text: str) -> frozenset[str]:
    return frozenset(words_of(text))


def _stems(words: frozenset[str]) -> frozenset[str]:
    return audience_of([stem(word) for word in words if word not in ENGLISH.stop_words])
