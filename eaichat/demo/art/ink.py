"""Colours of the demo's pictures: one name gives all the tones that a flat drawing needs."""

from __future__ import annotations

from dataclasses import dataclass

_BASES = {
    "white": "#f6f4ee",
    "cream": "#efe3cc",
    "sand": "#d8bd94",
    "tan": "#b98450",
    "brown": "#7a4f35",
    "oak": "#c9975f",
    "rust": "#c2542d",
    "terracotta": "#cf7250",
    "red": "#c0362f",
    "coral": "#ec7762",
    "burgundy": "#7d2639",
    "blush": "#e3a7a5",
    "mustard": "#dda52e",
    "yellow": "#f3c53d",
    "olive": "#77793f",
    "sage": "#9db294",
    "forest": "#2c5d4a",
    "teal": "#1d7f80",
    "sky": "#94bfd6",
    "blue": "#4b7fb3",
    "denim": "#456a94",
    "indigo": "#2f4468",
    "cobalt": "#2d57b8",
    "navy": "#26385e",
    "lavender": "#a295c9",
    "grey": "#9aa1a8",
    "charcoal": "#4a4f57",
    "black": "#2b2d33",
    "steel": "#b4bfc6",
    "gold": "#cfa04a",
    "tortoise": "#8a5428",
}
# Grounds where a tint of the colour itself would be too pale or too dull.
_GROUNDS = {
    "white": "#c5d2d3",
    "cream": "#cfd6cf",
    "steel": "#d9d3ca",
    "yellow": "#dbe5e4",
    "mustard": "#dfe5e3",
    "navy": "#cfd8e6",
    "indigo": "#d3dbe6",
    "black": "#ded8cd",
    "charcoal": "#d8dddf",
    "sky": "#dbe7ee",
    "grey": "#e6e1d8",
}


def mix(first: str, second: str, share: float) -> str:
    """`first` with `share` (0 to 1) of `second` in it; both and the result are #rrggbb."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


@dataclass(frozen=True)
class Ink:
    """The tones of one colour, from `deep` (lines, insides) over `base` to `pale` (shine)."""

    base: str
    deep: str
    dark: str
    light: str
    pale: str
    ground: str


def ink(name: str) -> Ink:
    """The tones of the colour called `name`; KeyError when there is no such colour."""
    base = _BASES[name]
    return Ink(
        base=base,
        deep=mix(base, "#14161f", 0.48),
        dark=mix(base, "#1b1d2b", 0.2),
        light=mix(base, "#ffffff", 0.2),
        pale=mix(base, "#fffaf0", 0.5),
        ground=_GROUNDS.get(name) or mix(base, "#f4efe7", 0.82),
    )
