"""Colours: what a record says about its own, and the words that shoppers have for them.

A key is a colour's plain name: "grey" for Gray, anthracite and light grey, which are also known by their own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from apps.catalog.engine.words.lexical import fold, words
from apps.catalog.product import Product

# Each colour, the other words for it, and after the bar its shades: "navy" is blue, "blue" need not be navy.
_TABLE = """
    black schwarz noir negro nero | ebony jet onyx obsidian
    white weiss blanc blanco bianco | ivory cream offwhite eggshell alabaster ecru
    grey gray grau gris grigio | charcoal anthracite anthrazit graphite slate gunmetal ash
    silver silber argent |
    red rot rouge rojo rosso | burgundy bordeaux maroon crimson scarlet ruby cherry wine cardinal
    blue blau bleu azul | navy indigo cobalt azure sapphire denim ultramarine
    green gruen vert verde | olive khaki mint sage emerald lime forest jade pistachio
    yellow gelb jaune giallo amarillo | mustard lemon canary
    orange | tangerine apricot terracotta amber
    brown braun marron brun | tan chocolate cognac camel chestnut espresso mocha
    beige | sand taupe
    pink | rose rosa fuchsia coral salmon blush
    purple violet lila viola | lavender lilac plum mauve aubergine
    gold golden dore |
    turquoise | aqua teal petrol
    cyan |
    magenta |
    bronze | copper
    transparent clear translucent |
    multicolour multicolor multicoloured multicolored multicolours colourful colorful | rainbow assorted
"""
_CALLED = {"multicolour": "multicoloured"}


def _names(table: str) -> tuple[dict[str, str], dict[str, str]]:
    same: dict[str, str] = {}
    shades: dict[str, str] = {}
    for line in table.strip().splitlines():
        names, _, lighter = line.partition("|")
        first = names.split()[0]
        same |= dict.fromkeys(names.split(), first)
        shades |= dict.fromkeys(lighter.split(), first)
    return same, shades


_SAME, _SHADES = _names(_TABLE)
# Words of the table that mean something else more often than a colour: they count in a record's colour alone.
_IN_RECORDS_ONLY = words(
    """jet ash cherry wine cardinal denim forest lime jade lemon canary apricot amber chocolate camel
    chestnut espresso mocha tan cognac rose rosa salmon plum sand clear transparent translucent assorted
    mint sage wine petrol copper bronze slate cream lila viola rot vert silber or terracotta ruby sapphire emerald
    onyx obsidian rainbow colourful colorful blush negro nero"""
)
COLOR_WORDS: Mapping[str, str] = {
    word: _SAME.get(word, word) for word in [*_SAME, *_SHADES] if word not in _IN_RECORDS_ONLY
}
PLAIN_COLORS = frozenset(_SAME.values())
_NAMED_COLOR = re.compile(r"colou?rs?|farben?|couleurs?|colores|kleur")
# Words that leave "colour" the colour of the whole thing: "product colour", "main color".
_WHOLE = words("""product main primary name item body exterior housing variant available of the base""")
_PARTS = re.compile(r"\s*(?:[,/;|+&\n]|\band\b|\bwith\b)\s*")
_WORD = re.compile(r"[a-z]+")
_LONGEST = 40
_MOST = 24
_BLANKS = re.compile(r"[^\S\n]+")
# Characters of a value; who lists more colours lists no colours.
_READ = 2_000


def color_key(name: str) -> str:
    """The key of one colour: "Gray" is "grey", "navy blue" stays "navy blue"."""
    said = " ".join(_WORD.findall(fold(name)))
    return _SAME.get(said, said)


def said_color(piece: str, known: frozenset[str]) -> str:
    """The store's own name for it, else the plain colour: "dark blue" where nothing is called so is blue."""
    whole = color_key(piece)
    if whole in known:
        return whole
    keys = [color_key(word) for word in _WORD.findall(fold(piece)) if word in COLOR_WORDS]
    shades = [key for key in keys if key in known and key not in PLAIN_COLORS]  # "navy blue" is navy
    return next(iter(shades or keys[-1:]), whole)


def color_label(key: str) -> str:
    return _CALLED.get(key, key)


def color_keys(product: Product) -> list[str]:
    """The keys that a product answers to; of "Light Blue" they are "light blue" and "blue".

    What the record calls the product's colour counts; else that of its parts, of its print or of its cable; else
    what its title says.
    """
    own: set[str] = set()
    parts: set[str] = set()
    for attributes in (product.attributes, *(variant.attributes for variant in product.variants)):
        for name, value in attributes.items():
            said = _WORD.findall(fold(name))
            if any(_NAMED_COLOR.fullmatch(word) for word in said):
                rest = [word for word in said if not _NAMED_COLOR.fullmatch(word)]
                whole = _WHOLE.issuperset(rest)
                (own if whole else parts).update(_keys_of(value, free=whole))
    keys = own or parts or set(_said(product.title))
    return sorted(keys)[:_MOST]


def _keys_of(value: str, *, free: bool) -> Iterator[str]:
    """`free`: names of no table count too, "Ocean Whisper"."""
    for part in _PARTS.split(_BLANKS.sub(" ", fold(value))[:_READ]):
        said = _WORD.findall(part)
        if not said or len(part) > _LONGEST:
            continue
        known = _families(said)
        if known or (free and said[0] not in ("yes", "no", "true", "false")):
            yield color_key(part)
            yield from known


def _families(said: Iterable[str]) -> set[str]:
    """The plain colours of a name, by its last word that is one: "rose gold" is gold, and no rose."""
    for word in reversed(list(said)):
        if word in _SAME:
            return {_SAME[word]}
        if word in _SHADES:
            return {_SHADES[word], word}
    return set()


def _said(title: str) -> Iterator[str]:
    for word in _WORD.findall(fold(title)):
        if word in COLOR_WORDS:
            yield from _families([word])
