"""HTTP to addresses that a merchant typed; what goes wrong is told in words for the merchant."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import BinaryIO, Self
from urllib.parse import urlencode

from pydantic import JsonValue
from pydantic_core import to_json

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.patience import Pace, Patience
from apps.connectors.platforms.replies import Reply, refusal
from eaichat.outbound.client import HttpLimits, Method, OutboundClient
from eaichat.outbound.connections import Origin
from eaichat.outbound.errors import OutboundError
from eaichat.outbound.target import Target

_DOWNLOADS = HttpLimits(read=60.0, total=600.0, body=1024**3)  # files are larger than answers
_PACE = Pace()  # of this process, whichever connector asks

Params = Mapping[str, str] | Sequence[tuple[str, str]]
Sign = Callable[[str, str], tuple[str, Mapping[str, str]]]  # method and address to signed address and headers


class HttpClient:
    """Asks a platform. Use it as a context manager, from one thread at a time.

    `trusted` names host and port pairs that may be private: the demo's own address and nothing else.
    Every failure is a `ConnectorError`.
    """

    def __init__(
        self,
        *,
        trusted: frozenset[Origin] = frozenset(),
        limits: HttpLimits | None = None,
        patience: Patience | None = None,
        pace: Pace | None = None,
        within: float | None = None,
    ) -> None:
        """After `within` seconds no further request begins."""
        self._client = OutboundClient(agent="eaichat-connector", trusted=trusted, limits=limits)
        self._downloads = limits or _DOWNLOADS
        self._patience = patience or Patience()
        self._pace = pace or _PACE
        self._ends = math.inf if within is None else time.monotonic() + within
        self.received = 0  # bytes of answers so far, unpacked

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._client.close()

    def get_json(
        self, url: str, *, params: Params | None = None, headers: Mapping[str, str] | None = None
    ) -> JsonValue:
        """The JSON at `url`."""
        return self.request("GET", url, params=params, headers=headers).json()

    def request(
        self,
        method: Method,
        url: str,
        *,
        params: Params | None = None,
        headers: Mapping[str, str] | None = None,
        json: JsonValue = None,
        form: Mapping[str, str] | None = None,
        content: bytes = b"",
        sign: Sign | None = None,
        judge: Callable[[Reply], None] | None = None,
        repeatable: bool = True,
        ok_statuses: Collection[int] = (),
    ) -> Reply:
        """The answer with a status of 2xx or of `ok_statuses`; any other is a `ConnectorError`.

        `json`, `form` or `content` is the body. Only a GET follows redirects; `headers` go to the origin of `url`
        only, never along a redirect to another. A request that is not `repeatable`, since it changes something, is
        sent once only, unless the platform turned it away. Each try is signed anew by `sign`. `judge` raises what
        a platform has against a request though it answers with a good status; that is tried again like the rest.
        """
        kind, body = _body(json, form, content)
        sent = {**kind, **(headers or {})}
        address = _with_params(url, params)

        def ask() -> Reply:
            self._look_at_the_clock()
            try:
                self._pace.wait(Target.parse(address).netloc)
                signed, signature = sign(method, address) if sign else (address, {})
                answer = self._client.send(
                    method, signed, accept="application/json", headers={**sent, **signature}, content=body
                )
            except OutboundError as error:
                raise _told(error) from error
            self.received += len(answer.body)
            reply = Reply(answer.target.url, answer.status, answer.headers, answer.body)
            if not (200 <= reply.status < 300 or reply.status in ok_statuses):
                raise refusal(reply)
            if judge:
                judge(reply)
            return reply

        return self._patience.insist(ask, repeatable=repeatable)

    def download(
        self,
        url: str,
        into: BinaryIO,
        *,
        headers: Mapping[str, str] | None = None,
        most: int | None = None,
    ) -> bool:
        """Write what lies at `url` into a file, from its start; whether that is all of it.

        With `most`, reading ends after about so many bytes. A client without limits of its own takes its time.
        """

        def ask() -> bool:
            into.seek(0)
            into.truncate()
            self._look_at_the_clock()
            try:
                self._pace.wait(Target.parse(url).netloc)
                with self._client.stream(
                    "GET", url, accept="*/*", headers=headers, limits=self._downloads
                ) as incoming:
                    if not 200 <= incoming.status < 300:
                        answer = incoming.whole()
                        raise refusal(Reply(answer.target.url, answer.status, answer.headers, answer.body))
                    for chunk in incoming.chunks():
                        into.write(chunk)
                        self.received += len(chunk)
                        if most is not None and into.tell() > most:
                            return False
                    return True
            except OutboundError as error:
                raise _told(error) from error

        return self._patience.insist(ask, repeatable=True)

    def _look_at_the_clock(self) -> None:
        if time.monotonic() > self._ends:
            raise ConnectorError("timeout", "The platform takes longer than a person can wait.", retryable=True)


def _with_params(url: str, params: Params | None) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(params)}" if params else url


def _body(json: JsonValue, form: Mapping[str, str] | None, content: bytes) -> tuple[dict[str, str], bytes]:
    """The header that names the kind of body, and the body."""
    if json is not None:
        return {"Content-Type": "application/json"}, to_json(json)
    if form is not None:
        return {"Content-Type": "application/x-www-form-urlencoded"}, urlencode(form).encode()
    return {}, content


def _told(error: OutboundError) -> ConnectorError:
    if error.code == "refused_address":
        return ConnectorError(error.code, f"{error.text} Only stores on the public internet can be connected.")
    if error.code == "bad_header":
        return ConnectorError("bad_settings", "The credentials have signs that cannot be sent. Copy them again.")
    code = "not_json" if error.code == "damaged" else error.code
    return ConnectorError(code, error.text, retryable=error.retryable)
