"""A product's picture: `picture(kind, colour, accent)` is a whole SVG document, drawn from the registry below.

The ground is a tint of the product's own colour, mid-light on purpose: it stands apart from a white card and does
not glare on a dark one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from eaichat.demo.art import clothes, gadgets, home, jackets, worn
from eaichat.demo.art.canvas import SIZE, circle, rect
from eaichat.demo.art.ink import Ink, ink, mix

Drawing = Callable[[Ink, Ink], str]

DRAWINGS: dict[str, Drawing] = {
    "rain_jacket": jackets.rain_jacket,
    "fleece": jackets.fleece,
    "puffer": jackets.puffer,
    "parka": jackets.parka,
    "denim_jacket": jackets.denim_jacket,
    "bomber": jackets.bomber,
    "chore_jacket": jackets.chore_jacket,
    "overcoat": jackets.overcoat,
    "trench": jackets.trench,
    "biker": jackets.biker,
    "shirt": clothes.shirt,
    "flannel": clothes.flannel,
    "tee": clothes.tee,
    "breton": clothes.breton,
    "sweater": clothes.sweater,
    "cable_sweater": clothes.cable_sweater,
    "cardigan": clothes.cardigan,
    "midi_dress": clothes.midi_dress,
    "wrap_dress": clothes.wrap_dress,
    "summer_dress": clothes.summer_dress,
    "trousers": clothes.trousers,
    "wide_trousers": clothes.wide_trousers,
    "beanie": worn.beanie,
    "cap": worn.cap,
    "scarf": worn.scarf,
    "sunglasses": worn.sunglasses,
    "watch": worn.watch,
    "umbrella": worn.umbrella,
    "backpack": worn.backpack,
    "trek_pack": worn.trek_pack,
    "tote": worn.tote,
    "sneaker": worn.sneaker,
    "runner": worn.runner,
    "boot": worn.boot,
    "chukka": worn.chukka,
    "wellington": worn.wellington,
    "mug": home.mug,
    "speckled_mug": home.speckled_mug,
    "enamel_mug": home.enamel_mug,
    "teapot": home.teapot,
    "board": home.board,
    "kettle": home.kettle,
    "table_lamp": home.table_lamp,
    "arc_lamp": home.arc_lamp,
    "throw": home.throw,
    "cushion": home.cushion,
    "vase": home.vase,
    "candle": home.candle,
    "headphones": gadgets.headphones,
    "earbuds": gadgets.earbuds,
    "speaker": gadgets.speaker,
    "keyboard": gadgets.keyboard,
    "power_bank": gadgets.power_bank,
    "bottle": gadgets.bottle,
    "tent": gadgets.tent,
    "lantern": gadgets.lantern,
    "sleeping_bag": gadgets.sleeping_bag,
    "wall_clock": gadgets.wall_clock,
}


@lru_cache(maxsize=256)
def picture(kind: str, colour: str, accent: str) -> str:
    """The SVG document of a `kind` of thing in two named colours; KeyError when one of the three is unknown."""
    main, second = ink(colour), ink(accent)
    shadow = (
        '<filter id="shadow" x="-20%" y="-20%" width="140%" height="140%">'
        '<feDropShadow dx="0" dy="7" stdDeviation="7" flood-color="#1b1d2b" flood-opacity="0.2"/></filter>'
    )
    ground = rect(0, 0, SIZE, SIZE, main.ground) + circle(200, 206, 166, mix(main.ground, "#ffffff", 0.4))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}">'
        f'{shadow}{ground}<g filter="url(#shadow)">{DRAWINGS[kind](main, second)}</g></svg>'
    )
