"""Texts of platforms as people read them."""

from __future__ import annotations

import time

import pytest

from apps.connectors.platforms.markup import plain_text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>Warm.</p><p>Dry &amp; light.</p>", "Warm.\nDry & light."),
        ("<ul>\n<li>100%\ncotton</li>\n<li>Made in <b>Italy</b></li></ul>", "100% cotton\nMade in Italy"),
        ("one<br/>two<br>three", "one\ntwo\nthree"),
        ("a<b>b</b>c", "abc"),
        ("soft\n<b>wool</b>", "soft wool"),
        ("&#8364;5 &lt;script&gt;", "€5 <script>"),
        ("<style>p { color: red }</style><p>Red</p><script>alert('<p>x</p>')</script>", "Red"),
        ("<iframe/>after", "after"),
        ("<!-- note -->Cup", "Cup"),
        ("size < 5 & more > 3", "size < 5 & more > 3"),
        ("  two   spaces \n\n\n lines ", "two spaces\nlines"),
        ("<p>never closed <em>at all", "never closed at all"),
        ("雨衣<br>Ölzeug", "雨衣\nÖlzeug"),
        ("<p>Cup <a href=never-closed", "Cup"),
        ("<p>Tom & Jerry 5 <", "Tom & Jerry 5 <"),
        ("<p>Cup<![if IE]>Saucer", "CupSaucer"),
        (f"<p>Cup &#{'1' * 5000}; Saucer", "Cup \ufffd Saucer"),
        ("", ""),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    "hostile",
    [
        "<p>" + "<a b=" * 50_000,
        "<p>" + "<!--" * 50_000,
        "<p>" + "<a b='" * 50_001,
        "<script></" * 50_000,
        "<![x[" * 9999,
    ],
)
def test_hostile_markup_takes_no_longer_than_other(hostile: str) -> None:
    begun = time.process_time()
    plain_text(hostile)
    assert time.process_time() - begun < 1
