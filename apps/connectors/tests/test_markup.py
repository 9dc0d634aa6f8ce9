"""Texts of platforms as people read them."""

from __future__ import annotations

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
        ("", ""),
    ],
)
def test_markup_becomes_text(markup: str, text: str) -> None:
    assert plain_text(markup) == text
