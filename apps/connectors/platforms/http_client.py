"""JSON from addresses that a merchant typed; what goes wrong is told in words for the merchant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self
from urllib.parse import urlencode

from pydantic import JsonValue
from pydantic_core import from_json

from apps.connectors.platforms.errors import ConnectorError
from eaichat.outbound.client import Answer, HttpLimits, OutboundClient
from eaichat.outbound.connections import Origin
from eaichat.outbound.errors import OutboundError

_RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})


class HttpClient:
    """Fetches JSON. Use it as a context manager, from one thread at a time.

    `trusted` names host and port pairs that may be private: the demo's own address and nothing else.
    Every failure is a `ConnectorError`.
    """

    def __init__(self, *, trusted: frozenset[Origin] = frozenset(), limits: HttpLimits | None = None) -> None:
        self._client = OutboundClient(agent="eaichat-connector", trusted=trusted, limits=limits)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get_json(
        self, url: str, *, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> JsonValue:
        """The JSON at `url`. `headers` go to the origin of `url` only, never along a redirect to another."""
        address = f"{url}?{urlencode(params)}" if params else url
        try:
            answer = self._client.get(address, accept="application/json", headers=headers)
        except OutboundError as error:
            raise _told(error) from error
        return _parse(answer)


def _told(error: OutboundError) -> ConnectorError:
    if error.code == "refused_address":
        return ConnectorError(error.code, f"{error.text} Only stores on the public internet can be connected.")
    code = "not_json" if error.code == "damaged" else error.code
    return ConnectorError(code, error.text, retryable=error.retryable)


def _parse(answer: Answer) -> JsonValue:
    if answer.status != 200:
        retryable = answer.status in _RETRYABLE_STATUS
        raise ConnectorError("http_status", _status_text(answer), retryable=retryable)
    try:
        content: JsonValue = from_json(answer.body, allow_inf_nan=False)
    except ValueError as error:
        page = answer.body.lstrip()[:1] == b"<"
        what = "a web page" if page else "something that is not JSON"
        raise ConnectorError(
            "not_json",
            f"{answer.target.url} answered with {what}. Check that this is the address of the store's API.",
        ) from error
    return content


def _status_text(answer: Answer) -> str:
    target, status = answer.target, answer.status
    if status == 404:
        return f"{target.url} does not exist (404). Check the address."
    if status in (401, 403):
        return f"{target.url} refuses access ({status}). Check the credentials."
    if status == 429:
        return f"{target.host} asks for a pause (429). Try again in a few minutes."
    if status >= 500:
        return f"{target.host} has a problem of its own ({status}). Try again in a few minutes."
    return f"{target.url} answered with status {status}. Check the address."
