"""What is carried and worn beside clothes: hats, scarf, glasses, watch, umbrella, bags and shoes."""

from __future__ import annotations

from eaichat.demo.art.canvas import both, circle, clip, dashes, ellipse, floor, line, path, rect, turn
from eaichat.demo.art.ink import Ink


def beanie(ink: Ink, accent: Ink) -> str:
    dome = "M96 236Q92 110 200 100Q308 110 304 236Z"
    knit = "".join(
        path(f"M{200 + x} 104Q{200 + x * 1.7:g} 150 {200 + x * 1.9:g} 240", stroke=ink.dark, width=4)
        for x in range(-52, 60, 13)
    )
    cuff = "".join(line(x, 232, x, 292, ink.base, 4, 0.8) for x in range(100, 310, 13))
    return (
        circle(200, 88, 30, accent.base)
        + "".join(
            circle(200 + x, 88 + y, 8, accent.light)
            for x, y in ((-14, -10), (8, -16), (16, 4), (-6, 12), (-20, 8))
        )
        + path(dome, ink.base)
        + clip(
            "dome", dome, knit + path("M250 100Q312 140 306 240L276 240Q284 150 250 100Z", ink.dark, opacity=0.5)
        )
        + rect(84, 226, 232, 72, ink.light, 18)
        + cuff
        + rect(174, 246, 52, 32, accent.base, 4)
        + line(184, 262, 216, 262, accent.pale, 4)
    )


def cap(ink: Ink, accent: Ink) -> str:
    dome = "M112 226Q108 112 204 106Q300 112 298 226Q204 250 112 226Z"
    return (
        path("M120 222Q60 232 42 270Q40 284 58 282Q140 254 236 258L296 226Z", ink.dark)
        + dashes("M62 270Q140 242 236 246", ink.light, 2)
        + path(dome, ink.base)
        + clip("cap", dome, path("M236 106Q316 150 300 240L262 240Q280 150 236 106Z", ink.dark, opacity=0.6))
        + path("M204 106Q160 150 156 238M204 106Q256 150 254 238", stroke=ink.dark, width=3)
        + ellipse(204, 106, 13, 6, ink.light)
        + circle(178, 148, 3, ink.deep)
        + circle(232, 148, 3, ink.deep)
        + path("M112 222Q204 250 298 222", stroke=accent.base, width=6)
        + circle(204, 190, 19, accent.base)
        + path("M192 196Q198 182 204 192Q210 182 216 196", stroke=ink.base, width=4)
    )


def scarf(ink: Ink, accent: Ink) -> str:
    fringe = "".join(line(x, 318, x - 1, 344, ink.base, 4) for x in range(136, 194, 9))
    fringe_back = "".join(line(x, 286, x + 2, 312, ink.dark, 4) for x in range(216, 268, 9))
    stripes = "".join(rect(126, y, 74, h, accent.base) for y, h in ((256, 10), (272, 4), (282, 16)))
    return (
        fringe_back
        + path("M210 180L266 176L272 290L212 290Z", ink.dark)
        + path("M212 250L271 248L271 258L212 260Z", accent.dark)
        + fringe
        + path("M142 170L200 186L196 320L130 320Z", ink.base)
        + clip("end", "M142 170L200 186L196 320L130 320Z", stripes)
        + path("M104 142Q108 78 200 74Q292 78 296 142Q300 204 200 208Q100 204 104 142Z", ink.base)
        + path("M140 128Q150 98 200 96Q250 98 260 128Q250 152 200 154Q150 152 140 128Z", ink.deep)
        + path("M104 146Q130 186 200 186Q270 186 296 146", stroke=ink.dark, width=5)
        + path("M122 116Q136 166 200 170Q262 166 280 118", stroke=ink.dark, width=4)
        + path("M112 172Q150 198 196 198", stroke=ink.light, width=4)
    )


def sunglasses(ink: Ink, accent: Ink) -> str:
    lens = "M84 176Q82 168 92 166L170 166Q182 168 182 180Q180 246 132 248Q88 246 84 176Z"
    shine = path("M104 176L128 176L106 222Q96 204 104 176Z", accent.light, opacity=0.55)
    return (
        both(path("M86 174Q70 150 62 118", stroke=ink.dark, width=10))
        + both(path(lens, accent.dark, stroke=ink.base, width=14))
        + both(shine)
        + path("M180 184Q200 166 220 184", stroke=ink.base, width=12)
        + both(circle(92, 174, 4, ink.pale))
        + both(path("M96 160L168 160", stroke=ink.light, width=3))
    )


