"""A line of the log: what it carries, what it leaves out, and whose ids it has."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import os
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import DataError, OperationalError
from pydantic import BaseModel, ValidationError

from apps.accounts.database import in_database
from apps.accounts.tests.machine import PATIENCE_S
from apps.chat.llm.errors import LLMError
from eaichat.logs import Formatter, SharedFileHandler, bind_ids, forget_ids
from eaichat.redaction import described, masked, redacted
from eaichat.temporal import TemporalError
from eaichat.tests.lines import captured

WORDS = "my husband's address is Elm Street 5"
UUID = "6f1c2a9e-7a4e-4b8e-9a54-0d1f4c2b7a11"


@pytest.fixture(autouse=True)
def own_ids() -> Iterator[None]:
    forget_ids()
    yield
    forget_ids()


def line(message: str, *args: object, kind: Any = "json", error: BaseException | None = None, **extra: Any) -> str:
    info = (type(error), error, error.__traceback__) if error is not None else None
    record = logging.getLogger("apps.test").makeRecord(
        "apps.test", logging.WARNING, __file__, 1, message, args, info, extra=extra
    )
    return Formatter(kind).format(record)


def fields(*args: Any, **named: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(line(*args, **named))
    return found


def raised(error: BaseException, behind: BaseException | None = None) -> BaseException:
    try:
        raise error from behind
    except BaseException as caught:
        return caught


def test_a_json_line_says_what_where_when_and_for_whom() -> None:
    bind_ids(session=UUID, turn="t1")
    found = fields("turn answered in %s mode", "intent", ms=12.5)
    assert found.pop("timestamp").endswith("Z")
    assert found == {
        "event": "turn answered in intent mode",
        "level": "warning",
        "logger": "apps.test",
        "session": UUID,
        "turn": "t1",
        "ms": 12.5,
    }


def test_a_terminal_gets_one_line_that_a_value_cannot_break_or_colour() -> None:
    shown = line("origin %s refused", "a\nb\x1b[31m", kind="text", status=403)
    assert "\n" not in shown
    assert "\x1b" not in shown
    assert "origin a b [31m refused" in shown
    assert "status=403" in shown


def test_fields_that_are_not_meant_for_the_log_do_not_get_in() -> None:
    assert WORDS not in line("turn", text=WORDS, args_of_tool={"q": WORDS}, ms=1)


def test_an_id_comes_only_from_what_is_bound_since_django_names_the_whole_request_so() -> None:
    bind_ids(request="r1")
    found = fields("Internal Server Error", request=f"<ASGIRequest: GET '/?q={WORDS}'>")
    assert found["request"] == "r1"


def test_an_id_that_the_log_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="text"):
        bind_ids(text=WORDS)


class Ordered(BaseModel):
    quantity: int


def invalid() -> BaseException:
    try:
        Ordered.model_validate({"quantity": WORDS})
    except ValidationError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (ValueError(WORDS), "ValueError"),
        (KeyError(WORDS), "KeyError"),
        (LLMError("refused", WORDS), "LLMError[refused]"),
        (DataError(1406, f"Data too long: '{WORDS}'"), "DataError: (1406)"),
        (invalid(), "ValidationError"),
    ],
    ids=["value", "key", "vendor", "database", "pydantic"],
)
def test_an_exception_that_may_quote_somebody_is_told_without_its_words(error: BaseException, told: str) -> None:
    caught = raised(RuntimeError(WORDS), raised(error))
    for kind in ("json", "text"):
        shown = line("it failed: %s", error, kind=kind, error=caught)
        assert WORDS not in shown
        assert told in shown
        assert "test_logs.py" in shown


@pytest.mark.parametrize(
    "error",
    [
        ConnectionRefusedError(111, "Connection refused"),
        TypeError("f() missing 1 required argument: 'x'"),
        OperationalError(2006, "Server has gone away"),
        TemporalError("unreachable", "No Temporal server at host:7233.", retryable=True),
    ],
)
def test_an_exception_about_the_machine_keeps_its_words(error: Exception) -> None:
    assert str(error) in described(raised(error))


def test_a_traceback_names_frames_and_no_local_values() -> None:
    def broken(secret: str) -> None:
        raise ValueError(secret)

    try:
        broken(WORDS)
    except ValueError as error:
        shown = described(error)
    assert "in broken" in shown
    assert WORDS not in shown


def test_exceptions_of_a_group_and_a_ring_of_causes_come_to_an_end() -> None:
    first, second = ValueError("a"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    assert described(ExceptionGroup("both", [first, second])).count("which came from") == 2


@pytest.mark.parametrize(
    "secret",
    [
        "Authorization: Bearer abcdef0123456789",
        "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "eyJzZXNzaW9uIjoiNmYxYyJ9:1tABCD:9d8f7a6b5c4d3e2f",
        "sk-proj-0123456789abcdefgh",
        "gAAAAABm0123456789abcdef",
        "mysql://eaichat:S3cretPassw0rd@db/eaichat",
        "GET https://api.example/v1?key=Abc123Secret&x=1",
        "/console/join/u8Zk2mQ4rT6yX1aB3cD5eF7gH9iJ0kL2mN4oP6qR8s/",
        "/accounts/password/reset/key/2-cz1abc-0123456789abcdef0123456789abcdef/",
        "{'password': 'hunter2hunter2'}",
        'client_secret="hunter2hunter2"',
    ],
)
def test_what_looks_like_a_secret_is_taken_out(secret: str) -> None:
    shown = masked(f"before {secret} after")
    core = ("abcdef0123456789", "eyJ", "0123456789abcdef", "S3cret", "Abc123", "u8Zk2", "hunter2")
    assert not [part for part in core if part in shown]
    assert shown.startswith("before ")


@pytest.mark.parametrize(
    "harmless",
    [
        f"A turn of session {UUID} failed",
        f"/api/v1/chat/sessions/{UUID}/messages",
        "/ws/chat/pk_3kJ9sLq0Zx8vB7nM5aS2dF4g/",
        "apps/connectors/platforms/http_client.py:12 in get",
        "No Temporal server at 127.0.0.1:7233.",
        "/static/css/tokens.css",
    ],
)
def test_ids_and_plain_words_stay(harmless: str) -> None:
    assert masked(harmless) == harmless


def test_a_traceback_that_daphne_logs_as_text_keeps_no_words() -> None:
    try:
        raise ValueError(WORDS)
    except ValueError:
        shown = masked(traceback.format_exc())
    assert WORDS not in shown
    assert "ValueError" in shown
    assert "test_logs.py" in shown


def test_a_key_that_names_a_secret_hides_its_value() -> None:
    shown = redacted(None, "", {"event": "x", "api_key": "k", "config": {"Password": "p", "host": "h"}})
    assert shown == {"event": "x", "api_key": "[redacted]", "config": {"Password": "[redacted]", "host": "h"}}


@pytest.mark.django_db  # the pool looks at its connections first
async def test_ids_follow_into_the_database_pool_and_into_new_tasks_and_do_not_mix() -> None:
    log = logging.getLogger("apps.ids")

    def work() -> str:
        log.warning("in the pool")
        return threading.current_thread().name

    async def turn(name: str) -> None:
        bind_ids(turn=name)
        await asyncio.sleep(0)
        assert (await in_database(work)()).startswith("database")
        await asyncio.create_task(inner())

    async def inner() -> None:
        log.warning("in a task")

    bind_ids(session="s")
    with captured("apps.ids") as lines:
        await asyncio.gather(*(asyncio.create_task(turn(f"t{n}")) for n in range(8)))
        log.warning("outside")
    told = sorted((one["event"], one.get("turn")) for one in lines)
    assert told == sorted(
        [(event, f"t{n}") for event in ("in the pool", "in a task") for n in range(8)] + [("outside", None)],
        key=lambda pair: (pair[0], pair[1] or ""),
    )
    assert {one["session"] for one in lines} == {"s"}


WRITER = """
import logging, sys
from pathlib import Path
from eaichat.logs import SharedFileHandler
handler = SharedFileHandler(Path(sys.argv[1]), maxBytes=20_000, backupCount=50)
print(flush=True)
sys.stdin.readline()
for number in range(500):
    handler.emit(logging.makeLogRecord({"msg": f"{sys.argv[2]} {number} {'.' * 80}"}))
