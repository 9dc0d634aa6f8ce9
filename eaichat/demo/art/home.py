"""Things for the home, standing on a table."""

from __future__ import annotations

from eaichat.demo.art.canvas import circle, clip, dashes, ellipse, floor, line, path, rect, turn
from eaichat.demo.art.ink import Ink

_STEAM = "M176 92q-12 -14 0 -28q12 -14 0 -28M214 92q-12 -14 0 -28q12 -14 0 -28"


def mug(ink: Ink, accent: Ink) -> str:
    cup = "M108 128L268 128L260 306Q258 328 236 328L140 328Q118 328 116 306Z"
    return (
        floor(196, 330)
        + path(_STEAM, stroke="#ffffff", width=8, opacity=0.75)
        + path("M262 166Q330 158 326 218Q320 274 258 268", stroke=ink.dark, width=22)
        + path(cup, ink.base)
        + clip(
            "cup",
            cup,
            path("M90 240Q150 212 200 240T300 236L300 340L90 340Z", accent.base)
            + rect(228, 120, 50, 220, ink.dark, opacity=0.35),
        )
        + ellipse(188, 128, 80, 17, ink.light)
        + ellipse(188, 130, 68, 12, "#4b2f22")
        + path("M130 158L136 270", stroke=ink.pale, width=8, opacity=0.6)
    )


def speckled_mug(ink: Ink, accent: Ink) -> str:
    cup = (
        "M104 140Q104 132 112 132L264 132Q272 132 272 140Q276 232 250 306"
        "Q244 328 222 328L154 328Q132 328 126 306Q100 232 104 140Z"
    )
    spots = [
        (132, 180),
        (160, 210),
        (190, 172),
        (220, 198),
        (246, 166),
        (140, 250),
        (176, 262),
        (214, 246),
        (240, 226),
    ]
    spots += [
        (150, 296),
        (190, 300),
        (226, 288),
        (122, 214),
        (204, 220),
        (166, 160),
        (256, 196),
        (184, 236),
        (150, 230),
    ]
    return (
        floor(190, 330, 90)
        + path(_STEAM, stroke="#ffffff", width=8, opacity=0.75)
        + path("M268 168Q328 166 318 218Q308 256 262 258", stroke=ink.dark, width=20)
        + path(cup, ink.base)
        + clip("cup", cup, rect(90, 286, 200, 50, accent.base) + rect(230, 120, 60, 220, ink.dark, opacity=0.35))
        + "".join(circle(x, y, 2 + (x + y) % 3, accent.dark, opacity=0.75) for x, y in spots)
        + ellipse(188, 134, 83, 16, ink.light)
        + ellipse(188, 136, 70, 11, "#6b8a3f")
    )


def enamel_mug(ink: Ink, accent: Ink) -> str:
    return (
        floor(190, 322)
        + path("M268 172Q326 168 322 224Q318 276 266 272", stroke=ink.base, width=15)
        + path("M108 140L272 140L268 304Q268 320 252 320L128 320Q112 320 112 304Z", ink.base)
        + rect(232, 140, 36, 178, ink.dark, 8, opacity=0.5)
        + ellipse(190, 140, 84, 16, accent.base)
        + ellipse(190, 142, 74, 11, "#f3f1ea")
        + path("M142 262L176 204L196 236L212 214L240 262Z", ink.pale)
        + circle(222, 192, 9, accent.pale)
        + path("M126 166L128 290", stroke=ink.light, width=7)
    )


def teapot(ink: Ink, accent: Ink) -> str:
    pot = "M96 236Q96 156 190 154Q284 156 284 236Q284 316 234 326L146 326Q96 316 96 236Z"
    return (
        floor(200, 328, 116)
        + path("M276 252Q318 244 326 190Q330 174 346 172L350 184Q344 190 342 206Q334 280 268 296Z", ink.dark)
        + path("M118 160Q120 66 190 64Q262 66 264 160", stroke=accent.base, width=12)
        + path(pot, ink.base)
        + clip(
            "pot", pot, path("M236 150Q296 180 286 260Q280 320 220 336Q276 240 236 150Z", ink.dark, opacity=0.6)
        )
        + path("M140 160Q190 138 240 160Q240 172 190 174Q140 172 140 160Z", ink.light)
        + circle(190, 140, 12, accent.base)
        + path("M116 220Q116 186 140 176", stroke=ink.pale, width=8, opacity=0.7)
        + path("M98 254Q190 276 283 254", stroke=ink.light, width=4)
    )