def watch(ink: Ink, accent: Ink) -> str:
    marks = "".join(turn(line(200, 140, 200, 150, accent.deep, 4), hour * 30) for hour in range(12))
    holes = "".join(ellipse(200, y, 4, 3, ink.deep) for y in (296, 312, 328))
    return (
        path("M166 130L172 46Q173 38 181 38L219 38Q227 38 228 46L234 130Z", ink.base)
        + path("M166 270L172 354Q173 362 181 362L219 362Q227 362 228 354L234 270Z", ink.base)
        + both(dashes("M175 126L180 52M175 276L180 346", ink.pale, 2))
        + rect(168, 62, 64, 12, ink.dark, 5)
        + holes
        + rect(280, 190, 16, 20, "#9aa3a9", 4)
        + circle(200, 200, 84, "#aab3b8")
        + circle(200, 200, 76, "#d7dde0")
        + circle(200, 200, 68, accent.pale)
        + marks
        + line(200, 200, 200, 156, accent.deep, 7)
        + line(200, 200, 234, 218, accent.deep, 5)
        + line(208, 188, 176, 238, "#c2542d", 2)
        + circle(200, 200, 6, accent.deep)
        + path("M146 178A60 60 0 0 1 178 146", stroke="#ffffff", width=5, opacity=0.8)
    )


def umbrella(ink: Ink, accent: Ink) -> str:
    dome = (
        "M56 214Q62 80 200 72Q338 80 344 214Q320 190 296 212Q272 190 248 212"
        "Q224 190 200 212Q176 190 152 212Q128 190 104 212Q80 190 56 214Z"
    )
    return (
        line(200, 56, 200, 320, accent.deep, 7)
        + path("M200 300L200 326Q200 350 222 350Q244 350 244 328", stroke=accent.base, width=13)
        + path(dome, ink.base)
        + clip(
            "dome",
            dome,
            path("M200 72Q112 110 104 220L152 220Q156 120 200 72Z", ink.light)
            + path("M200 72Q288 110 296 220L344 220Q338 100 200 72Z", ink.dark)
            + path("M200 72Q244 120 248 220L200 220Z", ink.dark, opacity=0.4),
        )
        + rect(196, 46, 8, 30, accent.deep, 4)
    )


def backpack(ink: Ink, accent: Ink) -> str:
    return (
        floor()
        + both(path("M128 150Q86 170 92 280Q94 310 126 306L130 160Z", ink.deep))
        + path("M172 84Q172 52 200 52Q228 52 228 84", stroke=ink.deep, width=10)
        + path(
            "M116 316L116 150Q118 78 200 74Q282 78 284 150L284 316Q284 334 266 334L134 334Q116 334 116 316Z",
            ink.base,
        )
        + path("M252 86Q284 106 284 150L284 316Q284 334 266 334L250 334Q262 200 252 86Z", ink.dark, opacity=0.6)
        + path("M134 150Q136 104 200 100Q264 104 266 150", stroke=ink.deep, width=4)
        + path("M134 150Q136 104 200 100Q264 104 266 150", stroke=accent.base, width=2)
        + rect(132, 208, 136, 104, ink.light, 16)
        + path("M132 236L268 236", stroke=ink.deep, width=4)
        + line(252, 236, 252, 258, accent.base, 5)
        + both(rect(146, 150, 14, 74, accent.base, 3) + rect(143, 214, 20, 20, accent.dark, 3))
        + rect(180, 148, 40, 24, accent.base, 4)
        + path("M188 166L196 154L202 162L206 157L212 166Z", ink.base)
    )


