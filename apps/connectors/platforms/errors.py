"""What can go wrong at a platform, in words for the merchant."""

from __future__ import annotations


class ConnectorError(Exception):
    """A platform could not be used.

    `code` is one of: `unreachable` (no such host, refused, cut off), `timeout`, `refused_address` (private or
    loopback), `bad_address` (not a usable http address), `http_status`, `not_json`, `bad_shape`, `too_large`,
    `too_many_redirects`, `empty_catalogue`, `unknown_platform`, `bad_settings`.
    `text` tells a merchant what happened and what to do. `retryable` is True when waiting may help.
    """

    def __init__(self, code: str, text: str, *, retryable: bool = False) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.retryable = retryable

    def __str__(self) -> str:
        return self.text
