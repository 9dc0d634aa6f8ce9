"""A whole production installation: MariaDB, Redis, Temporal, index host, web processes and workers, each its own.

The one part that differs from production is the index: no Qdrant server runs here, so the web processes and the
workers share the embedded index's host.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx

from tests.services.mariadb import MariaDB
from tests.services.redis import Redis
from tests.services.server import ROOT, LocalServer
from tests.services.temporal import Temporal


class Web(LocalServer):
    """`manage.py web` on a port of its own."""

    name = "web"

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def command(self) -> Sequence[str]:
        return [sys.executable, "manage.py", "web", "--port", str(self.port)]

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False


class Worker(LocalServer):
    """`manage.py temporal_worker`. It waits for Temporal by itself, so it "answers" as soon as it runs."""

    name = "worker"

    @property
    def url(self) -> str:
        return ""

    def command(self) -> Sequence[str]:
        return [sys.executable, "manage.py", "temporal_worker"]

    def answers(self) -> bool:
        return "Working for" in self.log.read_text()


class IndexHost(LocalServer):
    """`manage.py index_host`."""

    name = "index"

    @property
    def url(self) -> str:
        return ""

    def command(self) -> Sequence[str]:
        return [sys.executable, "manage.py", "index_host"]

    def answers(self) -> bool:
        return "ready" in self.log.read_text()


class Stack:
    """Use as a context manager; every part has `stop`, `kill`, `freeze`, `thaw` and `start`.

    `environment` is what our own processes run with: change it before `start`.
    """

    def __init__(self, folder: Path, *, webs: int = 2, workers: int = 1, durable: bool = False) -> None:
        self.folder = folder
        self.mariadb = MariaDB(folder / "mariadb", durable=durable)
        self.redis = Redis(folder / "redis")
        self.temporal = Temporal(folder / "temporal")
        var = folder / "var"
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in ("SECRET_KEY", "PYTEST_CURRENT_TEST")
            },
            "DJANGO_SETTINGS_MODULE": "eaichat.settings",
            "DATABASE_URL": self.mariadb.url,
            "REDIS_URL": self.redis.url,
            "TEMPORAL_ADDRESS": self.temporal.url,
            "EAICHAT_VAR": str(var),
            "DEMO": "1",
            "CHAT_CONVERSATIONS_PER_ADDRESS": "0",  # one machine plays every shopper
            "CHAT_SOCKETS_PER_ADDRESS": "0",
            "PYTHONWARNINGS": "default",
        }
        self.index = IndexHost(folder, environment=self.environment)
        self.webs = [Web(folder, name=f"web-{number}", environment=self.environment) for number in range(webs)]
        self.workers = [
            Worker(folder, name=f"worker-{number}", environment=self.environment) for number in range(workers)
        ]
        self.environment["PUBLIC_URL"] = self.webs[0].url if self.webs else "http://localhost"

    @property
    def parts(self) -> list[LocalServer]:
        return [self.mariadb, self.redis, self.temporal, self.index, *self.webs, *self.workers]

    def start(self) -> None:
        """Start everything, migrate, fill the demo store. Raises ServiceMissing."""
        servers = (self.mariadb, self.redis, self.temporal)
        for server in servers:
            server.launch()
        for server in servers:
            server.wait()
        self.manage("migrate", "--verbosity=0")
        self.index.start()
        self.manage("seed_demo")
        processes = (*self.webs, *self.workers)
        for process in processes:
            process.launch()
        for process in processes:
            process.wait()

    def stop(self) -> None:
        """Our processes first, all at once; then what they lean on."""
        ours = (*self.webs, *self.workers)
        for parts in (ours, tuple(part for part in self.parts if part not in ours)):
            for part in parts:
                part.thaw()
                part.ask_to_stop()
            for part in parts:
                part.wait_for_end(within=10)

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` on this installation and return what it printed."""
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def ask(self, expression: str) -> Any:
        """The JSON value of a Python expression, evaluated by `manage.py shell`."""
        code = f"import json; print('=>' + json.dumps({expression}, default=str))"
        return json.loads(self.manage("shell", "--no-imports", "-c", code).rpartition("=>")[2])

    def logs(self) -> str:
        """What every process printed, for a failing test."""
        return "\n".join(f"--- {part.name}\n{part.log.read_text()}" for part in self.parts if part.log.exists())

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
