"""Electronics and things for outdoors."""

from __future__ import annotations

from eaichat.demo.art.canvas import both, circle, clip, dashes, ellipse, floor, line, path, rect, turn
from eaichat.demo.art.ink import Ink


def headphones(ink: Ink, accent: Ink) -> str:
    cup = (
        rect(80, 196, 50, 116, ink.base, 25)
        + rect(118, 200, 32, 108, accent.base, 14)
        + path("M92 226L92 282", stroke=ink.light, width=7)
        + rect(98, 176, 14, 34, accent.dark, 5)
    )
    return (
        path("M105 200Q98 78 200 74Q302 78 295 200", stroke=ink.base, width=20)
        + path("M122 138Q142 96 200 92Q258 96 278 138", stroke=accent.base, width=12)
        + path("M128 104Q160 78 200 76", stroke=ink.light, width=5)
        + both(cup)
        + circle(288, 296, 3, "#6fdc9f")
    )


def earbuds(ink: Ink, accent: Ink) -> str:
    bud = (
        path(
            "M150 84Q118 84 116 118Q118 140 138 144L138 190Q138 200 148 200"
            "Q158 200 158 190L158 140Q176 130 172 106Q166 86 150 84Z",
            ink.base,
        )
        + ellipse(128, 116, 12, 17, accent.deep)
        + path("M146 150L146 184", stroke=ink.dark, width=4)
    )
    return (
        floor(200, 336, 120)
        + both(turn(bud, -8, 150, 140))
        + path("M98 244Q98 214 128 214L272 214Q302 214 302 244L302 252L98 252Z", ink.light)
        + path("M98 252L302 252L302 284Q302 334 252 334L148 334Q98 334 98 284Z", ink.base)
        + path("M262 252L302 252L302 284Q302 334 252 334L236 334Q268 310 262 252Z", ink.dark, opacity=0.5)
        + line(98, 252, 302, 252, ink.deep, 3, 0.5)
        + circle(200, 282, 5, "#48b87d")
        + rect(182, 248, 36, 8, ink.dark, 4)
    )


