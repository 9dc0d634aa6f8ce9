"""Jackets and coats, laid flat: one body with sleeves, and what makes each of them itself."""

from __future__ import annotations

from math import cos, radians, sin

from eaichat.demo.art.canvas import both, circle, clip, dashes, ellipse, line, path, rect
from eaichat.demo.art.ink import Ink, mix

SLEEVE = "M124 110Q102 118 94 146L58 288Q55 299 66 302L95 310Q105 312 108 302L136 212L130 128Z"
CUFF = "M63 270L55 296Q54 304 63 306L95 314Q104 315 107 306L113 284Z"


def body(bottom: float = 334) -> str:
    """The outline of a jacket's body down to `bottom`."""
    return (
        f"M160 94L122 109Q107 116 110 134L124 206L119 {bottom - 10:g}Q119 {bottom:g} 130 {bottom:g}L270 {bottom:g}"
        f"Q281 {bottom:g} 281 {bottom - 10:g}L276 206L290 134Q293 116 278 109L240 94Q200 116 160 94Z"
    )


def _shell(ink: Ink, bottom: float = 334, cuff: str = "") -> str:
    """Sleeves, then the body over them, with a fold's shade at each side."""
    sleeve = path(SLEEVE, mix(ink.base, ink.dark, 0.55)) + path(
        "M112 150L98 236", stroke=ink.dark, width=4, opacity=0.7
    )
    folds = both(path(f"M124 206L119 {bottom:g}L139 {bottom:g}Q134 262 124 206Z", ink.dark, opacity=0.6))
    return (
        both(sleeve + (path(CUFF, cuff) if cuff else ""))
        + path(body(bottom), ink.base)
        + clip("body", body(bottom), folds + both(path("M110 134L128 206L136 130Z", ink.dark, opacity=0.35)))
    )


def _neck(ink: Ink, lining: str) -> str:
    """The inside of the collar, seen over the front."""
    return ellipse(200, 97, 42, 13, lining) + path("M158 97Q200 122 242 97", stroke=ink.dark, width=3)


def _zip(ink: Ink, tape: str, top: float = 108, bottom: float = 334) -> str:
    return (
        line(200, top, 200, bottom, ink.dark, 7)
        + line(200, top, 200, bottom, tape, 3)
        + rect(196, top + 10, 8, 16, tape, 3)
    )


def _stand_collar(ink: Ink, lining: str) -> str:
    return (
        path("M160 98Q156 78 164 66Q200 56 236 66Q244 78 240 98Q200 112 160 98Z", lining)
        + path("M160 100Q154 76 164 66Q178 84 199 90L199 120Q174 116 160 100Z", ink.light)
        + path("M240 100Q246 76 236 66Q222 84 201 90L201 120Q226 116 240 100Z", ink.base)
    )


def _hood(ink: Ink, lining: str, rim: str = "") -> str:
    return (
        path("M146 110Q134 48 200 42Q266 48 254 110Q228 126 200 126Q172 126 146 110Z", rim or ink.light)
        + path("M160 106Q152 64 200 60Q248 64 240 106Q222 118 200 118Q178 118 160 106Z", lining)
        + path("M174 76Q200 64 226 76", stroke=mix(lining, "#ffffff", 0.12), width=3)
    )


def rain_jacket(ink: Ink, accent: Ink) -> str:
    pockets = both(
        path("M146 246L166 292", stroke=ink.dark, width=8) + path("M147 248L165 290", stroke=accent.base, width=4)
    )
    cords = both(line(184, 122, 181, 152, accent.base, 3) + rect(177, 150, 8, 11, ink.deep, 3))
    return (
        _shell(ink)
        + both(dashes("M122 150Q160 162 196 160", ink.light, 2, "1 0"))
        + _hood(ink, accent.base)
        + rect(190, 124, 20, 210, ink.dark, 4)
        + line(200, 126, 200, 334, accent.base, 3)
        + cords
        + pockets
        + both(rect(64, 284, 42, 10, accent.base, 4, opacity=0.9))
        + path("M121 322L279 322", stroke=ink.dark, width=3)
    )


def fleece(ink: Ink, accent: Ink) -> str:
    yoke = "M90 80L310 80L310 176Q200 196 90 176Z"
    fluff = "".join(
        circle(x + (y % 40) * 0.4, y, 2, ink.light, opacity=0.7)
        for y in range(206, 330, 20)
        for x in range(132, 276, 22)
    )
    return (
        _shell(ink, cuff=accent.base)
        + clip("yoke", body(), path(yoke, accent.base) + fluff)
        + both(path("M124 110Q102 118 94 146L86 178Q110 186 132 180L130 128Z", accent.dark))
        + _zip(ink, accent.pale)
        + _stand_collar(accent, accent.deep)
        + rect(222, 150, 40, 34, accent.dark, 5)
        + line(226, 156, 258, 156, accent.pale, 4)
        + rect(119, 322, 162, 12, accent.base, 5)
        + both(path("M142 252L158 296", stroke=ink.deep, width=4))
    )


