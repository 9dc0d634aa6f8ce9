"""Fixtures of this room alone; those for other rooms are in fixtures.py."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.catalog.engine.hosting.host_process import HostProcess


@pytest.fixture
def own_host(tmp_path: Path) -> Iterator[Path]:
    """The directory of an index host that this test may stop, break, or fill with another model."""
    host = HostProcess(tmp_path / "index")
    host.start()
    yield tmp_path / "index"
    host.stop()
