"""MariaDB of this machine, as a server of its own."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.services.server import LocalServer, ServiceMissing

USER, PASSWORD, NAME = "eaichat", "loopback-only", "eaichat"
_ADVICE = "MariaDB is not installed. On Debian or Ubuntu: sudo apt install mariadb-server"
_CLIENT = "mysqlclient is not installed. On Debian or Ubuntu: sudo apt install libmariadb-dev pkg-config gcc"
_SETUP = f"""\
CREATE DATABASE IF NOT EXISTS {NAME} CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci;
CREATE USER IF NOT EXISTS '{USER}'@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';
GRANT ALL ON *.* TO '{USER}'@'127.0.0.1';
"""  # all: tests make databases of their own, and end each other's connections
_AS_ROOT = () if os.getuid() else ("--user=root",)  # it does not run as root without being told to
_FAST = ("--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0", "--sync-binlog=0")


class MariaDB(LocalServer):
    """What is committed survives a kill, and with `durable` a power cut, as in production."""

    name = "mariadb"

    def __init__(self, folder: Path, *, port: int = 0, durable: bool = False) -> None:
        super().__init__(folder, port=port)
        self.durable = durable

    @property
    def url(self) -> str:
        return self.url_of(NAME)

    def url_of(self, name: str) -> str:
        """The address of another database on the same server."""
        return f"mysql://{USER}:{PASSWORD}@{self.address}/{name}"

    def connect(self, **options: Any) -> Any:
        """A connection of mysqlclient, which not every machine can build: nothing imports it before it is used."""
        import MySQLdb

        return MySQLdb.connect(
            host="127.0.0.1", port=self.port, user=USER, password=PASSWORD, charset="utf8mb4", **options
        )

    def command(self) -> Sequence[str]:
        if importlib.util.find_spec("MySQLdb") is None:
            raise ServiceMissing(_CLIENT)
        data = self.folder / "data"
        if not data.exists():
            self._install(data)
        return [
            _program("mariadbd", "/usr/sbin"),
            "--no-defaults",
            f"--datadir={data}",
            *_AS_ROOT,
            "--bind-address=127.0.0.1",
            f"--port={self.port}",
            f"--socket={self.folder / 'sock'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--init-file={self.folder / 'setup.sql'}",
            "--skip-name-resolve",
            "--innodb-buffer-pool-size=128M",
            "--max-connections=200",
            *(() if self.durable else _FAST),
        ]

    def _install(self, data: Path) -> None:
        """In a draft, since a folder that is half made would never be completed; Ctrl-C does not reach it."""
        draft = data.with_name("data.new")
        shutil.rmtree(draft, ignore_errors=True)
        (self.folder / "setup.sql").write_text(_SETUP)
        done = subprocess.run(  # noqa: S603 - the package's own command
            [
                _program("mariadb-install-db", "/usr/bin"),
                "--no-defaults",
                f"--datadir={draft}",
                *_AS_ROOT,
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=False,
            capture_output=True,
            text=True,
            start_new_session=True,
        )
        if done.returncode:
            raise RuntimeError(f"mariadb-install-db ended with {done.returncode}:\n{done.stdout}{done.stderr}")
        draft.rename(data)

    def answers(self) -> bool:
        done = subprocess.run(  # noqa: S603 - the package's own command
            [
                _program("mariadb-admin", "/usr/bin"),
                "--no-defaults",
                "--connect-timeout=2",
                "--host=127.0.0.1",
                f"--port={self.port}",
                f"--user={USER}",
                f"--password={PASSWORD}",
                "ping",
            ],
            check=False,
            capture_output=True,
            timeout=10,
        )
        return done.returncode == 0


def _program(name: str, beside: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=beside)
    if found is None:
        raise ServiceMissing(_ADVICE)
    return found