"""


def test_several_processes_rotate_one_file_and_lose_nothing(tmp_path: Path) -> None:
    file = tmp_path / "eaichat.log"
    writers = [
        subprocess.Popen(  # noqa: S603 - our own lines
            [sys.executable, "-c", WRITER, str(file), str(name)],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        for name in range(4)
    ]
    for writer in writers:
        assert writer.stdout is not None
        writer.stdout.readline()
    for writer in writers:
        writer.communicate(b"\n", timeout=PATIENCE_S)
    older = sorted(path for path in tmp_path.glob("eaichat.log.*") if path.suffix != ".lock")
    lines = [line for path in (file, *older) for line in path.read_text().splitlines()]
    assert len(set(lines)) == len(lines) == 4 * 500
    assert len(older) >= 5
    assert min(path.stat().st_size for path in older) > 15_000  # each is full before the next begins


def test_a_line_costs_less_than_a_fifth_of_a_millisecond() -> None:
    formatter = Formatter("json")
    bind_ids(session=UUID, turn=UUID, request=UUID)
    extra = {"ms": 12.5, "path": f"/api/v1/chat/sessions/{UUID}/messages", "status": 200, "method": "GET"}
    record = logging.getLogger("apps.test").makeRecord(
        "apps.test", logging.INFO, __file__, 1, "request", (), None, extra=extra
    )
    costs = []
    for _ in range(5):
        began = time.process_time()
        for _ in range(200):
            formatter.format(record)
        costs.append((time.process_time() - began) / 200 * 1000)
    sys.stdout.write(f"{min(costs):.3f} ms a line\n")
    assert min(costs) < 0.2


def test_a_line_for_file_and_stream_is_made_once_and_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def make(formatter: object, record: logging.LogRecord) -> str:
        made.append(record.msg)
        return str(record.msg)

    monkeypatch.setattr("structlog.stdlib.ProcessorFormatter.format", make)
    formatter = Formatter("json")
    file, stream = SharedFileHandler(tmp_path / "log", maxBytes=1000), logging.StreamHandler(said := io.StringIO())
    record = logging.makeLogRecord({"msg": "turn", "levelno": logging.INFO})
    for handler in (file, stream):
        handler.setFormatter(formatter)
        handler.handle(record)
    file.close()
    assert said.getvalue() == (tmp_path / "log").read_text() == "turn\n"
    assert made == ["turn"]


def test_a_pipe_is_written_to_and_never_rotated(tmp_path: Path) -> None:
    pipe = tmp_path / "log"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    handler = SharedFileHandler(pipe, maxBytes=1)
    handler.emit(logging.makeLogRecord({"msg": "turn"}))
    handler.emit(logging.makeLogRecord({"msg": "again"}))
    handler.close()
    said = os.read(reader, 100)
    os.close(reader)
    assert said == b"turn\nagain\n"
