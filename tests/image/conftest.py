"""The compose file, filled in as an operator does it, and running."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.accounts.tests.machine import missing
from tests.image.compose import Compose, read_env
from tests.image.production import Production
from tests.services.server import ROOT, ServiceMissing


@pytest.fixture(scope="session")
def env(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The `.env` that scripts/make-env makes from the example."""
    folder = tmp_path_factory.mktemp("env")
    return read_env(made_env(folder))


def made_env(folder: Path) -> Path:
    (folder / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "make-env", folder / "scripts")
    shutil.copy(ROOT / ".env.example", folder)
    subprocess.run(  # noqa: S603 - our own script
        [folder / "scripts" / "make-env", "https://chat.example.com"], check=True, capture_output=True, timeout=60
    )
    return folder / ".env"


@pytest.fixture(scope="session")
def compose(env: dict[str, str]) -> Compose:
    return Compose(env)


@pytest.fixture(scope="session")
def production(env: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Production]:
    """Every service of the compose file that can run here."""
    running = Production(tmp_path_factory.mktemp("production"), env)
    try:
        running.start()
        yield running
    except ServiceMissing as error:
        missing(str(error))
    finally:
        running.stop()
