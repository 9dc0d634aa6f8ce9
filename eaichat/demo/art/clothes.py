"""Shirts, knitwear, dresses and trousers, laid flat."""

from __future__ import annotations

from eaichat.demo.art.canvas import both, circle, clip, dashes, ellipse, line, path, rect
from eaichat.demo.art.ink import Ink, mix
from eaichat.demo.art.jackets import SLEEVE, body

TEE = (
    "M158 86L116 102Q104 107 98 120L66 186Q63 193 70 197L104 214Q111 217 114 211L128 186L126 326Q126 336 136 336"
    "L264 336Q274 336 274 326L272 186L286 211Q289 217 296 214L330 197Q337 193 334 186L302 120Q296 107 284 102"
    "L242 86Q200 120 158 86Z"
)


def _long_sleeves(ink: Ink) -> str:
    sleeve = path(SLEEVE, mix(ink.base, ink.dark, 0.5)) + path(
        "M112 150L98 236", stroke=ink.dark, width=4, opacity=0.6
    )
    fold = path("M124 206L119 340L137 340Q133 262 124 206Z", ink.dark, opacity=0.5)
    return both(sleeve) + path(body(336), ink.base) + clip("body", body(336), both(fold))


def _shirt_front(ink: Ink, buttons: str) -> str:
    collar = path("M164 80Q152 88 148 108L178 138L199 110Q176 104 164 80Z", ink.light, stroke=ink.dark, width=2)
    return (
        ellipse(200, 94, 38, 14, ink.deep)
        + rect(190, 108, 20, 228, ink.light, 3)
        + dashes("M193 116L193 330", ink.dark, 1.5)
        + "".join(circle(200, y, 4, buttons) for y in (144, 180, 216, 252, 288, 320))
        + both(collar)
        + path("M66 284L106 296", stroke=ink.dark, width=3)
        + path("M334 284L294 296", stroke=ink.dark, width=3)
    )


def shirt(ink: Ink, accent: Ink) -> str:
    pocket = path("M222 160h42v36l-21 12l-21 -12Z", ink.light, stroke=ink.dark, width=2)
    return _long_sleeves(ink) + _shirt_front(ink, accent.base) + pocket


def flannel(ink: Ink, accent: Ink) -> str:
    down = "".join(rect(x, 60, 16, 300, accent.base, opacity=0.5) for x in (52, 92, 132, 172, 212, 252, 292, 332))
    across = "".join(rect(40, y, 320, 16, accent.base, opacity=0.5) for y in (96, 140, 184, 228, 272, 316))
    thin = "".join(line(x, 60, x, 350, accent.pale, 2, 0.6) for x in range(80, 340, 40))
    thin += "".join(line(40, y, 360, y, accent.pale, 2, 0.6) for y in range(126, 340, 44))
    check = down + across + thin
    pockets = both(
        path("M138 158h42v34l-21 12l-21 -12Z", ink.dark, opacity=0.85) + rect(136, 152, 46, 14, ink.light, 3)
    )
    return (
        _long_sleeves(ink)
        + clip("check", body(336), check)
        + clip("left", SLEEVE, check)
        + f'<g transform="matrix(-1 0 0 1 400 0)">{clip("right", SLEEVE, check)}</g>'
        + pockets
        + _shirt_front(ink, accent.pale)
    )


def tee(ink: Ink, accent: Ink) -> str:
    return (
        path(TEE, ink.base)
        + clip("tee", TEE, both(path("M128 186L122 340L142 340Q136 250 128 186Z", ink.dark, opacity=0.5)))
        + both(path("M128 186L120 142", stroke=ink.dark, width=3, opacity=0.7))
        + both(dashes("M71 189L107 207", ink.dark, 2))
        + dashes("M130 326L270 326", ink.dark, 2)
        + path("M158 86Q200 120 242 86L236 83Q200 108 164 83Z", ink.deep)
        + path("M158 86Q200 132 242 86", stroke=ink.light, width=8)
        + path("M222 156h36v32q0 6 -6 6h-24q-6 0 -6 -6Z", accent.base, opacity=0.9)
    )