def board(ink: Ink, accent: Ink) -> str:
    slab = "M104 132Q104 110 126 110L274 110Q296 110 296 132L296 318Q296 340 274 340L126 340Q104 340 104 318Z"
    grain = "".join(
        path(f"M{x} 100Q{x + 14} 190 {x - 6} 260T{x + 6} 350", stroke=ink.dark, width=3, opacity=0.55)
        for x in range(124, 300, 26)
    )
    plank = "M180 114L180 60Q180 44 200 44Q220 44 220 60L220 114Z"
    return turn(
        path(plank, ink.dark)
        + circle(200, 64, 8, ink.deep)
        + path(slab, ink.base)
        + clip(
            "slab",
            slab,
            rect(104, 100, 60, 250, ink.light, opacity=0.7)
            + rect(236, 100, 60, 250, ink.light, opacity=0.5)
            + grain,
        )
        + circle(168, 214, 32, "#c94a35")
        + circle(168, 214, 25, "#e3735c")
        + "".join(turn(ellipse(168, 199, 4, 7, "#f4c9a6"), angle, 168, 214) for angle in range(0, 360, 60))
        + path("M214 270Q206 236 240 220Q264 244 250 276Q236 290 214 270Z", "#5f8a3c")
        + path("M218 272Q234 252 246 232", stroke="#8fb768", width=4)
        + path("M226 160L276 160Q286 166 276 176L226 176Z", accent.pale),
        -10,
    )


def kettle(ink: Ink, accent: Ink) -> str:
    pot = "M126 176L262 176L284 300Q286 316 270 316L116 316Q100 316 102 300Z"
    return (
        floor(196, 334, 120)
        + path("M108 290Q62 272 60 214Q60 176 36 166", stroke=ink.dark, width=13)
        + path("M256 150Q340 138 334 206Q330 262 284 274", stroke=accent.base, width=17)
        + path(pot, ink.base)
        + path("M232 176L262 176L284 300Q286 316 270 316L240 316Q252 240 232 176Z", ink.dark)
        + path("M136 176Q140 144 194 142Q248 144 252 176Z", ink.light)
        + rect(184, 122, 20, 24, accent.base, 7)
        + rect(98, 316, 190, 14, ink.deep, 6)
        + circle(128, 323, 3, "#6fdc9f")
        + path("M142 196L130 292", stroke=ink.pale, width=7, opacity=0.5)
    )


def table_lamp(ink: Ink, accent: Ink) -> str:
    return (
        floor(200, 336, 80)
        + path("M120 178L62 320L338 320L280 178Z", "#fff6d8", opacity=0.4)
        + line(200, 170, 200, 322, accent.base, 10)
        + ellipse(200, 326, 56, 13, accent.dark)
        + ellipse(200, 321, 56, 12, accent.base)
        + ellipse(200, 178, 84, 14, "#fff3c4")
        + path("M200 60Q286 66 290 178Q200 196 110 178Q114 66 200 60Z", ink.base)
        + path("M222 62Q286 76 290 178Q264 186 236 188Q252 110 222 62Z", ink.dark)
        + path("M134 160Q140 98 178 80", stroke=ink.pale, width=8, opacity=0.7)
        + rect(192, 44, 16, 20, accent.base, 6)
        + line(244, 188, 244, 216, accent.dark, 2)
        + circle(244, 220, 5, accent.base)
    )


def arc_lamp(ink: Ink, accent: Ink) -> str:
    return (
        floor(140, 344, 74)
        + path("M230 152L176 330L344 330L316 152Z", "#fff6d8", opacity=0.42)
        + ellipse(140, 338, 60, 12, ink.dark)
        + ellipse(140, 333, 60, 11, ink.base)
        + path("M140 330L140 150Q142 62 210 60Q268 62 272 108", stroke=ink.base, width=9)
        + ellipse(272, 154, 46, 9, "#fff3c4")
        + path("M272 100Q322 108 322 154Q272 168 222 154Q222 108 272 100Z", accent.base)
        + path("M288 104Q322 116 322 154Q308 160 292 160Q304 130 288 104Z", accent.dark)
        + rect(264, 90, 16, 16, ink.base, 4)
        + circle(140, 214, 8, accent.base)
    )


