"""The few SVG shapes that the drawings are made of, on a canvas of 400 x 400 whose middle is x = 200.

Every function returns markup. Colours are presentation attributes, so a picture needs no style sheet and passes
any content security policy.
"""

from __future__ import annotations

SIZE = 400


def _attributes(fill: str, stroke: str, width: float, opacity: float) -> str:
    line = (
        f' stroke="{stroke}" stroke-width="{width:g}" stroke-linecap="round" stroke-linejoin="round"'
        if stroke
        else ""
    )
    return f'fill="{fill}"{line}' + (f' opacity="{opacity:g}"' if opacity < 1 else "")


def path(d: str, fill: str = "none", stroke: str = "", width: float = 3, opacity: float = 1) -> str:
    return f'<path d="{d}" {_attributes(fill, stroke, width, opacity)}/>'


def rect(
    x: float,
    y: float,
    w: float,
    h: float,
    fill: str,
    r: float = 0,
    stroke: str = "",
    width: float = 3,
    opacity: float = 1,
) -> str:
    shape = f'x="{x:g}" y="{y:g}" width="{w:g}" height="{h:g}" rx="{r:g}"'
    return f"<rect {shape} {_attributes(fill, stroke, width, opacity)}/>"


def ellipse(
    x: float, y: float, rx: float, ry: float, fill: str, stroke: str = "", width: float = 3, opacity: float = 1
) -> str:
    return f'<ellipse cx="{x:g}" cy="{y:g}" rx="{rx:g}" ry="{ry:g}" {_attributes(fill, stroke, width, opacity)}/>'


def circle(x: float, y: float, r: float, fill: str, stroke: str = "", width: float = 3, opacity: float = 1) -> str:
    return ellipse(x, y, r, r, fill, stroke, width, opacity)


def line(x1: float, y1: float, x2: float, y2: float, stroke: str, width: float = 3, opacity: float = 1) -> str:
    return path(f"M{x1:g} {y1:g}L{x2:g} {y2:g}", stroke=stroke, width=width, opacity=opacity)


def dashes(d: str, stroke: str, width: float = 2, pattern: str = "6 5", opacity: float = 1) -> str:
    """A stitched seam along `d`."""
    return (
        f'<path d="{d}" fill="none" stroke="{stroke}" stroke-width="{width:g}" stroke-dasharray="{pattern}"'
        f' stroke-linecap="round" opacity="{opacity:g}"/>'
    )


def both(shape: str) -> str:
    """`shape` and its mirror image about the middle: two sleeves, two pockets, two ear cups."""
    return f'{shape}<g transform="matrix(-1 0 0 1 {SIZE} 0)">{shape}</g>'


def turn(shape: str, degrees: float, x: float = 200, y: float = 200) -> str:
    return f'<g transform="rotate({degrees:g} {x:g} {y:g})">{shape}</g>'


def clip(name: str, outline: str, content: str) -> str:
    """`content` cut to the path `outline`; `name` must be unique within the picture."""
    return f'<clipPath id="{name}"><path d="{outline}"/></clipPath><g clip-path="url(#{name})">{content}</g>'


def floor(x: float = 200, y: float = 332, rx: float = 110, ry: float = 12) -> str:
    """The soft shadow under a thing that stands."""
    return ellipse(x, y, rx, ry, "#1b1d2b", opacity=0.13)
