"""The dev server as a child: found, started, killed, started again, and never left behind."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from apps.connectors.tests.waiting import eventually
from eaichat.management import children, temporal_binary
from eaichat.management.temporal_binary import BuildProgress, ProvisioningError, find, provide
from eaichat.management.temporal_server import TemporalServer
from eaichat.temporal import connect, start
from eaichat.temporal_state import ServerState, read_address, read_state, write_state

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cache(temporal_program: Path, tmp_path: Path) -> Path:
    """A cache of our own that holds the program already."""
    folder = tmp_path / "cache" / "bin"
    folder.mkdir(parents=True)
    (folder / "temporal").symlink_to(temporal_program)
    return folder.parent


@contextlib.asynccontextmanager
async def running(server: TemporalServer) -> AsyncIterator[None]:
    stop = asyncio.Event()
    task = asyncio.create_task(server.run(stop=stop))
    try:
        yield
    finally:
        stop.set()
        await task


async def until(folder: Path, state: str) -> ServerState:
    await eventually(lambda: read_state(folder).state == state)
    return read_state(folder)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()


async def gone(pid: int) -> None:
    await eventually(lambda: not alive(pid))


async def test_what_was_open_when_the_server_was_killed_is_open_when_it_is_back(
    cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "temporal"
    server = TemporalServer(folder=folder, cache=cache, log=tmp_path / "log" / "temporal.log")
    async with running(server):
        await until(folder, "running")
        address, first = server.address(), server.pid
        assert address is not None
        assert first is not None
        client = await connect(address)
        assert await start(client, workflow="Kept", workflow_id="kept", argument={}, task_queue="none")
        os.kill(first, signal.SIGKILL)
        await gone(first)
        await eventually(lambda: server.pid not in (None, first) and read_state(folder).state == "running")
        assert server.address() == address  # so that workers find it again
        description = await (await connect(address)).get_workflow_handle("kept").describe()
        assert description.status is not None
        assert description.status.name == "RUNNING"
        second = server.pid
    assert second is not None
    await gone(second)
    assert read_state(folder).state == "stopped"


async def test_a_second_owner_waits_for_the_first_and_takes_over(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporal"
    servers = [TemporalServer(folder=folder, cache=cache, log=tmp_path / "temporal.log") for _ in range(2)]
    async with running(servers[1]):
        async with running(servers[0]):
            await until(folder, "running")
            assert [server.pid is not None for server in servers].count(True) == 1
            first, second = sorted(servers, key=lambda server: server.pid is None)
            assert first.address() == second.address()
            os.kill(first.pid or 0, signal.SIGTERM)
        await eventually(lambda: servers[1].pid is not None and read_state(folder).state == "running")


async def test_a_server_that_ends_at_once_is_a_failure_with_its_last_words(cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "temporal"
    folder.mkdir()
    (folder / "temporal.db").write_bytes(b"this is no database, and long enough to be read as one " * 100)
    server = TemporalServer(folder=folder, cache=cache, log=tmp_path / "temporal.log")
    async with running(server):
        state = await until(folder, "failed")
    assert "not a database" in state.detail


def test_the_server_dies_with_its_parent_even_after_sigkill(cache: Path, tmp_path: Path) -> None:
    script = f"""
import asyncio
from pathlib import Path
from eaichat.management.temporal_server import TemporalServer

folder, cache = Path({str(tmp_path / "temporal")!r}), Path({str(cache)!r})
server = TemporalServer(folder=folder, cache=cache, log=folder / "log")

async def main():
    task = asyncio.create_task(server.run(stop=asyncio.Event()))
    while not (server.pid and server.address()):
        await asyncio.sleep(0.02)
    print(server.pid, flush=True)
    await task