def trek_pack(ink: Ink, accent: Ink) -> str:
    return (
        floor()
        + rect(120, 46, 160, 40, accent.base, 20)
        + both(rect(138, 44, 9, 44, accent.deep, 2))
        + both(path("M126 132Q92 150 98 270L128 286Z", ink.deep))
        + path(
            "M118 140Q118 108 200 104Q282 108 282 140L288 312Q288 334 266 334L134 334Q112 334 112 312Z", ink.base
        )
        + path("M110 112Q114 84 200 82Q286 84 290 112L292 160Q200 182 108 160Z", ink.light)
        + path("M108 160Q200 182 292 160", stroke=ink.dark, width=4)
        + both(rect(146, 150, 10, 100, ink.deep, 2) + rect(142, 196, 18, 16, accent.base, 3))
        + path("M140 250Q140 236 156 236L244 236Q260 236 260 250L260 334L140 334Z", ink.dark)
        + path("M150 254L250 254", stroke=accent.base, width=4)
        + both(path("M116 246Q134 250 134 334L126 334Q112 330 112 312Z", ink.light, opacity=0.8))
        + path("M276 140L276 230", stroke=accent.base, width=5)
        + rect(180, 116, 40, 22, accent.base, 4)
    )


def tote(ink: Ink, accent: Ink) -> str:
    return (
        floor()
        + path("M152 150Q150 60 200 58Q250 60 248 150", stroke=ink.dark, width=11)
        + path("M100 140L300 140L316 322Q317 334 304 334L96 334Q83 334 84 322Z", ink.base)
        + path("M270 140L300 140L316 322Q317 334 304 334L282 334Z", ink.dark, opacity=0.55)
        + path("M152 172L152 130Q150 76 200 74Q250 76 248 130L248 172", stroke=ink.light, width=11)
        + dashes("M98 152L302 152", ink.dark)
        + both(
            rect(143, 158, 18, 24, ink.light, 3)
            + path("M147 162L157 178M157 162L147 178", stroke=accent.base, width=2)
        )
        + circle(200, 250, 46, accent.base)
        + path("M168 262Q180 238 192 252Q204 266 216 246Q224 236 232 246", stroke=ink.pale, width=6)
        + circle(216, 228, 8, ink.pale)
    )


def sneaker(ink: Ink, accent: Ink) -> str:
    upper = (
        "M74 214Q76 176 92 156Q104 146 116 158Q126 176 148 178L178 152"
        "Q190 144 200 154Q234 196 288 208Q334 220 338 258L338 274L70 274Q66 240 74 214Z"
    )
    laces = "".join(line(170 + n * 17, 178 + n * 9, 186 + n * 17, 160 + n * 10, accent.pale, 6) for n in range(4))
    return (
        floor(204, 308, 146, 11)
        + path(upper, ink.base)
        + path("M74 214Q76 176 92 156Q104 146 116 158Q112 214 118 274L70 274Q66 240 74 214Z", accent.base)
        + path("M288 208Q334 220 338 258L338 274L268 274Q264 236 288 208Z", ink.light)
        + path("M148 178L178 152Q190 144 200 154Q216 174 240 190L222 210Q186 200 148 178Z", ink.light)
        + laces
        + path("M138 268Q156 224 214 216Q192 240 186 268Z", accent.base)
        + path("M64 268L340 268Q348 268 348 278Q346 304 326 304L82 304Q62 302 62 282Q62 268 64 268Z", "#fbfaf6")
        + path("M63 288L346 288", stroke="#d5d8d8", width=3)
        + path("M92 156Q104 146 116 158Q122 170 134 175", stroke=ink.dark, width=5)
    )


def runner(ink: Ink, accent: Ink) -> str:
    upper = (
        "M72 206Q66 170 84 150Q96 142 108 154Q120 170 144 168L182 148Q196 142 206 154"
        "Q240 198 302 206Q340 214 342 250L342 262L74 262Q68 236 72 206Z"
    )
    mesh = "".join(
        circle(x + (y % 20) * 0.7, y, 2.2, ink.light, opacity=0.8)
        for y in range(190, 262, 10)
        for x in range(196, 336, 14)
    )
    waves = "".join("q16 -12 32 0q16 12 32 0" for _ in range(4))
    return (
        floor(204, 312, 150, 11)
        + path(upper, ink.base)
        + clip("upper", upper, mesh)
        + path("M72 206Q66 170 84 150Q96 142 108 154Q110 210 128 262L74 262Q68 236 72 206Z", ink.dark)
        + path("M150 256Q160 206 226 196M176 258Q186 222 246 210", stroke=accent.base, width=9)
        + "".join(line(166 + n * 18, 174 + n * 10, 184 + n * 18, 158 + n * 10, accent.pale, 5) for n in range(4))
        + path(
            "M52 262Q44 256 60 246L74 250L342 252Q358 258 354 276Q346 306 316 306L96 306Q60 300 52 262Z", "#fbfaf6"
        )
        + path(f"M66 280{waves}", stroke=accent.base, width=7)
        + path("M86 302Q200 312 320 302L314 310L98 310Z", ink.deep)
        + path("M84 150L72 132", stroke=accent.base, width=8)
    )


