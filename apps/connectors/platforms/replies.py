"""What a platform answers, and what its statuses mean to a merchant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from pydantic import JsonValue
from pydantic_core import from_json

from apps.connectors.platforms.errors import ConnectorError

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_WORDS_IN = ("message", "error_description", "errors", "error")  # where platforms put words of their own
_MOST_WORDS = 200


@dataclass(frozen=True)
class Reply:
    """An answer: `url` is the address that gave it, after redirects; names of headers are in lower case."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> JsonValue:
        """The body as JSON; `ConnectorError("not_json")`. NaN and infinity are not JSON."""
        try:
            content: JsonValue = from_json(self.body, allow_inf_nan=False)
        except ValueError as error:
            page = self.body.lstrip()[:1] == b"<"
            what = "a web page" if page else "something that is not JSON"
            raise ConnectorError(
                "not_json",
                f"{_bare(self.url)} answered with {what}. Check that this is the address of the store's API.",
            ) from error
        return content


def refusal(reply: Reply) -> ConnectorError:
    """What a status other than 2xx means, with the platform's own words where it has any."""
    words = _own_words(reply)
    text = f"{_status_text(reply)} It says: “{words}”" if words else _status_text(reply)
    code = {401: "unauthorized", 403: "unauthorized", 429: "rate_limited"}.get(reply.status, "http_status")
    return ConnectorError(code, text, retryable=reply.status in _PASSING, retry_after=_retry_after(reply))


def _status_text(reply: Reply) -> str:
    url, host, status = _bare(reply.url), urlsplit(reply.url).hostname, reply.status
    if status == 404:
        return f"{url} does not exist (404). Check the address."
    if status in (401, 403):
        return f"{url} refuses access ({status}). Check the credentials."
    if status == 429:
        return f"{host} asks for a pause (429). Try again in a few minutes."
    if status >= 500:
        return f"{host} has a problem of its own ({status}). Try again in a few minutes."
    if 300 <= status < 400 and "location" in reply.headers:
        return f"{url} has moved to {_bare(reply.headers['location'])} ({status}). Write that address."
    return f"{url} answered with status {status}. Check the address."


def _bare(url: str) -> str:
    """The address without its query: some platforms want keys in there."""
    return url.partition("?")[0]


def _own_words(reply: Reply) -> str:
    try:
        content = reply.json()
    except ConnectorError:
        return ""
    found = [content.get(name) for name in _WORDS_IN] if isinstance(content, dict) else []
    return next((" ".join(words.split())[:_MOST_WORDS] for words in found if isinstance(words, str)), "")


def _retry_after(reply: Reply) -> float | None:
    """The seconds that a platform asks to wait, which it may write as a date."""
    asked = reply.headers.get("retry-after", "").strip()
    try:
        return max(0.0, float(asked)) if asked else None
    except ValueError:
        pass
    try:
        until = parsedate_to_datetime(asked)
    except ValueError:
        return None
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
