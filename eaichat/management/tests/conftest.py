"""What tests of workflows share."""

from __future__ import annotations

import uuid

import pytest
from django.conf import LazySettings

from apps.accounts.models import Store
from apps.connectors import services
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.tests.platform_server import PlatformServer


@pytest.fixture
def own_queue(settings: LazySettings) -> None:
    """Tests share a server, so each has a queue of its own."""
    settings.TEMPORAL_TASK_QUEUE = f"test-{uuid.uuid4()}"


@pytest.fixture
def connector(store: Store, demo_platform: PlatformServer) -> ConnectorConfig:
    """A link to a platform with five products."""
    return services.add_connector(
        store=store,
        actor=None,
        platform="fakestore",
        name="Fake shop",
        settings=FakeStoreConnector.Settings(base_url=demo_platform.url),
    )