def breton(ink: Ink, accent: Ink) -> str:
    stripes = "".join(rect(40, y, 320, 9, accent.base) for y in range(148, 330, 24))
    return (
        both(path(SLEEVE, ink.dark))
        + path(body(334), ink.base)
        + clip("stripes", body(334), stripes)
        + clip("left", SLEEVE, stripes)
        + f'<g transform="matrix(-1 0 0 1 400 0)">{clip("right", SLEEVE, stripes)}</g>'
        + both(path("M124 206L134 336L119 336Z", ink.deep, opacity=0.25))
        + path("M152 96Q200 132 248 96L240 92Q200 110 160 92Z", ink.deep)
        + path("M152 96Q200 130 248 96", stroke=ink.base, width=7)
    )


def sweater(ink: Ink, accent: Ink) -> str:
    ribs = "".join(line(x, 316, x, 336, ink.dark, 2) for x in range(128, 276, 8))
    cuff = "M63 272L55 298Q54 305 63 307L95 315Q104 316 107 307L113 284Z"
    return (
        _long_sleeves(ink)
        + both(path(cuff, ink.light))
        + path("M120 312L280 312L281 328Q281 338 272 338L128 338Q119 338 119 328Z", ink.light)
        + ribs
        + path("M156 97Q164 78 200 76Q236 78 244 97Q224 132 200 134Q176 132 156 97Z", ink.light)
        + ellipse(200, 96, 36, 15, ink.deep)
        + path("M162 106Q178 124 200 125Q222 124 238 106", stroke=ink.dark, width=2)
        + rect(254, 296, 18, 12, accent.base, 2)
    )


def cable_sweater(ink: Ink, accent: Ink) -> str:
    def cable(x: float) -> str:
        left = "".join(f"M{x - 9} {y}q18 16 0 32" for y in range(138, 300, 32))
        right = "".join(f"M{x + 9} {y}q-18 16 0 32" for y in range(138, 300, 32))
        return path(left, stroke=ink.dark, width=4) + path(right, stroke=ink.pale, width=4)

    rows = "".join(dashes(f"M{x} 140L{x} 306", ink.dark, 2, "2 8", 0.8) for x in (137, 178, 222, 263))
    return sweater(ink, accent) + cable(157) + cable(200) + cable(243) + rows


def cardigan(ink: Ink, accent: Ink) -> str:
    band = path("M160 92L146 104Q178 176 186 236L186 338L200 338L200 222Q184 150 160 92Z", ink.light)
    return (
        _long_sleeves(ink)
        + path("M160 94L200 224L240 94Q200 108 160 94Z", accent.base)
        + ellipse(200, 95, 40, 9, ink.deep)
        + both(band)
        + line(200, 224, 200, 338, ink.dark, 2)
        + "".join(circle(193, y, 5, accent.base) for y in (240, 266, 292, 318))
        + both(path("M134 262h36v44h-36Z", ink.light, stroke=ink.dark, width=2))
        + both(path("M63 272L113 284", stroke=ink.dark, width=3))
    )


def midi_dress(ink: Ink, accent: Ink) -> str:
    skirt = "M150 196L250 196Q268 280 292 350Q200 370 108 350Q132 280 150 196Z"
    folds = both(path("M172 210Q160 290 148 356", stroke=ink.dark, width=4, opacity=0.6)) + line(
        200, 208, 200, 360, ink.dark, 4, 0.6
    )
    top = (
        "M156 66L152 74Q160 116 138 134Q150 160 150 196L250 196"
        "Q250 160 262 134Q240 116 248 74L244 66Q232 104 200 106Q168 104 156 66Z"
    )
    return (
        path(skirt, ink.base)
        + clip("skirt", skirt, folds + path("M108 340Q200 362 292 340L296 380L104 380Z", ink.dark, opacity=0.5))
        + path(top, ink.light)
        + path("M156 66Q168 104 200 106Q232 104 244 66", stroke=ink.dark, width=3)
        + "".join(circle(200, y, 4, accent.base) for y in (124, 146, 168))
        + path("M149 188Q200 200 251 188L252 204Q200 216 148 204Z", ink.dark)
    )