def puffer(ink: Ink, accent: Ink, *, bottom: float = 326) -> str:
    rows = "".join(
        path(
            f"M110 {y:g}Q200 {y + 14:g} 290 {y:g}L290 {y + 30:g}Q200 {y + 46:g} 110 {y + 30:g}Z",
            ink.light,
            opacity=0.55,
        )
        + path(f"M112 {y + 32:g}Q200 {y + 47:g} 288 {y + 32:g}", stroke=ink.dark, width=4)
        for y in range(96, int(bottom), 38)
    )
    bands = "".join(
        path(
            f"M{116 - step * 9:g} {140 + step * 38:g}L{134 - step * 7:g} {150 + step * 37:g}",
            stroke=ink.dark,
            width=4,
        )
        + path(
            f"M{92 - step * 9:g} {150 + step * 36:g}L{126 - step * 8:g} {158 + step * 37:g}",
            stroke=ink.dark,
            width=4,
        )
        for step in range(4)
    )
    return (
        both(path(SLEEVE, ink.base, stroke=ink.base, width=10))
        + clip("sleeve-left", SLEEVE, bands)
        + f'<g transform="matrix(-1 0 0 1 400 0)">{clip("sleeve-right", SLEEVE, bands)}</g>'
        + path(body(bottom), ink.base, stroke=ink.base, width=8)
        + clip("rows", body(bottom), rows)
        + line(200, 100, 200, bottom, ink.dark, 8)
        + line(200, 100, 200, bottom, accent.base, 3)
        + _stand_collar(ink, accent.base)
        + rect(196, 118, 8, 16, accent.base, 3)
        + rect(232, 158, 26, 10, accent.base, 3)
        + path(f"M120 {bottom - 8:g}L280 {bottom - 8:g}", stroke=ink.dark, width=4)
    )


def parka(ink: Ink, accent: Ink) -> str:
    angles = range(-118, 119, 12)
    fur = "".join(
        circle(
            200 + 54 * sin(radians(angle)),
            88 - 44 * cos(radians(angle)),
            12,
            accent.pale if n % 2 else accent.light,
        )
        for n, angle in enumerate(angles)
    )
    pockets = both(
        rect(132, 262, 54, 52, ink.dark, 6)
        + rect(129, 256, 60, 18, ink.light, 5)
        + circle(159, 265, 4, accent.base)
    ) + both(rect(138, 162, 40, 34, ink.dark, 5) + rect(135, 158, 46, 13, ink.light, 4))
    return (
        _shell(ink, 350)
        + _hood(ink, ink.deep, ink.dark)
        + fur
        + rect(188, 118, 24, 232, ink.dark, 4)
        + "".join(circle(200, y, 4, accent.base) for y in (142, 182, 222, 262, 302, 334))
        + pockets
        + path("M124 222Q200 236 276 222", stroke=ink.dark, width=5)
        + both(path("M186 231L180 254", stroke=accent.base, width=3))
    )


def denim_jacket(ink: Ink, accent: Ink) -> str:
    pocket = (
        path("M142 152L186 154L184 200L164 210L145 198Z", ink.light)
        + path("M140 148L188 150L187 166L164 176L141 164Z", ink.dark)
        + circle(164, 166, 4, accent.base)
        + dashes("M148 174L150 195L164 203L179 196L181 172", accent.pale, 2)
    )
    seams = dashes("M112 140Q160 148 194 146", accent.pale) + dashes("M170 210L178 316", accent.pale)
    return (
        _shell(ink, 318, cuff=ink.dark)
        + both(seams)
        + both(pocket)
        + rect(190, 108, 20, 210, ink.dark, 3)
        + dashes("M193 112L193 312", accent.pale)
        + "".join(circle(200, y, 5, accent.base) for y in (138, 174, 210, 246, 282))
        + _neck(ink, ink.deep)
        + both(path("M160 92Q152 96 146 112L176 140L198 114Q172 110 160 92Z", ink.light, stroke=ink.dark, width=2))
        + path("M119 308L281 308L281 322Q281 330 272 330L128 330Q119 330 119 322Z", ink.dark)
        + dashes("M126 314L274 314", accent.pale)
    )


def bomber(ink: Ink, accent: Ink) -> str:
    ribs = "".join(line(x, 310, x, 332, accent.dark, 2, 0.7) for x in range(130, 276, 9))
    return (
        _shell(ink, 322, cuff=accent.base)
        + _zip(ink, "#d9dde0", 112, 310)
        + path("M158 96Q164 76 200 74Q236 76 242 96Q222 128 200 130Q178 128 158 96Z", accent.base)
        + ellipse(200, 94, 34, 14, accent.deep)
        + path("M166 104Q182 122 200 122Q218 122 234 104", stroke=accent.dark, width=3)
        + path("M121 304L279 304L277 328Q276 336 266 336L134 336Q124 336 123 328Z", accent.base)
        + ribs
        + both(path("M146 232L160 282", stroke=ink.deep, width=5))
        + path("M92 168L84 204", stroke="#d9dde0", width=4)
        + both(dashes("M132 128Q138 168 128 206", ink.dark, 3, "1 0"))
    )


