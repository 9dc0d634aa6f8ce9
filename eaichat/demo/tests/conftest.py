from __future__ import annotations

import pytest
from pytest_django import Settings


@pytest.fixture
def demo(settings: Settings) -> Settings:
    """The demo is on."""
    settings.DEMO = True
    settings.ROOT_URLCONF = "eaichat.demo.tests.urlconf"
    settings.PUBLIC_URL = "http://localhost:8000"
    return settings