def wrap_dress(ink: Ink, accent: Ink) -> str:
    sleeve = "M148 82Q118 94 108 126L88 196Q112 212 126 206L148 146Z"
    front = "M154 78L232 202L246 202Q246 150 262 128L252 84L240 76Q226 120 196 144Z"
    skirt = "M152 200L248 200Q276 280 290 346Q240 366 214 350Q160 366 110 346Q124 280 152 200Z"
    dots = "".join(
        circle(x + (y // 26 % 2) * 13, y, 3.5, accent.base)
        for y in range(226, 352, 26)
        for x in range(120, 290, 26)
    )
    return (
        both(path(sleeve, ink.dark))
        + path(
            "M160 76L146 84Q140 112 138 128Q154 150 152 202"
            "L248 202Q246 150 262 128Q260 112 254 84L240 76L196 140Z",
            ink.base,
        )
        + path(front, ink.light)
        + path(skirt, ink.base)
        + clip("skirt", skirt, dots)
        + path("M204 206Q236 270 214 352", stroke=ink.dark, width=4)
        + path("M150 192L250 192L249 212L151 212Z", ink.dark)
        + path("M160 208Q146 238 150 268M164 208Q172 236 166 262", stroke=ink.dark, width=8)
        + path("M160 76L232 200M240 76L198 140", stroke=ink.dark, width=3)
    )


def summer_dress(ink: Ink, accent: Ink) -> str:
    skirt = "M154 176L246 176Q280 250 302 326Q200 352 98 326Q120 250 154 176Z"

    def daisy(x: float, y: float) -> str:
        petals = "".join(circle(x + dx, y + dy, 4, accent.pale) for dx, dy in ((-5, 0), (5, 0), (0, -5), (0, 5)))
        return petals + circle(x, y, 3, accent.deep)

    flowers = "".join(daisy(x + (y // 34 % 2) * 19, y) for y in range(204, 336, 34) for x in range(112, 300, 38))
    return (
        both(path("M164 112L168 56", stroke=ink.dark, width=8))
        + path("M158 108Q180 122 200 112Q220 122 242 108L248 180L152 180Z", ink.light)
        + path(skirt, ink.base)
        + clip("skirt", skirt, flowers)
        + path("M98 326Q200 352 302 326L306 342Q200 368 94 342Z", ink.dark)
        + path("M151 170Q200 182 249 170L250 186Q200 198 150 186Z", ink.dark)
        + "".join(daisy(x, 148) for x in (176, 200, 224))
    )


def trousers(ink: Ink, accent: Ink, *, flare: float = 0) -> str:
    leg = (
        f"M138 76L200 76L200 150L186 336Q185 344 177 344L{120 - flare:g} 344"
        f"Q{111 - flare:g} 344 {112 - flare:g} 334L130 160Z"
    )
    return (
        both(path(leg, ink.base))
        + both(path("M200 150L186 340L170 344L186 180Z", ink.dark, opacity=0.6))
        + path("M138 62Q138 58 142 58L258 58Q262 58 262 62L266 88L134 88Z", ink.light)
        + path("M134 88L266 88", stroke=ink.dark, width=2)
        + "".join(rect(x, 54, 8, 38, ink.dark, 2) for x in (150, 186 - 4, 210, 242))
        + circle(200, 74, 6, accent.base)
        + path("M200 88L200 152", stroke=ink.dark, width=4)
        + dashes("M208 92Q214 130 202 142", accent.pale, 2)
        + both(path("M142 92Q144 118 130 128", stroke=ink.dark, width=4))
        + both(dashes(f"M{114 - flare:g} 332L186 332", accent.pale, 2))
    )


def wide_trousers(ink: Ink, accent: Ink) -> str:
    pleats = both(path("M168 92L156 340", stroke=ink.dark, width=3, opacity=0.8))
    return trousers(ink, accent, flare=22) + pleats
