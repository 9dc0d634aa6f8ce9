"""A whole installation for tests and benchmarks: `manage.py up` on a free port with data of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.ports import free_port

ROOT = Path(__file__).resolve().parent.parent


class Installation:
    """Runs `manage.py up`; `url` is its address. Use as a context manager."""

    def __init__(self, var: Path, *, demo: bool = True) -> None:
        self.var = var
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            **os.environ,
            "EAICHAT_VAR": str(var),
            "PORT": str(self.port),
            "DEMO": "1" if demo else "0",
            "PYTHONWARNINGS": "default",
            "DJANGO_SETTINGS_MODULE": "eaichat.settings",
        }
        self.environment.pop("SECRET_KEY", None)
        self.process: subprocess.Popen[str] | None = None

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, *, seconds: float = 90) -> float:
        """Start it and wait until it is healthy. Returns the seconds that took."""
        began = time.monotonic()
        self.var.mkdir(parents=True, exist_ok=True)
        with (self.var / "up.out").open("a") as out:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        while time.monotonic() - began < seconds:
            if self.process.poll() is not None:
                raise AssertionError(f"`manage.py up` ended with {self.process.returncode}:\n{self.output()}")
            if self.healthy():
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(f"not healthy within {seconds} s:\n{self.output()}")

    def healthy(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def output(self) -> str:
        path = self.var / "up.out"
        return path.read_text() if path.exists() else ""

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self, number: int = signal.SIGTERM, *, seconds: float = 60) -> int:
        """Send a signal and return the exit code."""
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(seconds)

    def ask(self, expression: str) -> Any:
        """The JSON value of a Python expression, evaluated by this installation's own `manage.py shell`."""
        code = f"import json; print('=>' + json.dumps({expression}, default=str))"
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return json.loads(done.stdout.rpartition("=>")[2])

    def __enter__(self) -> Installation:
        self.start()
        return self

    def __exit__(self, *details: object) -> None:
        if self.running:
            self.stop()


def descendants(pid: int) -> set[int]:
    """Process ids below `pid`, read from /proc."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[0] != "Z":
            parents[int(entry.name)] = int(fields[1])
    found: set[int] = set()
    frontier = {pid}
    while frontier:
        frontier = {child for child, parent in parents.items() if parent in frontier} - found
        found |= frontier
    return found


def command_of(pid: int) -> str:
    """Its command line; nothing when it has ended."""
    try:
        return (Path("/proc") / str(pid) / "cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def alive(pids: set[int]) -> set[int]:
    """Those of `pids` that still run (zombies apart)."""
    living = set()
    for pid in pids:
        try:
            state = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if state != "Z":
            living.add(pid)
    return living


def resident_megabytes(pid: int) -> float:
    for line in (Path("/proc") / str(pid) / "status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise AssertionError(f"process {pid} has no VmRSS")
