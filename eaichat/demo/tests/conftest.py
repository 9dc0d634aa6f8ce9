from __future__ import annotations

import pytest
from pytest_django import Settings

from eaichat.demo import shop


@pytest.fixture
def demo(settings: Settings) -> Settings:
    """The demo is on."""
    settings.DEMO = True
    settings.ROOT_URLCONF = "eaichat.demo.tests.urlconf"
    settings.PUBLIC_URL = "http://localhost:8000"
    return settings


@pytest.fixture
def few_products(monkeypatch: pytest.MonkeyPatch) -> tuple[shop.Item, ...]:
    """The seed sees six products: embedding all of them for every test would take minutes."""
    few = (*shop.items()[:5], shop.titled("Dune Stoneware Mug"))
    monkeypatch.setattr("eaichat.demo.seed.items", lambda: few)
    return few
