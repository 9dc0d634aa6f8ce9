"""Which part of a sentence names the thing: the phrase that the limits stand beside. The rest of it is talk.

"would you be so kind as to point me towards [black] monitors [under $200]": "monitors" stands
beside what was taken. That needs no list of polite words, only the small words of the language, where phrases end.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.catalog.engine.understanding.categories import AUDIENCE, audience_terms
from apps.catalog.engine.words.lexical import STOP_WORDS, fold, words

# Stand in a text where a limit was taken out, "in black", or one that goes before its thing, "black". To whoever
# reads on they are white space.
CUT, CUT_BEFORE = "\t", "\v"
_TOKEN = re.compile(rf"[{CUT}{CUT_BEFORE}]|[^\W_]+(?:['’.&/+-]+[^\W_]+)*|[^\w\s()]")
# Nouns for whatever a shop has.
_ANYTHING = words("anything something everything item items product products stuff thing things")
_KINDS = {
    "P": words(
        """about above across after against along among around as at before behind below beneath beside between
        beyond by during for from in inside into like near of off on onto out outside over per since through to
        toward towards under underneath until up upon via with within without"""
    ),
    "D": words(
        """a an the this these those some any my our your his her their its own another other such each
        every both few several many more most all no same"""
    ),
    "U": words("i you he she we they who can could will would shall should may might must wanna gonna gotta"),
    "V": words("am is are was were be been being has had"),
    "R": words("that which"),
    "O": words(
        """me him us them it one ones do does did have having and or but nor so if whether because while though
        although unless when where which what why how whose whom than then not never only just also too very here
        there"""
    ),
}
_KIND = {word: kind for kind, listed in _KINDS.items() for word in listed}
# One letter for each word: C a cut, B one before its thing, S a sign, P a preposition, D a determiner, U and V
# what verbs stand behind, R "that", A any thing, O another small word, N all else.
_VERB = r"(?<=U)N(?![BC]*$)|(?<=V)N(?=P)|(?<=[NA]R)N"
# A phrase goes on to what it is for, past cuts.
_PHRASE = re.compile(rf"{_VERB}|(?P<noun>[NA]+)(?P<more>(?:[BC]*P[DR]*N+(?!A))*)")
_ONE = re.compile(r"[DRO]*[NA]+(?:P[DR]*N+)*")
# A phrase of a lower line is none where there is one of a higher: see `_rank`.
_RANKS = ((0,), (1, 2), (3, 4))
# "My boss wants": who wants it, said first.
_WHO = re.compile(r"^\s*(?:my|our)\s+[^\W\d_]+\s+[^\W\d_]+s\b(?=\s+[^\W_])", re.IGNORECASE)


def things_beside(text: str) -> list[str]:
    """The phrases that may name what the limits are of, the likeliest first.

    Where a limit stands that goes before its thing, it is what follows, whether or not there is such a thing here;
    else what stands before a limit rather than what follows it.
    """
    text = _WHO.sub("", text)
    tokens = list(_tokens(text))
    kinds = "".join(_kind_of(token.group()) for token in tokens)
    found: list[tuple[int, str]] = []
    for match in _PHRASE.finditer(kinds):
        rank = _rank(kinds, match) if match["noun"] else None
        if rank is not None:
            said = text[tokens[match.start()].start() : tokens[match.end() - 1].end()]
            found.append((rank, " ".join(said.split())))
    found.sort(key=lambda entry: entry[0])
    likeliest = next((ranks for ranks in _RANKS if any(rank in ranks for rank, _ in found)), ())
    return [said for rank, said in found if rank in likeliest]


def cut_for(limit: str) -> str:
    """What stands in the place of these words. "in black" and "by Sony" follow their thing."""
    first = re.match(r"\s*([^\W_]+)", limit)
    return CUT if first is None or _kind_of(first[1]) not in "NA" else CUT_BEFORE


def is_one_phrase(text: str) -> bool:
    """Whether nothing is said but the thing, "a bag for laptops"."""
    return _ONE.fullmatch("".join(_kind_of(token.group()) for token in _tokens(text))) is not None


def asks_for_anything(phrase: str) -> bool:
    """Whether the phrase has a word for whatever there is, "stuff for her birthday"."""
    return any(fold(token.group()) in _ANYTHING for token in _tokens(phrase))


def with_audience(phrase: str, text: str) -> str:
    """The phrase, and for whom it shall be where that stands elsewhere: "my husband needs a jacket"."""
    missing = (audience_terms(text) - audience_terms(phrase)) & AUDIENCE
    said = (word for word in text.split() if audience_terms(word) & missing)
    return " ".join([phrase, *(f"for {word}" for word in said)])


def _tokens(text: str) -> Iterator[re.Match[str]]:
    """Without signs that fold to nothing, such as ®."""
    return (token for token in _TOKEN.finditer(text) if fold(token.group()))


def _kind_of(token: str) -> str:
    if token in (CUT, CUT_BEFORE):
        return "C" if token == CUT else "B"
    word = fold(token)
    if not word[0].isalnum():
        return "S"
    if word in _ANYTHING:
        return "A"
    return _KIND.get(word) or ("O" if word in STOP_WORDS else "N")


def _rank(kinds: str, match: re.Match[str]) -> int | None:
    """How surely it names the thing, 0 for what follows its limit; None: it is beside none, or no noun."""
    before, after = kinds[: match.start()], kinds[match.end() :]
    if re.search(r"B[DR]*$", before):
        return 0
    behind = "B" in match["more"] or "C" in match["more"] or re.match(r"(?:RN)?[BC]", after) is not None
    if re.search(r"C[DR]*$", before):
        return 1 if behind else 3
    if behind:
        return 2
    # Small words before another phrase are that one's: "point me towards [black] monitors".
    return 4 if re.match(r"[PDRUVO]+[BC]+(?![NA])", after) else None
