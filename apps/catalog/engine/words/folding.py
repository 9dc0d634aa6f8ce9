"""Folding: what differs in writing alone becomes one."""

from __future__ import annotations

import re
import unicodedata

# Trade marks, and signs that are not seen: soft hyphens, marks of direction, joiners.
_UNSEEN = re.compile("[™℠®©\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def fold(text: str) -> str:
    """Lower case without accents: "Café" and "cafe" are one word."""
    decomposed = unicodedata.normalize("NFKD", _UNSEEN.sub("", text)).casefold()
    if decomposed.isascii():
        return decomposed
    # Composed again, since Korean syllables were taken apart as well.
    return unicodedata.normalize("NFC", "".join(char for char in decomposed if not unicodedata.combining(char)))
