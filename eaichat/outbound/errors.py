"""What can go wrong between here and a foreign address."""

from __future__ import annotations


class OutboundError(Exception):
    """An address could not be read.

    `code` is one of: `unreachable` (no such host, refused, cut off), `timeout`, `refused_address` (private or
    loopback), `bad_address` (not a usable http address), `bad_header` (signs that no header may have),
    `too_large`, `damaged` (broken compression), `too_many_redirects`. `text` says what happened, for people.
    `retryable` is True when waiting may help.
    """

    def __init__(self, code: str, text: str, *, retryable: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.retryable = retryable

    def __str__(self) -> str:
        return self.text
