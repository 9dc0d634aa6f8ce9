"""The relevance floor reads a product's words once, and only where they can matter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.ranking import candidates, floor
from apps.catalog.engine.ranking.boosts import boost
from apps.catalog.engine.ranking.candidates import Candidate
from apps.catalog.engine.ranking.diversity import spread
from apps.catalog.engine.ranking.rules import NO_RULES
from apps.catalog.engine.records import Match
from apps.catalog.engine.understanding.categories import audience_terms
from apps.catalog.engine.words.languages import ENGLISH
from apps.catalog.engine.words.lexical import terms
from apps.catalog.engine.words.tokens import letters_of, words_of

TEXT = "A husband's rain-proof jacket, TN2110, for the guys"


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that the floor has split into words."""
    texts: list[str] = []

    def watched(text: str) -> Iterator[str]:
        texts.append(text)
        return words_of(text)

    monkeypatch.setattr(floor, "words_of", watched)
    monkeypatch.setattr("apps.catalog.engine.words.lexical.words_of", watched)
    floor._words.cache_clear()
    return texts


def match(title: str, dense: float, **attributes: str) -> Match:
    payload = {"title": title, "category": "", "brand": "", "attributes": attributes}
    return Match(id=title, payload=payload, score=0.5, dense=dense, lexical=None)


def test_what_a_product_is_called_is_read_once_for_its_words_and_its_stems(read: list[str]) -> None:
    for _ in range(2):
        assert floor._is_answer(match("A camping lamp", 0.3), frozenset({"lamp"}), "lamp", 0.43, NO_RULES, ENGLISH)
    assert len(read) == 1


def test_the_stems_of_the_words_are_those_of_the_text() -> None:
    assert floor._stems(floor._words(TEXT)) == audience_terms(TEXT)


def test_what_no_word_could_save_is_not_read(read: list[str]) -> None:
    asked = frozenset({"lamp"})
    assert not floor._is_answer(match("A lamp", 0.24), asked, "lamp", 0.43, NO_RULES, ENGLISH)
    assert read == []
    assert floor._is_answer(match("A lamp", 0.25), asked, "lamp", 0.43, NO_RULES, ENGLISH)


def test_what_holds_too_few_letters_of_the_question_is_not_read_into_words(read: list[str]) -> None:
    asked = frozenset({"camping", "lamp", "berry"})
    assert not floor._is_answer(match("A lamp", 0.42), asked, "lamp", 0.43, NO_RULES, ENGLISH)
    assert read == []
    assert floor._is_answer(match("Lamps of berries", 0.42), asked, "lamp", 0.43, NO_RULES, ENGLISH)
    assert len(read) == 1


@pytest.mark.parametrize(
    "text", [TEXT, "Men's-wear, T-shirts & berries", "Café 10,50 mm boxes’s", "x'自/b glasses"]
)
def test_every_word_leaves_its_letters_whatever_its_form(text: str) -> None:
    letters = letters_of(text)
    assert [word for word in words_of(text) if floor._trace(ENGLISH.form(word), ENGLISH) not in letters] == []


def test_of_endless_attributes_only_the_beginning_is_read(read: list[str]) -> None:
    lamp = match("A lamp", 0.3, note="very long " * 1_000)
    floor._is_answer(lamp, frozenset({"lamp"}), "lamp", 0.43, NO_RULES, ENGLISH)
    assert [len(text) for text in read] == [2_000]


def test_a_title_is_read_once_for_all_that_looks_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def watched(text: str) -> list[str]:
        read.append(text)
        return terms(text)

    monkeypatch.setattr(candidates, "terms", watched)
    candidates.title_terms.cache_clear()
    found = [Candidate({"product_id": "1", "title": "Desk lamp", "brand_key": ""}, 0.5)]
    boost(found, SearchQuery(text="desk lamps"))
    spread(found, "desk lamps")
    assert read == ["Desk lamp"]
    assert "title" in found[0].boosts


def test_what_is_titled_as_asked_is_an_answer_where_limits_hold() -> None:
    cable, ladder = match("Patch cable", 0.1), match("Cable ladder", 0.1)
    named = match("Cable", 0.1, color="Genuine")
    for text, answers in (
        ("cable", [cable, ladder, named]),
        ("cable for the office", [cable, ladder, named]),
        ("genuine cable", [named]),
        ("hamster cable", []),
        ("we are in an office, and have a cable", []),
    ):
        assert floor.above_floor([cable, ladder, named], text, None, NO_RULES, limited=True) == answers
    assert floor.above_floor([cable], "cable", None, NO_RULES) == []
