"""The index host as a process: who may speak to it, and what becomes of it and its clients when something dies."""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from apps.accounts.tests.machine import PATIENCE_S
from apps.catalog.engine.adapters.edge import EdgeBackend
from apps.catalog.engine.embedding import to_bytes
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import READ_TIMEOUT_S, HostClient
from apps.catalog.engine.hosting.host import IndexHost
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.hosting.wire import socket_path, write_key
from apps.catalog.engine.records import CollectionSpec, Point

ROOT = Path(__file__).resolve().parents[3]
SPEC = CollectionSpec(name="things", dense_size=4, lexical=False)
ONE = Point(
    id="00000000-0000-0000-0000-000000000001",
    dense=to_bytes(np.ones(4, dtype=np.float32)),
    payload={"store_id": "one"},
)


def run_host(directory: Path) -> subprocess.Popen[str]:
    return run(["-m", "apps.catalog.engine.hosting.host", str(directory)], says="ready")[0]


def run(arguments: list[str], says: str = "") -> tuple[subprocess.Popen[str], str]:
    """A Python child and its first line, once it has said it."""
    command = [sys.executable, *arguments]
    child = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own code
    assert child.stdout is not None
    line = child.stdout.readline().strip()
    assert line.startswith(says)
    return child, line


def end(child: subprocess.Popen[str], sign: int = signal.SIGTERM) -> int:
    child.send_signal(sign)
    status = child.wait(timeout=PATIENCE_S)
    assert child.stdout is not None
    child.stdout.close()
    return status


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + PATIENCE_S
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not is_alive(pid)


def test_socket_and_key_are_for_this_user_alone(own_host: Path) -> None:
    assert stat.S_IMODE(socket_path(own_host).stat().st_mode) == 0o600
    assert stat.S_IMODE((own_host / "host.key").stat().st_mode) == 0o600


def test_a_client_with_another_key_is_refused_and_harms_nobody(own_host: Path) -> None:
    good = HostClient(own_host)
    good.ping()
    right = (own_host / "host.key").read_bytes()
    write_key(own_host)
    with pytest.raises(CatalogError) as caught:
        HostClient(own_host).ping()
    assert caught.value.code == "index_unreachable"
    (own_host / "host.key").write_bytes(right)
    good.ping()
    HostClient(own_host).ping()


def test_garbage_on_the_socket_harms_nobody(own_host: Path) -> None:
    with socket.socket(socket.AF_UNIX) as stranger:
        stranger.connect(str(socket_path(own_host)))
        stranger.sendall(b"\xff" * 64)
        HostClient(own_host).ping()


def test_a_method_that_is_no_part_of_the_port_is_refused(own_host: Path) -> None:
    with pytest.raises(CatalogError, match="knows no _existing"):
        HostClient(own_host)._call("_existing", "things")


def test_a_second_host_is_told_that_the_directory_is_held(own_host: Path) -> None:
    second = HostProcess(own_host)
    with pytest.raises(CatalogError) as caught:
        second.start()
    assert caught.value.code == "index_locked"
    assert str(own_host) in caught.value.text
    HostClient(own_host).ping()


def test_a_killed_host_is_unreachable_at_once_and_its_successor_is_found_with_nothing_lost(tmp_path: Path) -> None:
    host = run_host(tmp_path)
    client = HostClient(tmp_path)
    client.ensure(SPEC)
    client.point_alias("all-things", "things")
    client.upsert("things", [ONE])
    end(host, signal.SIGKILL)
    started = time.monotonic()
    with pytest.raises(CatalogError) as caught:
        client.count("things", ())
    assert (caught.value.code, caught.value.retryable) == ("index_unreachable", True)
    assert time.monotonic() - started < READ_TIMEOUT_S  # it was not waited for
    host = run_host(tmp_path)
    assert client.count("things", ()) == 1
    assert client.alias("all-things") == "things"
    assert end(host) == 0


def test_a_host_that_hangs_is_given_up_within_seconds(tmp_path: Path) -> None:
    host = run_host(tmp_path)
    known, fresh = HostClient(tmp_path), HostClient(tmp_path)
    known.ping()
    host.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, host.pid, os.WSTOPPED)  # it may still answer until the signal has reached every thread
    for client in (known, fresh):
        started = time.monotonic()
        with pytest.raises(CatalogError) as caught:
            client.ping()
        assert caught.value.code == "index_unreachable"
        assert time.monotonic() - started < 4 * READ_TIMEOUT_S
    host.send_signal(signal.SIGCONT)
    known.ping()
    assert end(host) == 0


def test_a_host_that_is_busy_for_a_while_still_takes_a_big_request(tmp_path: Path) -> None:
    """Larger than what fits between the two, and for longer than a shopper's read may take."""
    host = run_host(tmp_path)
    client = HostClient(tmp_path, read_timeout=0.3)
    client.ensure(SPEC)
    big = [
        replace(ONE, id=str(uuid.UUID(int=number)), payload={"text": f"{number:04000}"}) for number in range(1_000)
    ]
    host.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, host.pid, os.WSTOPPED)
    busy = threading.Timer(1.5, host.send_signal, [signal.SIGCONT])
    busy.start()
    client.upsert("things", big)
    busy.join()
    assert HostClient(tmp_path).count("things", ()) == len(big)
    assert end(host) == 0


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_when_it_inherits_sigint_ignored(
    tmp_path: Path, sign: signal.Signals
) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        host = run_host(tmp_path)
    finally:
        signal.signal(signal.SIGINT, before)
    HostClient(tmp_path).ping()
    assert end(host, sign) == 0
    assert not socket_path(tmp_path).exists()