def chore_jacket(ink: Ink, accent: Ink) -> str:
    def pocket(x: float, y: float, w: float, h: float) -> str:
        return (
            path(f"M{x} {y}h{w}v{h - 10}q0 10 -10 10h{20 - w}q-10 0 -10 -10Z", ink.light)
            + path(f"M{x} {y}h{w}v10h{-w}Z", ink.dark)
            + dashes(f"M{x + 5} {y + 14}v{h - 24}q0 5 6 5h{w - 22}q6 0 6 -5v{24 - h}", ink.dark, 2)
        )

    return (
        _shell(ink)
        + both(pocket(132, 242, 54, 66))
        + pocket(218, 150, 44, 48)
        + line(200, 112, 200, 334, ink.dark, 3)
        + dashes("M190 118L190 330", ink.dark)
        + "".join(circle(200, y, 6, accent.base) + circle(200, y, 2, accent.deep) for y in (148, 194, 240, 286))
        + _neck(ink, accent.dark)
        + both(
            path(
                "M160 90Q150 96 145 116L178 146L199 114Q172 112 160 90Z", accent.base, stroke=accent.dark, width=2
            )
        )
        + both(dashes("M64 290L104 301", ink.dark))
    )


def overcoat(ink: Ink, accent: Ink) -> str:
    lapel = path(
        "M162 92L150 104L140 150L156 158L150 170L196 236L200 128Q176 116 162 92Z",
        ink.light,
        stroke=ink.dark,
        width=2,
    )
    flap = rect(134, 268, 50, 16, ink.dark, 4)
    return (
        _shell(ink, 356)
        + path("M168 96L200 232L232 96Q200 116 168 96Z", accent.base)
        + path("M200 118L200 226", stroke=accent.dark, width=2)
        + ellipse(200, 96, 34, 10, accent.dark)
        + both(lapel)
        + line(200, 232, 200, 356, ink.dark, 3)
        + both(flap)
        + rect(228, 176, 34, 6, ink.dark, 3)
        + "".join(circle(x, y, 6, ink.deep) + circle(x, y, 2, ink.light) for x in (186, 214) for y in (246, 282))
        + both(circle(76, 292, 4, ink.deep))
    )


def trench(ink: Ink, accent: Ink) -> str:
    lapel = path(
        "M160 90Q146 96 138 118L160 148L152 160L194 216L200 132Q172 116 160 90Z",
        ink.light,
        stroke=ink.dark,
        width=2,
    )
    strap = both(path("M118 120L146 112", stroke=ink.dark, width=8) + circle(142, 113, 4, accent.base))
    buttons = "".join(circle(x, y, 6, accent.base) for x in (174, 226) for y in (186, 206 + 58, 206 + 92))
    return (
        _shell(ink, 358)
        + path("M170 96L200 214L230 96Q200 114 170 96Z", ink.deep)
        + both(lapel)
        + line(186, 216, 182, 358, ink.dark, 3)
        + strap
        + buttons
        + path("M122 220Q200 234 278 220L277 242Q200 256 123 242Z", ink.dark)
        + rect(182, 222, 36, 30, "none", 5, accent.base, 6)
        + path("M214 250L226 306L242 302L226 246Z", ink.dark)
        + both(path("M140 272L160 308", stroke=ink.dark, width=6))
        + both(path("M68 272L110 284", stroke=ink.dark, width=7))
    )


def biker(ink: Ink, accent: Ink) -> str:
    lapel = path(
        "M162 92Q148 96 138 120L132 150L190 184L200 126Q174 116 162 92Z", ink.light, stroke=ink.deep, width=2
    )
    zips = both(path("M142 236L166 270", stroke=accent.base, width=5)) + path(
        "M222 188L250 174", stroke=accent.base, width=5
    )
    return (
        _shell(ink, 316)
        + path("M172 98L200 176L228 98Q200 114 172 98Z", ink.deep)
        + both(lapel)
        + path("M206 180L178 316", stroke=ink.deep, width=8)
        + path("M206 180L178 316", stroke=accent.base, width=4)
        + both(circle(146, 140, 4, accent.base))
        + zips
        + path("M120 294L280 294L281 312Q281 320 272 320L128 320Q119 320 119 312Z", ink.light)
        + rect(150, 290, 34, 34, "none", 5, accent.base, 5)
        + line(167, 300, 167, 314, accent.base, 4)
        + both(path("M70 262L64 296", stroke=accent.base, width=4))
        + both(path("M126 126L150 112", stroke=ink.pale, width=3, opacity=0.4))
    )
