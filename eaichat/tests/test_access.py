"""What the outermost layer does to a request and to a socket."""

from __future__ import annotations

import contextlib
import logging
from typing import Any

import pytest

from eaichat.access import AccessLog
from eaichat.tests.lines import captured

TOKEN = "u8Zk2mQ4rT6yX1aB3cD5eF7gH9iJ0kL2"

Message = dict[str, Any]


async def broken(scope: Any, receive: Any, send: Any) -> None:
    raise ValueError("no")


async def page(scope: Any, receive: Any, send: Any) -> None:
    logging.getLogger("eaichat.access").info("inside")
    await send({"type": "http.response.start", "status": 201, "headers": [(b"a", b"b")]})
    await send({"type": "http.response.body", "body": b""})


async def leaves(scope: Any, receive: Any, send: Any) -> None:
    """A client that went away before it was answered."""


async def socket(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "websocket.accept"})


async def call(
    application: Any, *, path: str = "/a/", given: bytes = b"", proxy: bool = False, kind: str = "http"
) -> tuple[list[Message], list[Message]]:
    """(what was sent, what was logged)."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    async def receive() -> Message:
        raise AssertionError

    scope: Message = {"type": kind, "method": "GET", "path": path, "query_string": b"token=" + TOKEN.encode()}
    scope["headers"] = [(b"x-request-id", given)] if given else []
    with captured("eaichat.access") as lines, contextlib.suppress(ValueError):
        await AccessLog(application, believes_proxy=proxy)(scope, receive, send)
    return sent, lines


def request_id(sent: list[Message]) -> str:
    headers: dict[bytes, bytes] = dict(sent[0]["headers"])
    return headers[b"x-request-id"].decode()


async def test_a_request_is_one_line_with_the_id_that_its_answer_carries() -> None:
    sent, lines = await call(page)
    inside, request = lines
    assert request["event"] == "request"
    assert (request["method"], request["path"], request["status"]) == ("GET", "/a/", 201)
    assert request["ms"] >= 0
    assert request["request"] == inside["request"] == request_id(sent)
    assert (b"a", b"b") in sent[0]["headers"]


async def test_a_line_has_no_query_and_no_token_of_a_path() -> None:
    _, lines = await call(page, path=f"/console/join/{TOKEN}/")
    assert lines[1]["path"] == "/console/join/[redacted]/"
    assert TOKEN not in str(lines)


async def test_the_health_page_is_not_told() -> None:
    _, lines = await call(leaves, path="/healthz")
    assert lines == []


@pytest.mark.parametrize(("application", "status"), [(broken, 500), (leaves, 499)])
async def test_a_request_without_an_answer_is_told_too(application: Any, status: int) -> None:
    _, lines = await call(application)
    assert [line["status"] for line in lines] == [status]


@pytest.mark.parametrize(
    ("given", "proxy", "kept"),
    [
        (b"edge-0123456789", True, True),
        (b"edge-0123456789", False, False),
        (b"short", True, False),
        (b"x" * 65, True, False),
        (b'two words"\n', True, False),
    ],
)
async def test_a_request_id_is_taken_over_only_from_a_proxy_and_only_well_formed(
    given: bytes, proxy: bool, kept: bool
) -> None:
    sent, _ = await call(page, given=given, proxy=proxy)
    assert (request_id(sent) == given.decode()) is kept


async def test_a_socket_is_one_line_when_it_ends() -> None:
    _, (line,) = await call(socket, kind="websocket")
    assert (line["event"], line["state"]) == ("socket", "ended")
    assert line["connection"]
    _, (refused,) = await call(leaves, kind="websocket")
    assert refused["state"] == "refused"
    assert refused["connection"] != line["connection"]