asyncio.run(main())
"""
    command = [sys.executable, "-c", script]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=PROJECT) as parent:  # noqa: S603 - our own script
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    asyncio.run(gone(pid))
    assert read_state(tmp_path / "temporal").state == "stopped"  # though it had no time to say so


async def test_the_program_is_found_in_the_cache(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert await find(cache) == cache / "bin" / "temporal"
    assert await find(tmp_path / "elsewhere") is None


async def test_another_program_of_that_name_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    impostor = tmp_path / "temporal"
    impostor.write_text("#!/bin/sh\necho some other tool 1.0\n")
    impostor.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert await find(tmp_path / "cache") is None


async def test_a_build_reports_its_steps_and_puts_the_program_in_place(
    temporal_program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a `go` that answers like the real one, whose build takes minutes."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "go").write_text(
        "#!/bin/sh\n"
        '[ "$1" = version ] && { echo "go version go1.26.6 linux/amd64"; exit 0; }\n'
        'echo "go: downloading go.temporal.io/server v1.29.1" >&2\n'
        "echo go.temporal.io/server/common/log >&2\n"
        'mkdir -p "$GOBIN" && cp "$REAL" "$GOBIN/temporal"\n'
    )
    (tools / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("REAL", str(temporal_program))
    monkeypatch.setattr(temporal_binary, "download", no_download)
    said: list[tuple[str, float | None]] = []
    program = await provide(tmp_path / "cache", report=lambda *report: said.append(report))
    assert program == tmp_path / "cache" / "bin" / "temporal"
    assert os.access(program, os.X_OK)
    assert not (tmp_path / "cache" / "build").exists()
    assert [what.partition(":")[0] for what, _ in said] == [
        "Downloading the workflow server",
        "Building the workflow server",
        "Building the workflow server",
    ]


async def no_download(cache: Path, target: Path) -> bool:
    return False


async def test_a_build_that_fails_says_why_and_keeps_its_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "go").write_text(
        "#!/bin/sh\n"
        '[ "$1" = version ] && { echo go1.26; exit 0; }\n'
        'echo "dial tcp: no route to host" >&2; exit 1\n'
    )
    (tools / "go").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setattr(temporal_binary, "download", no_download)
    with pytest.raises(ProvisioningError, match="no route to host"):
        await provide(tmp_path / "cache", report=lambda *_: None)
    assert (tmp_path / "cache" / "build").exists()


async def test_a_full_disk_is_said_before_the_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(temporal_binary, "download", no_download)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 9, 1))
    with pytest.raises(ProvisioningError, match="5 GB"):
        await provide(tmp_path / "cache", report=lambda *_: None)


def test_progress_of_a_build_only_grows_and_stays_below_the_end() -> None:
    shares: list[float] = []
    progress = BuildProgress(lambda _, share: shares.append(share or 0.0))
    for number in range(300):
        progress.line(f"go: downloading example.com/module{number} v1.0.0")
    for number in range(3000):
        progress.line(f"example.com/package{number}")
    progress.line("warning: something else entirely")
    assert shares == sorted(shares)
    assert len(shares) == 3300
    assert shares[-1] < 1


async def test_a_child_that_ignores_sigterm_is_killed(tmp_path: Path) -> None:
    process = await children.spawn(
        ["/bin/sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"], stdout=-1
    )
    assert process.stdout is not None
    await process.stdout.readline()
    assert await children.stop(process, grace=0.2) == -signal.SIGKILL


async def test_ctrl_c_in_the_terminal_does_not_reach_a_child() -> None:
    process = await children.spawn(["/bin/sh", "-c", "sleep 60"])
    assert os.getpgid(process.pid) != os.getpgid(0)
    await children.stop(process)


def test_the_state_of_a_process_that_is_gone_is_stopped(tmp_path: Path) -> None:
    assert read_state(tmp_path).state == "stopped"
    write_state(tmp_path, ServerState("preparing", "Building", 0.5))
    assert read_state(tmp_path) == ServerState("preparing", "Building", 0.5)
    kept = json.loads((tmp_path / "state.json").read_text())
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        pass
    (tmp_path / "state.json").write_text(json.dumps({**kept, "pid": ended.pid}))
    assert read_state(tmp_path).state == "stopped"
    (tmp_path / "state.json").write_text("half a fi")
    assert read_state(tmp_path).state == "stopped"
    assert read_address(tmp_path) is None
