"""Store platforms for every room's tests (a pytest plugin, named in /conftest.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from apps.connectors.tests.platform_server import PlatformServer


@pytest.fixture
def platform() -> Iterator[PlatformServer]:
    """A store platform in the Fake Store API's shape, on loopback."""
    server = PlatformServer()
    yield server
    server.close()


@pytest.fixture
def demo_platform(platform: PlatformServer, settings: LazySettings) -> PlatformServer:
    """The same, allowed as the demo's own address: the only private one that connectors may reach."""
    settings.DEMO = True
    settings.PUBLIC_URL = platform.url
    return platform