def speaker(ink: Ink, accent: Ink) -> str:
    shell = "M92 150Q92 116 126 116L274 116Q308 116 308 150L308 290Q308 324 274 324L126 324Q92 324 92 290Z"
    mesh = "".join(
        circle(x + (y // 12 % 2) * 6, y, 2, ink.dark) for y in range(128, 322, 12) for x in range(98, 308, 12)
    )
    return (
        floor(200, 328, 118)
        + path("M150 116Q150 76 200 74Q250 76 250 116", stroke=accent.base, width=13)
        + path(shell, ink.base)
        + clip("shell", shell, mesh + rect(270, 110, 50, 220, ink.dark, opacity=0.4))
        + circle(200, 224, 64, ink.dark)
        + circle(200, 224, 52, accent.base)
        + circle(200, 224, 38, accent.dark)
        + circle(200, 224, 18, accent.light)
        + path("M164 204A42 42 0 0 1 186 184", stroke=accent.pale, width=5)
        + "".join(circle(x, 138, 6, accent.base) for x in (172, 200, 228))
    )


def keyboard(ink: Ink, accent: Ink) -> str:
    keys = ""
    for row, y in enumerate((158, 188, 218)):
        for column in range(10):
            tone = (
                accent.base
                if (row, column) in {(0, 0), (2, 9)}
                else (ink.pale if (row + column) % 7 else ink.light)
            )
            keys += rect(66 + column * 27, y, 23, 23, tone, 5) + rect(
                68 + column * 27, y + 2, 19, 15, "#ffffff", 4, opacity=0.35
            )
    bottom = (
        rect(66, 248, 36, 23, ink.pale, 5)
        + rect(106, 248, 160, 23, ink.pale, 5)
        + rect(270, 248, 29, 23, ink.pale, 5)
    )
    return floor(200, 302, 160, 12) + turn(
        path("M200 142Q206 96 250 92", stroke=accent.base, width=6)
        + rect(46, 140, 308, 158, ink.dark, 16)
        + rect(46, 136, 308, 152, ink.base, 16)
        + keys
        + bottom
        + rect(303, 248, 32, 23, accent.base, 5),
        -4,
    )


def power_bank(ink: Ink, accent: Ink) -> str:
    return (
        floor(196, 332, 100)
        + path("M252 92Q252 50 292 54Q340 62 324 128", stroke=accent.base, width=8)
        + rect(313, 124, 22, 34, accent.dark, 4)
        + rect(317, 156, 14, 14, "#c3cacf", 2)
        + rect(118, 88, 156, 244, ink.base, 28)
        + path("M236 88Q274 90 274 116L274 304Q274 332 246 332L228 332Q248 200 236 88Z", ink.dark, opacity=0.6)
        + rect(134, 104, 124, 212, "none", 18, ink.light, 3)
        + path("M204 146L172 214L196 214L186 266L224 194L198 194Z", accent.base)
        + "".join(circle(170 + n * 18, 296, 4, accent.light if n < 3 else ink.dark) for n in range(4))
        + rect(244, 84, 18, 12, ink.deep, 3)
    )


def bottle(ink: Ink, accent: Ink) -> str:
    return (
        floor(200, 348, 68)
        + path("M176 46Q178 30 200 30Q222 30 224 46", stroke=accent.base, width=9)
        + rect(166, 44, 68, 44, accent.base, 8)
        + "".join(line(x, 50, x, 82, accent.dark, 3) for x in range(176, 232, 10))
        + rect(170, 88, 60, 12, "#c3cacf", 2)
        + path(
            "M170 100L230 100Q232 122 252 138Q258 144 258 156L258 326Q258 346 238 346"
            "L162 346Q142 346 142 326L142 156Q142 144 148 138Q168 122 170 100Z",
            ink.base,
        )
        + path(
            "M214 100L230 100Q232 122 252 138Q258 144 258 156L258 326"
            "Q258 346 238 346L222 346Q240 220 226 150Q216 124 214 100Z",
            ink.dark,
            opacity=0.6,
        )
        + path("M160 166L160 310", stroke=ink.light, width=9)
        + path("M176 262L196 226L208 246L218 234L234 262Z", ink.pale)
        + rect(142, 330, 116, 16, "#c3cacf", 8)
    )


def tent(ink: Ink, accent: Ink) -> str:
    return (
        ellipse(200, 318, 172, 18, "#7f9a5f", opacity=0.4)
        + both(path("M70 296L34 320", stroke=accent.deep, width=3) + line(30, 312, 38, 326, accent.deep, 5))
        + path("M60 312Q96 130 200 90Q304 130 340 312Z", ink.base)
        + path("M200 90Q304 130 340 312L262 312Q254 170 200 90Z", ink.dark)
        + path("M200 90Q146 170 138 312L60 312Q96 130 200 90Z", ink.light)
        + path("M200 118Q164 190 156 312L244 312Q236 190 200 118Z", accent.base)
        + path("M200 118L200 312L156 312Q164 190 200 118Z", "#2b2d33", opacity=0.75)
        + path("M200 118L200 312", stroke=accent.dark, width=4)
        + path("M138 312Q146 170 200 90Q254 170 262 312", stroke=accent.pale, width=5)
        + path("M200 90L200 74", stroke=accent.deep, width=5)
        + path("M200 72L228 80L200 88Z", accent.base)
    )


def lantern(ink: Ink, accent: Ink) -> str:
    return (
        floor(200, 336, 78)
        + circle(200, 208, 118, "#fff3c4", opacity=0.5)
        + path("M150 112Q150 44 200 42Q250 44 250 112", stroke=accent.base, width=8)
        + rect(146, 96, 108, 32, ink.base, 10)
        + rect(160, 80, 80, 20, ink.dark, 8)
        + rect(154, 128, 92, 140, "#fff7de", 6)
        + ellipse(200, 196, 24, 44, "#ffdf7e")
        + ellipse(200, 200, 12, 26, "#fff7de")
        + "".join(line(x, 128, x, 268, accent.dark, 5) for x in (154, 200 - 22, 222, 246))
        + rect(138, 264, 124, 68, ink.base, 14)
        + rect(226, 264, 36, 68, ink.dark, 12, opacity=0.6)
        + circle(200, 298, 15, accent.base)
        + line(200, 290, 200, 300, ink.pale, 4)
    )


def sleeping_bag(ink: Ink, accent: Ink) -> str:
    bag = "M132 110Q134 52 200 50Q266 52 268 110L290 176Q296 260 250 340Q200 362 150 340Q104 260 110 176Z"
    rows = "".join(path(f"M90 {y}Q200 {y + 26} 310 {y}", stroke=ink.dark, width=4) for y in range(166, 350, 32))
    return (
        path(bag, ink.base)
        + clip("bag", bag, rows + path("M246 50L330 50L330 360L240 360Q282 250 246 50Z", ink.dark, opacity=0.35))
        + path("M144 114Q146 66 200 64Q254 66 256 114Q236 150 200 152Q164 150 144 114Z", accent.base)
        + ellipse(200, 108, 40, 30, "#f4efe2")
        + path("M164 104Q200 122 236 104", stroke="#d9d2c0", width=4)
        + path("M244 140Q270 220 240 318", stroke=accent.base, width=5)
        + circle(240, 316, 5, accent.light)
        + dashes("M140 176Q126 250 160 326", ink.light, 3, "1 0")
    )


def wall_clock(ink: Ink, accent: Ink) -> str:
    marks = "".join(
        turn(line(200, 104, 200, 120 if hour % 3 else 128, ink.deep, 6 if hour % 3 else 9), hour * 30)
        for hour in range(12)
    )
    return (
        circle(200, 200, 124, ink.base)
        + circle(200, 200, 108, "#fbf8f1")
        + marks
        + line(200, 200, 152, 172, ink.deep, 11)
        + line(200, 200, 226, 122, ink.deep, 7)
        + line(190, 224, 236, 116, accent.base, 3)
        + circle(200, 200, 9, accent.base)
        + path("M112 150A102 102 0 0 1 150 110", stroke="#ffffff", width=7, opacity=0.5)
    )