def throw(ink: Ink, accent: Ink) -> str:
    def fold(y: float, tone: str, edge: str) -> str:
        return rect(76, y, 248, 54, tone, 26) + path(
            f"M96 {y + 42}Q200 {y + 52} 304 {y + 42}", stroke=edge, width=4
        )

    stripes = "".join(rect(x, 124, w, 60, accent.base) for x, w in ((112, 14), (134, 6), (252, 6), (266, 14)))
    fringe = "".join(path(f"M{x} 300q-4 20 2 34", stroke=ink.light, width=5) for x in range(96, 312, 13))
    return (
        floor(200, 336, 132)
        + fringe
        + fold(248, ink.base, ink.dark)
        + fold(202, ink.light, ink.dark)
        + fold(158, ink.base, ink.dark)
        + rect(76, 122, 248, 54, ink.light, 26)
        + clip(
            "top",
            "M102 122H298A26 26 0 0 1 324 149A26 26 0 0 1 298 176H102A26 26 0 0 1 76 149A26 26 0 0 1 102 122Z",
            stripes,
        )
        + path("M96 166Q200 176 304 166", stroke=ink.dark, width=4)
    )


def cushion(ink: Ink, accent: Ink) -> str:
    square = "M84 92Q200 112 316 92Q298 206 316 322Q200 302 84 322Q102 206 84 92Z"
    leaves = "".join(
        path(f"M{x} {y}q18 -22 0 -44q-18 22 0 44Z", accent.base) + line(x, y + 8, x, y - 28, accent.dark, 2)
        for x, y in ((150, 176), (200, 200), (250, 176), (150, 270), (200, 294), (250, 270), (200, 148))
    )
    return (
        floor(200, 326, 122)
        + path(square, ink.base)
        + clip(
            "square",
            square,
            leaves + path("M316 80L316 330Q250 300 240 330Q300 200 280 90Z", ink.dark, opacity=0.35),
        )
        + dashes("M98 106Q200 124 302 106Q288 206 302 308Q200 290 98 308Q112 206 98 106Z", ink.dark, 2)
    )


def vase(ink: Ink, accent: Ink) -> str:
    def sprig(tip_x: float, tip_y: float) -> str:
        leaves = ""
        for step in (0.25, 0.45, 0.65, 0.85):
            x, y = 200 + (tip_x - 200) * step, 176 + (tip_y - 176) * step
            leaves += turn(ellipse(x + 12, y, 13, 6, accent.base), -30, x, y) + turn(
                ellipse(x - 12, y, 13, 6, accent.light), 30, x, y
            )
        return line(200, 180, tip_x, tip_y, accent.dark, 4) + leaves + ellipse(tip_x, tip_y, 7, 11, accent.light)

    pot = (
        "M176 170L224 170Q222 196 246 218Q272 246 266 286Q258 330 226 330"
        "L174 330Q142 330 134 286Q128 246 154 218Q178 196 176 170Z"
    )
    return (
        floor(200, 332, 84)
        + sprig(146, 60)
        + sprig(258, 72)
        + sprig(204, 40)
        + path(pot, ink.base)
        + clip(
            "pot",
            pot,
            path("M222 166Q220 196 244 220Q300 280 226 336Q262 260 206 166Z", ink.dark, opacity=0.6)
            + rect(120, 284, 160, 6, ink.light),
        )
        + ellipse(200, 170, 26, 7, ink.deep)
        + path("M156 240Q148 258 152 280", stroke=ink.pale, width=7, opacity=0.7)
    )


def candle(ink: Ink, accent: Ink) -> str:
    return (
        floor(200, 330, 90)
        + ellipse(200, 92, 46, 62, "#fff3c4", opacity=0.3)
        + path("M200 58Q226 92 200 124Q174 92 200 58Z", "#f2a33a")
        + path("M200 82Q212 102 200 120Q188 102 200 82Z", "#fff0b8")
        + line(200, 116, 200, 152, "#3b3030", 4)
        + rect(122, 148, 156, 182, accent.base, 14)
        + ellipse(200, 152, 76, 15, ink.pale)
        + ellipse(200, 153, 64, 10, ink.light)
        + rect(244, 158, 34, 170, accent.dark, 12, opacity=0.5)
        + rect(144, 206, 112, 82, ink.base, 4)
        + line(162, 230, 238, 230, accent.deep, 5)
        + line(174, 248, 226, 248, accent.base, 4)
        + path("M186 270q14 -16 28 0q-14 14 -28 0Z", accent.base)
    )
