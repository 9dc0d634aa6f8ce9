"""`manage.py up` as its user meets it: it starts, says what is wrong in one line, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from apps.accounts.tests.machine import PATIENCE_S
from tests.installation import ROOT, Installation, alive, command_of, descendants

pytestmark = pytest.mark.xdist_group("up")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """An installation that has been started once. It runs as the test before left it."""
    installation = Installation(tmp_path_factory.mktemp("up") / "var")
    installation.start()
    yield installation
    installation.kill()


@pytest.fixture
def running(prepared: Installation) -> Installation:
    if not prepared.running:
        prepared.start()
    return prepared


@pytest.fixture
def stopped(prepared: Installation) -> Installation:
    if prepared.running:
        prepared.stop()
    return prepared


def refusal(installation: Installation, **environment: str) -> str:
    """What `up` prints when it refuses to start; it must be quick, exit 1 and show no traceback."""
    done = subprocess.run(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env={**installation.environment, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    lines = [line for line in done.stderr.splitlines() if line.strip()]
    assert len(lines) == 1, done.stderr
    return lines[0]


def index_host(installation: Installation) -> int:
    """The process id of its index host."""
    assert installation.process is not None
    [host] = [pid for pid in descendants(installation.process.pid) if "engine.hosting.host" in command_of(pid)]
    return host


def wait_until_gone(pids: set[int]) -> set[int]:
    deadline = time.monotonic() + PATIENCE_S
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive(pids)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_with_exit_0_and_no_orphan(running: Installation, number: signal.Signals) -> None:
    assert running.process is not None
    children = descendants(running.process.pid)
    assert children, "the index host at least is a child"
    assert running.stop(number) == 0, running.output()
    assert not wait_until_gone(children)


def test_sigint_ends_it_also_when_it_was_started_with_sigint_ignored(stopped: Installation) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        stopped.start()
    finally:
        signal.signal(signal.SIGINT, before)
    assert stopped.stop(signal.SIGINT) == 0, stopped.output()


def test_after_sigkill_its_children_are_gone_and_it_starts_again(running: Installation) -> None:
    assert running.process is not None
    children = descendants(running.process.pid)
    running.kill()
    assert not wait_until_gone(children)
    running.start()
    assert httpx.get(f"{running.url}/demo/", timeout=PATIENCE_S).status_code == 200


def test_what_was_accepted_before_sigkill_is_answered_after_the_next_start(running: Installation) -> None:
    """Without its page: nobody says hello again."""
    assert running.process is not None
    key = running.ask(
        "__import__('apps.accounts.models', fromlist=['Store']).Store.objects.get(is_demo=True).public_key"
    )
    with connect(f"ws://localhost:{running.port}/ws/chat/{key}/", origin=Origin(running.url)) as socket:
        socket.send(json.dumps({"type": "hello", "v": 1}))
        ready = heard(socket, "ready")
        index = index_host(running)
        os.kill(index, signal.SIGSTOP)  # so that the answer cannot be there before the end
        socket.send(json.dumps({"type": "message.send", "id": "m1", "text": "a warm jacket"}))
        heard(socket, "message.accepted")
        children = descendants(running.process.pid)
        running.kill()
    os.kill(index, signal.SIGKILL)  # a stopped process does not see that its parent died
    assert not wait_until_gone(children)
    running.start()
    address = f"{running.url}/api/v1/chat/sessions/{ready['session']}/messages"
    deadline = time.monotonic() + PATIENCE_S
    authors: list[str] = []
    while len(authors) < 2 and time.monotonic() < deadline:
        answer = httpx.get(address, headers={"Authorization": f"Session {ready['token']}"}, timeout=PATIENCE_S)
        authors = [message["author"]["kind"] for message in answer.json()["messages"]]
        time.sleep(0.1)
    assert authors == ["shopper", "assistant"]


def heard(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next frame of that type."""
    while True:
        frame: dict[str, Any] = json.loads(socket.recv(timeout=PATIENCE_S))
        if frame["type"] == kind:
            return frame


def test_healthz_names_every_part(running: Installation) -> None:
    body = httpx.get(f"{running.url}/healthz", timeout=PATIENCE_S).json()
    assert body["status"] == "ok"
    assert set(body["parts"]) == {"web", "database", "index", "models", "temporal"}


def test_a_dead_index_host_is_started_again(running: Installation) -> None:
    host = index_host(running)
    os.kill(host, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if not alive({host}) and running.healthy():
            break
        time.sleep(0.1)
    assert running.healthy(), running.output()


def test_a_second_one_on_the_same_data_says_who_holds_it(running: Installation) -> None:
    assert running.process is not None
    line = refusal(running)
    assert "already runs" in line
    assert str(running.process.pid) in line


def command(installation: Installation, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=installation.environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_commands_about_the_catalogue_ask_the_index_of_the_one_that_runs(running: Installation) -> None:
    host = index_host(running)
    found = command(running, "search", "a warm jacket for men under 60 dollars", "--json")
    assert "jacket" in json.loads(found.stdout)["hits"][0]["product"]["title"].lower(), found.stderr
    stats = json.loads(command(running, "index", "stats", "--json").stdout)
    assert sum(stats["stores"].values()) == stats["collections"][0]["points"] > 0
    assert index_host(running) == host


def test_a_busy_port_is_one_line_that_names_another(stopped: Installation) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = refusal(stopped, PORT=str(port))
    assert f"Port {port} is busy" in line
    assert f"PORT={port + 1}" in line


def test_an_unreadable_database_is_one_line(stopped: Installation) -> None:
    database = stopped.var / "db.sqlite3"
    good = database.read_bytes()
    database.write_bytes(b"this is no database, however long one looks at it" * 100)
    try:
        line = refusal(stopped)
    finally:
        database.write_bytes(good)
    assert "cannot be read" in line
    assert "make reset" in line


def test_an_index_that_another_process_holds_is_one_line(stopped: Installation) -> None:
    other = subprocess.Popen(
        [sys.executable, "manage.py", "index_host"],
        cwd=ROOT,
        env=stopped.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + PATIENCE_S
        while not list((stopped.var / "index").rglob("*sock*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        line = refusal(stopped)
    finally:
        other.terminate()
        other.wait(PATIENCE_S)
    assert "holds" in line
    assert "Stop" in line
