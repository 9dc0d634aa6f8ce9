"""Texts that platforms keep as HTML, as people read them: without tags, one line for each paragraph."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "template", "head", "iframe", "svg"})
_BREAKS = frozenset(
    {
        *("address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figcaption", "figure"),
        *(
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "li",
            "main",
            "nav",
            "ol",
            "option",
        ),
        *("p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"),
    }
)
_LINE_ENDS = re.compile(r"[\r\n]+")
_MARKUP = re.compile(r"<[a-zA-Z/!?]|&[#a-zA-Z]")
_TAG = re.compile(r"<[a-zA-Z/!?][^<>]*>?")
_LONG_NUMBER = re.compile(r"(&#[0-9]{8})[0-9]+")  # no character has it, and int() refuses thousands of digits
_LONGEST = 100_000  # characters; what comes behind them is not read


def plain_text(value: str) -> str:
    """`value` without markup. What only looks like it ("size < 5 & more") stays."""
    value = value[:_LONGEST]
    if not _MARKUP.search(value):
        return _tidy(value)
    reader = _Reader()
    # The parser fails at sections (<![x[) that it does not know; browsers take them for comments, which <!x is.
    reader.feed(_LONG_NUMBER.sub(r"\1", value).replace("<![", "<!"))
    reader.finish()
    return _tidy("".join(reader.parts))


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.splitlines())
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent: list[str] = []  # the open elements whose text nobody reads

    def finish(self) -> None:
        """Read what is left behind a tag that never ends. `close` would begin anew at each "<" of it."""
        self.handle_data(unescape(_TAG.sub(" ", self.rawdata)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent.append(tag)
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            del self._silent[self._silent.index(tag) :]
        elif tag in _BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(_LINE_ENDS.sub(" ", data))  # in the source they mean no more than a space
