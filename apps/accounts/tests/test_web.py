"""How much of a request Django is given to read, in the messages of a web server."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from pytest_django.fixtures import Settings

from apps.accounts.web import WebApplication

pytestmark = pytest.mark.django_db(transaction=True)

MOST = 1000


@pytest.fixture(autouse=True)
def small(settings: Settings) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = MOST


async def sent(chunks: list[bytes], *, length: bytes | None = None) -> tuple[int, int]:
    """The status of the answer to a body, and how many of its chunks were read."""
    answers: list[dict[str, Any]] = []
    read = 0

    async def receive() -> dict[str, Any]:
        nonlocal read
        if read == len(chunks):
            return {"type": "http.disconnect"} if answers else await _never()
        read += 1
        return {"type": "http.request", "body": chunks[read - 1], "more_body": read < len(chunks)}

    async def send(message: dict[str, Any]) -> None:
        answers.append(message)

    headers = [(b"host", b"testserver"), (b"content-type", b"image/png")]
    headers += [(b"content-length", length)] if length is not None else []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/no/such/page",
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
    }
    await WebApplication()(scope, receive, send)
    return answers[0]["status"], read


async def _never() -> Any:
    await asyncio.Event().wait()


async def test_a_body_within_the_limit_is_read() -> None:
    assert await sent([b"x" * 500, b"x" * 500], length=b"1000") == (404, 2)
    assert await sent([b"x" * 500, b"x" * 500]) == (404, 2)


@pytest.mark.parametrize("length", [b"1001", b"9" * 5000, b"many"])
async def test_a_body_that_is_announced_as_too_large_is_not_read(length: bytes) -> None:
    assert await sent([b"x"] * 10, length=length) == (413, 0)


@pytest.mark.parametrize("length", [None, b"10"])
async def test_a_body_that_grows_too_large_is_read_no_further(length: bytes | None) -> None:
    assert await sent([b"x" * 400] * 10, length=length) == (413, 3)
