"""`catalog()` in its processes: a short command brings a host along, a long one waits for `up`'s."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from apps.accounts.tests.machine import PATIENCE_S
from apps.catalog import runtime
from apps.catalog.engine.adapters.server import ServerBackend
from apps.catalog.engine.embedding import EmbeddingService, FastEmbedder
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.hosting.host_process import HostProcess
from apps.catalog.engine.hosting.wire import socket_path

ROOT = Path(__file__).resolve().parents[3]
COUNT = "from apps.catalog.runtime import catalog; print('count', catalog().count(store_id='nobody'))"


def manage(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - our own command
        [sys.executable, str(ROOT / "manage.py"), *arguments],
        cwd=ROOT,
        env={**os.environ, "EAICHAT_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_short_command_starts_a_host_and_leaves_none_behind(tmp_path: Path) -> None:
    done = manage(tmp_path, "shell", "-c", COUNT)
    assert "count 0" in done.stdout, done.stderr
    assert not socket_path(tmp_path / "index").exists()


def test_a_short_command_uses_the_host_that_runs(
    own_host: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR = own_host.parent
    monkeypatch.setattr(sys, "argv", ["manage.py", "migrate"])
    monkeypatch.setattr(HostProcess, "start", lambda self: pytest.fail("a host runs already"))
    assert runtime.build_catalog().vectors.backend.collections() == []


def test_index_host_serves_until_it_is_told_to_stop(tmp_path: Path) -> None:
    environment = {**os.environ, "EAICHAT_VAR": str(tmp_path)}
    command = [sys.executable, str(ROOT / "manage.py"), "index_host"]
    host = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - ours
    assert host.stdout is not None
    assert host.stdout.readline().strip() == "ready"
    HostClient(tmp_path / "index").ping()
    host.terminate()
    assert host.wait(timeout=PATIENCE_S) == 0
    host.stdout.close()


def test_index_host_says_in_one_line_that_the_index_is_held(own_host: Path) -> None:
    done = manage(own_host.parent, "index_host")
    assert done.returncode == 1
    assert "Another index host holds" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("command", "starts"), [("migrate", True), ("up", False), ("temporal_worker", False)])
def test_only_short_commands_start_a_host(monkeypatch: pytest.MonkeyPatch, command: str, starts: bool) -> None:
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    assert runtime.starts_own_host() is starts


def test_a_server_is_used_where_the_settings_name_one(settings: Settings) -> None:
    settings.QDRANT_URL = "http://127.0.0.1:9"
    backend = runtime.build_catalog().vectors.backend
    assert isinstance(backend, ServerBackend)
    backend.close()


@pytest.mark.parametrize(("command", "alone"), [("web", True), ("up", False)])
def test_a_web_process_embeds_on_one_thread(
    monkeypatch: pytest.MonkeyPatch, embeddings: EmbeddingService, command: str, alone: bool
) -> None:
    """`embeddings` is named so that the model has been fetched."""
    monkeypatch.setattr(sys, "argv", ["manage.py", command])
    embedder = runtime.build_catalog().embeddings.embedder
    assert isinstance(embedder, FastEmbedder)
    assert embedder.threads == (1 if alone else os.cpu_count())
    assert embedder.embed(["a warm jacket"]).shape == (1, 384)
