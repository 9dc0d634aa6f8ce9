"""`python -m tests.services.suite ARGUMENTS`: what works on the database, once more, on a MariaDB of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.services.mariadb import MariaDB
from tests.services.server import ROOT, ServiceMissing


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="eaichat-mariadb-") as folder:
        mariadb = MariaDB(Path(folder))
        try:
            mariadb.start()
        except ServiceMissing as error:
            sys.stderr.write(f"The second run, on MariaDB, is left out: {error}\n")
            return 1 if os.environ.get("CI") else 0
        try:
            return _pytest(arguments, mariadb.url)
        finally:
            mariadb.kill()


def _pytest(arguments: list[str], database: str) -> int:
    sys.stdout.write("\nAgain on MariaDB:\n")
    sys.stdout.flush()
    chosen = ["-m", "database and not e2e and not alike", "apps", "eaichat", *arguments]
    environment = {**os.environ, "DATABASE_URL": database}
    return subprocess.run(  # noqa: S603 - our own tests
        [sys.executable, "-m", "pytest", *chosen], cwd=ROOT, env=environment, check=False
    ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
