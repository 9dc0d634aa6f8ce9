"""`manage.py web` on an installation that is not ready: one line that says what to do first."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from tests.ports import free_port
from tests.services.mariadb import NAME, MariaDB
from tests.services.server import usual_port


def refusal(var: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env={**os.environ, "EAICHAT_VAR": str(var), "DATABASE_URL": "", "REDIS_URL": "", **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    return done.stderr


def test_it_does_not_serve_on_tables_of_another_version_nor_without_an_index(tmp_path: Path) -> None:
    port = str(free_port())
    assert "run `manage.py migrate` first" in refusal(tmp_path, "web", "--port", port)
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "EAICHAT_VAR": str(tmp_path), "DATABASE_URL": "", "REDIS_URL": ""},
        check=True,
        timeout=120,
    )
    assert "Start it first: `manage.py index_host`" in refusal(tmp_path, "web", "--port", port)


@pytest.mark.parametrize(
    ("change", "told"),
    [(("loopback-only", "hunter2"), "Access denied"), ((f"/{NAME}", "/nowhere"), "Unknown database")],
)
def test_a_database_that_refuses_us_is_one_line_without_the_password(
    mariadb: MariaDB, tmp_path: Path, change: tuple[str, str], told: str
) -> None:
    head, _, tail = mariadb.url.rpartition(change[0])
    line = refusal(tmp_path, "web", "--port", str(free_port()), DATABASE_URL=f"{head}{change[1]}{tail}")
    assert "check DATABASE_URL" in line
    assert told in line
    assert "hunter2" not in line


def test_a_command_without_its_database_ends_in_one_line_too(tmp_path: Path) -> None:
    nobody = f"mysql://eaichat:hunter2@127.0.0.1:{free_port()}/eaichat"
    line = refusal(tmp_path, "migrate", DATABASE_URL=nobody)
    assert line.startswith("The database cannot be used, check DATABASE_URL: Can't connect")
    assert "hunter2" not in line


def test_a_busy_port_names_the_command_that_was_given(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"manage.py web --port {port + 1}" in refusal(tmp_path, "web", "--port", str(port))


def test_a_port_that_was_taken_while_the_models_were_loaded_is_an_error_too(tmp_path: Path) -> None:
    taken = (
        "import django, socket, sys; django.setup()\n"
        "from eaichat.management.installation import InstallationError\n"
        "from eaichat.management.serving import serve\n"
        "other = socket.create_server(('127.0.0.1', 0))\n"
        "try: serve(host='127.0.0.1', port=other.getsockname()[1], companions=[], on_ready=lambda: None)\n"
        "except InstallationError as error: sys.exit(str(error))\n"
    )
    done = subprocess.run(  # noqa: S603 - our own lines
        [sys.executable, "-c", taken],
        cwd=settings.BASE_DIR,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "eaichat.settings", "EAICHAT_VAR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "Couldn't listen on 127.0.0.1" in done.stderr.splitlines()[-1]


def test_make_services_takes_its_usual_port_again_although_old_connections_linger() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 0))
        server.listen()
        port: int = server.getsockname()[1]
        assert usual_port(port) != port
        with socket.create_connection(("127.0.0.1", port)):
            accepted, _ = server.accept()
            accepted.close()  # first: this side waits for stragglers
    assert usual_port(port) == port
