"""What can go wrong at a platform, in words for the merchant."""

from __future__ import annotations


class ConnectorError(Exception):
    """A platform could not be used.

    `code` is one of: `unreachable` (no such host, refused, cut off), `timeout`, `refused_address` (private or
    loopback), `bad_address` (not a usable http address), `http_status`, `unauthorized` (401 and 403: wrong,
    expired or too weak credentials), `rate_limited` (429 in spite of all patience), `platform_error` (an error of
    the platform's own, its words in `text`), `insecure` (secrets would go over plain http), `not_json`,
    `bad_shape`, `bad_signature` (a webhook that is not the platform's), `too_large`, `too_many_redirects`,
    `empty_catalogue`, `unknown_platform`, `unknown_product`, `bad_settings`.
    `text` tells a merchant what happened and what to do. `retryable` is True when waiting may help, and
    `retry_after` the seconds that the platform asked for, if it did.
    """

    def __init__(self, code: str, text: str, *, retryable: bool = False, retry_after: float | None = None) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.retryable = retryable
        self.retry_after = retry_after

    def __str__(self) -> str:
        return self.text
