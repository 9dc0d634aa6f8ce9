"""Shopify's GraphQL Admin API: tokens, and queries that are paid for.

Every query costs points, which come back over time; an answer says how many there are. Who has too few is turned
away with THROTTLED in an answer of status 200.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, JsonValue, ValidationError

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import Record, Text
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.replies import Reply
from apps.connectors.platforms.shopify.queries import API_VERSION

_LONGEST_WORDS = 300
_SHORTEST_PAUSE = 0.1
_LONGEST_PAUSE = 30.0  # ahead of a query; whatever is missing then, Shopify will say


@dataclass(frozen=True)
class Credentials:
    """A token that lasts, or what tokens for a day are got with."""

    token: str = ""
    client_id: str = ""
    client_secret: str = ""


class _Throttle(Record):
    available: Annotated[float, Field(alias="currentlyAvailable")]
    rate: Annotated[float, Field(alias="restoreRate", gt=0)]
    most: Annotated[float, Field(alias="maximumAvailable")] = 0.0


class _Cost(Record):
    requested: Annotated[float, Field(alias="requestedQueryCost")]
    throttle: Annotated[_Throttle, Field(alias="throttleStatus")]

    def pause(self) -> float:
        """Seconds until another query of this cost can be paid for."""
        needed = min(self.requested, self.throttle.most or self.requested)
        return max(0.0, (needed - self.throttle.available) / self.throttle.rate)


class _Extensions(Record):
    cost: _Cost | None = None


class _Code(Record):
    code: Text = ""


class _Error(Record):
    message: Text = ""
    extensions: _Code = _Code()


class _Answer(Record):
    data: dict[str, JsonValue] | None = None
    errors: list[_Error] | str = Field(default=[])
    extensions: _Extensions = _Extensions()


class _Token(Record):
    access_token: Annotated[str, Field(min_length=1)]


class TooCostlyError(ConnectorError):
    """The query may never be asked, however long one waits: it must ask for less."""


class Admin:
    def __init__(self, http: HttpClient, base_url: str, credentials: Credentials) -> None:
        self._http = http
        self._base = base_url
        self._credentials = credentials
        self._token = credentials.token
        self._affordable = 0.0  # when the next query can be paid for, as `time.monotonic` tells it

    def ask(self, query: str, variables: Mapping[str, JsonValue] | None = None) -> dict[str, JsonValue]:
        """What the query asks for. A token that has expired is replaced once."""
        if not self._token:
            self._token = self._new_token()
            return self._ask(query, variables)
        try:
            return self._ask(query, variables)
        except ConnectorError as error:
            if error.code != "unauthorized" or self._credentials.token:
                raise
        self._token = self._new_token()
        return self._ask(query, variables)

    def _ask(self, query: str, variables: Mapping[str, JsonValue] | None) -> dict[str, JsonValue]:
        time.sleep(max(0.0, self._affordable - time.monotonic()))
        content: dict[str, JsonValue] = {"query": query, "variables": dict(variables or {})}
        reply = self._http.request(
            "POST",
            f"{self._base}/admin/api/{API_VERSION}/graphql.json",
            headers={"X-Shopify-Access-Token": self._token},
            json=content,
            judge=_judge,
        )
        answer = _read(reply)
        if answer.data is None:
            raise _odd_shape()
        if answer.extensions.cost:
            self._affordable = time.monotonic() + min(_LONGEST_PAUSE, answer.extensions.cost.pause())
        return answer.data

    def _new_token(self) -> str:
        known = self._credentials
        reply = self._http.request(
            "POST",
            f"{self._base}/admin/oauth/access_token",
            form={
                "grant_type": "client_credentials",
                "client_id": known.client_id,
                "client_secret": known.client_secret,
            },
            ok_statuses=(400,),
        )
        try:
            return _Token.model_validate(reply.json()).access_token
        except ValidationError as error:
            raise ConnectorError(
                "unauthorized",
                "Shopify gives no token for this client ID and secret. Check both, and that the app is installed "
                "in this shop.",
            ) from error


def _judge(reply: Reply) -> None:
    """Raise the errors of an answer with status 200, so that the HTTP client tries again what may pass."""
    answer = _read(reply)
    if isinstance(answer.errors, str):
        raise _platform_error(answer.errors)
    for error in answer.errors:
        words = error.message[:_LONGEST_WORDS]
        match error.extensions.code:
            case "THROTTLED":
                cost = answer.extensions.cost
                pause = max(_SHORTEST_PAUSE, cost.pause()) if cost else None
                text = "Shopify asks for a pause. Try again in a few minutes."
                raise ConnectorError("rate_limited", text, retryable=True, retry_after=pause)
            case "MAX_COST_EXCEEDED":
                raise TooCostlyError("platform_error", f"Shopify refuses the query: “{words}”")
            case "ACCESS_DENIED":
                text = f"The app may not read this in Shopify; give it the access scope. It says: “{words}”"
                raise ConnectorError("unauthorized", text)
            case "INTERNAL_SERVER_ERROR":
                raise ConnectorError("platform_error", f"Shopify reports an error: “{words}”", retryable=True)
        raise _platform_error(words)


def _read(reply: Reply) -> _Answer:
    try:
        return _Answer.model_validate(reply.json())
    except ValidationError as error:
        raise _odd_shape() from error


def _platform_error(words: str) -> ConnectorError:
    return ConnectorError("platform_error", f"Shopify reports an error: “{words[:_LONGEST_WORDS]}”")


def _odd_shape() -> ConnectorError:
    return ConnectorError("bad_shape", "Shopify answered in an unknown shape. Check the address of the shop.")
