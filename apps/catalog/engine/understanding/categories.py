"""Which of the store's categories a sentence names."""

from __future__ import annotations

import re
from collections.abc import Sequence

from apps.catalog.engine.understanding.vocabulary import CategoryName, Vocabulary
from apps.catalog.engine.words.lexical import fold, stem, synonyms, terms

_GROUPS = {
    "men": "man mens male males gentleman gentlemen guy guys husband boyfriend dad father son brother grandpa",
    "women": "woman womens female females lady ladies wife girlfriend mom mum mother daughter sister grandma",
    "kids": "kid children child toddler toddlers youth",
    "boys": "boy",
    "girls": "girl",
}
_SAME = {stem(word): stem(group) for group, words in _GROUPS.items() for word in [group, *words.split()]}
# Words for whom something is; they narrow a category and never name a thing.
AUDIENCE = frozenset([*_SAME.values(), *terms("unisex baby adults")])
# Words that may follow the thing they describe: "jackets waterproof", "mugs blue".
DESCRIBING = frozenset(
    terms(
        """black white blue red green yellow pink purple orange brown grey gray navy beige cream gold golden
        silver teal olive khaki burgundy turquoise dark light bright large small big tiny medium xl xxl xs
        size sized long short slim wide warm warmer cold cool soft cosy cozy thin thick heavy lightweight
        waterproof windproof breathable wireless cotton wool woollen leather denim linen silk fleece ceramic
        wooden metal steel glass plastic new nice cheap online comfortable comfy stylish elegant casual
        formal summer winter spring autumn fall rain outdoor indoor modern vintage birthday christmas today
        now sale cheaper similar different other another"""
    )
)
# Words for things of any kind: what stands before them says which.
_KINDLESS = frozenset(
    terms("equipment gear accessories clothes clothing apparel wear supplies goods articles essentials")
)
_PREPOSITION = re.compile(
    r"\b(?:for|with|without|in|on|to|of|from|that|which|who|when|while|made|as|under|over|at|by|so|because|if|like|and|or)\b|[,.;:!?]"
)


def find_category(text: str, vocabulary: Vocabulary) -> CategoryName | None:
    """The one category that says most; None when none or several fit.

    Every word of each of its segments must be said ("Men > Jackets": a word for men, and "jacket"), and what
    it names must be the thing that is asked for: "coffee table" is not asking for the category Coffee.
    """
    said = audience_terms(text)
    head = head_of(text)
    by_weight: dict[int, list[CategoryName]] = {}
    for name in vocabulary.names:
        if all(needs and needs <= said for needs in name.needs) and _names_head(name, head):
            by_weight.setdefault(_weight(name), []).append(name)
    for weight in sorted(by_weight, reverse=True):
        if len(by_weight[weight]) == 1:
            return by_weight[weight][0]
    return None


def audience_terms(text: str) -> frozenset[str]:
    """The words of a text, with "husband" and "guys" as the "men" that shops say."""
    return audience_of(terms(text))


def audience_of(said: Sequence[str]) -> frozenset[str]:
    """The same for stems that are there already."""
    return frozenset(_SAME.get(term, term) for term in [*said, *synonyms(said)])


def is_audience(name: CategoryName) -> bool:
    """True for a category that says for whom, and not what: "Men", "Women's clothing"."""
    return all(needs <= AUDIENCE for needs in name.needs)


def category_terms(name: CategoryName) -> frozenset[str]:
    return frozenset[str]().union(*name.needs)


def _weight(name: CategoryName) -> int:
    return sum(len(needs) * (1 if needs <= AUDIENCE else 2) for needs in name.needs)


def _names_head(name: CategoryName, head: str | None) -> bool:
    if is_audience(name) or head is None:
        return True
    return any(needs & {head, *synonyms([head])} for needs in name.needs)


def head_of(text: str) -> str | None:
    """The stem of the thing that the sentence asks for: the last word of its first phrase that names one.

    None when no phrase names a thing: "something warm", "outdoor equipment".
    """
    phrase = thing_phrase(text)
    return phrase[-1] if phrase else None


def thing_phrase(text: str) -> list[str]:
    """The stems of the phrase that names the thing: "a warm sleeping bag for men" is warm, sleep, bag."""
    for phrase in _PREPOSITION.split(fold(text)):
        things = [term for term in (_SAME.get(term, term) for term in terms(phrase)) if term not in AUDIENCE]
        while len(things) > 1 and (things[-1] in DESCRIBING or things[-1] in _KINDLESS):
            things.pop()
        if things and not (len(things) == 1 and things[0] in DESCRIBING):
            return things
    return []