def test_a_host_whose_parent_died_meanwhile_does_not_begin(tmp_path: Path) -> None:
    parent, _ = run(["-c", "print()"])
    end(parent)
    host, line = run(["-m", "apps.catalog.engine.hosting.host", str(tmp_path), str(parent.pid)])
    assert (end(host), line) == (-signal.SIGTERM, "")


def test_the_host_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path\n"
        "from apps.catalog.engine.hosting.host_process import HostProcess\n"
        "host = HostProcess(Path(sys.argv[1])); host.start(); print(host.pid, flush=True); time.sleep(60)"
    )
    parent, line = run(["-c", script, str(tmp_path)])
    pid = int(line)
    assert is_alive(pid)
    end(parent, signal.SIGKILL)
    assert wait_until_gone(pid)


def test_a_damaged_list_of_aliases_is_read_from_the_names_of_the_collections(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    client = HostClient(tmp_path, start_host=host.start)
    client.ensure(SPEC)
    client.point_alias("things", "things")
    client.upsert("things", [ONE])
    host.stop()
    (tmp_path / "aliases.json").write_text("{")
    assert client.alias("things") == "things"
    assert client.count("things", ()) == 1
    host.stop()


def test_a_missing_list_of_aliases_is_read_from_the_names_and_what_it_passes_over_is_kept(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    client = HostClient(tmp_path, start_host=host.start)
    client.ensure(SPEC)
    client.point_alias("things", "things")
    client.upsert("things", [ONE])
    client.ensure(CollectionSpec(name="things-2", dense_size=4, lexical=False))
    later = time.time() + 60
    os.utime(tmp_path / "collections" / "things-2", (later, later))
    host.stop()
    (tmp_path / "aliases.json").unlink()
    assert client.alias("things") == "things"
    assert client.count("things", ()) == 1
    assert (tmp_path / "damaged" / "things-2").is_dir()
    assert json.loads((tmp_path / "aliases.json").read_text()) == {"things": "things"}
    host.stop()


def test_a_stray_file_beside_the_collections_harms_nobody(tmp_path: Path) -> None:
    backend = EdgeBackend(tmp_path)
    backend.ensure(SPEC)
    backend.point_alias("things", "things")
    backend.close()
    (tmp_path / "collections" / ".DS_Store").write_text("")
    again = EdgeBackend(tmp_path)
    assert again.collections() == ["things"]
    again.close()


@pytest.mark.parametrize("lacking", ["files", "threads"])
def test_a_host_that_lacked_something_for_one_connection_accepts_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lacking: str
) -> None:
    host = IndexHost(tmp_path)
    refused: list[str] = []

    def once(call: Callable[..., Any], error: Exception, *, named: str = "") -> Callable[..., Any]:
        def tried(*arguments: Any) -> Any:
            if not refused and (not named or named in arguments[0].name):
                refused.append(lacking)
                raise error
            return call(*arguments)

        return tried

    if lacking == "files":
        full = OSError(errno.EMFILE, "Too many open files")
        monkeypatch.setattr(host._listener, "accept", once(host._listener.accept, full))
    else:
        none = RuntimeError("can't start new thread")
        monkeypatch.setattr(threading.Thread, "start", once(threading.Thread.start, none, named="_answer"))
    serving = threading.Thread(target=host.serve, name="serve")
    serving.start()
    client = HostClient(tmp_path)
    with suppress(CatalogError):
        client.ping()
    client.ping()
    assert refused == [lacking]
    host.stop()
    serving.join()


def test_a_path_too_long_for_a_socket_gets_a_private_place(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90)
    path = socket_path(deep)
    assert len(os.fsencode(path)) < 108
    assert path.parent != deep
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert socket_path(deep) == path


def test_a_temporary_folder_with_a_long_path_is_no_place_for_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / ("long" * 30)))
    assert len(str(socket_path(tmp_path / ("deep" * 30)))) < 100


def test_a_client_may_start_the_host_that_is_missing(tmp_path: Path) -> None:
    host = HostProcess(tmp_path)
    client = HostClient(tmp_path, start_host=host.start)
    client.ping()
    host.stop()
    client.ping()  # stopped, and started again
    host.stop()


def test_a_system_that_starts_no_process_is_said_and_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_process(*_: object, **__: object) -> None:
        raise OSError("Cannot allocate memory")

    monkeypatch.setattr(subprocess, "Popen", no_process)
    told: list[str] = []

    def start() -> None:
        try:
            HostProcess(tmp_path).start()
        except CatalogError as error:
            told.append(error.text)

    starting = threading.Thread(target=start, daemon=True)
    starting.start()
    starting.join(PATIENCE_S)
    assert told == ["The index host cannot be started (Cannot allocate memory)."]