def boot(ink: Ink, accent: Ink) -> str:
    upper = (
        "M116 90L206 90Q214 90 213 100L210 178Q226 206 276 216"
        "Q322 226 322 266L322 284L106 284Q100 180 110 98Q111 90 116 90Z"
    )
    laces = "".join(
        line(166, 118 + n * 22, 208, 112 + n * 23, accent.base, 6) + circle(166, 118 + n * 22, 5, accent.deep)
        for n in range(5)
    )
    return (
        floor(212, 326, 126, 11)
        + path(upper, ink.base)
        + path("M276 216Q322 226 322 266L322 284L246 284Q240 240 276 216Z", ink.dark)
        + path("M106 236Q140 230 152 284L106 284Z", ink.dark)
        + path("M160 96L206 96L206 180Q190 206 160 212Z", ink.light)
        + laces
        + rect(104, 82, 116, 20, accent.dark, 9)
        + dashes("M148 108L148 222Q150 244 164 280", ink.pale, 2)
        + path(
            "M96 280L326 280Q332 280 332 288L330 314Q330 320 322 320L300 320L296 312"
            "L276 312L272 320L176 320L172 308L152 308L150 320L104 320Q96 320 96 312Z",
            ink.deep,
        )
        + path("M98 290L330 290", stroke=accent.base, width=4)
        + path("M106 92Q100 76 112 68", stroke=accent.base, width=7)
    )


def chukka(ink: Ink, accent: Ink) -> str:
    upper = (
        "M92 128L190 122Q198 122 199 130Q204 176 268 204"
        "Q330 222 332 262L332 276L86 276Q78 200 84 136Q86 128 92 128Z"
    )
    return (
        floor(206, 312, 138, 11)
        + path(upper, ink.base)
        + path("M268 204Q330 222 332 262L332 276L236 276Q226 232 268 204Z", ink.light)
        + path("M268 204Q226 232 236 276", stroke=ink.dark, width=3)
        + path("M150 126L190 122Q198 122 199 130Q202 166 232 186L196 232Q150 222 140 180Z", ink.dark)
        + "".join(line(158 + n * 12, 156 + n * 24, 200 + n * 14, 146 + n * 20, accent.pale, 6) for n in range(3))
        + dashes("M132 132Q132 200 190 240Q210 252 214 274", ink.pale, 2)
        + path("M84 140Q140 128 198 132", stroke=ink.dark, width=4)
        + path(
            "M78 272L336 272Q342 272 342 280L340 302Q340 306 332 306L122 306L118 298L84 298Q76 298 76 290Z",
            accent.base,
        )
        + path("M78 284L340 284", stroke=accent.dark, width=3)
    )


def wellington(ink: Ink, accent: Ink) -> str:
    shaft = (
        "M120 74L214 74Q222 74 221 84L214 204Q232 226 282 234"
        "Q324 242 324 280L324 294L116 294Q104 180 112 84Q112 74 120 74Z"
    )
    return (
        floor(214, 330, 124, 11)
        + path(shaft, ink.base)
        + path(
            "M190 74L214 74Q222 74 221 84L214 204Q232 226 282 234"
            "Q324 242 324 280L324 294L270 294Q262 254 214 240Q184 224 190 74Z",
            ink.dark,
            opacity=0.6,
        )
        + path("M130 100Q124 190 134 262", stroke=ink.pale, width=8, opacity=0.6)
        + rect(108, 70, 118, 22, accent.base, 8)
        + rect(196, 104, 32, 14, ink.deep, 4)
        + rect(220, 100, 12, 22, accent.base, 3)
        + path(
            "M106 290L328 290Q334 290 334 298L332 318Q332 324 324 324"
            "L190 324L184 314L170 314L168 324L114 324Q106 324 106 316Z",
            ink.deep,
        )
        + path("M108 302L332 302", stroke=accent.base, width=4)
        + path("M116 226Q170 238 210 214", stroke=ink.dark, width=4)
    )
