"""Buttons that two people press at the same moment."""

from __future__ import annotations

from functools import partial

import pytest

from apps.accounts.models import Store, User, WorkflowStart
from apps.accounts.tests.racing import at_once, failures
from apps.connectors import services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.fakestore import FakeStoreConnector

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def connector(store: Store, owner: User) -> ConnectorConfig:
    return _add(store, owner, "Shop")


def _add(store: Store, owner: User, name: str) -> ConnectorConfig:
    settings = FakeStoreConnector.Settings(base_url="https://shop.example/api")
    return services.add_connector(store=store, actor=owner, platform="fakestore", name=name, settings=settings)


def test_six_who_ask_for_a_sync_get_the_same_one(connector: ConnectorConfig, owner: User) -> None:
    done = at_once(*[partial(services.request_sync, connector=connector, actor=owner)] * 6)
    assert not failures(done)
    assert len({run.pk for run in done if isinstance(run, SyncRun)}) == 1
    assert SyncRun.objects.count() == WorkflowStart.objects.count() == 1


def test_only_one_connector_of_a_store_has_no_prefix(store: Store, owner: User) -> None:
    done = at_once(*(partial(_add, store, owner, f"Shop {number}") for number in range(4)))
    assert not failures(done)
    assert ConnectorConfig.objects.filter(product_prefix="").count() == 1
    assert ConnectorConfig.objects.values("product_prefix").distinct().count() == 4


def test_a_connector_that_is_deleted_twice_or_while_it_is_changed_stays_deleted(
    connector: ConnectorConfig, owner: User
) -> None:
    settings = FakeStoreConnector.Settings(base_url="https://other.example/api")
    delete = partial(services.delete_connector, connector=connector, actor=owner)
    change = partial(services.change_connector, connector=connector, actor=owner, name="New", settings=settings)
    done = at_once(delete, change, delete, change)
    assert all(isinstance(error, ConnectorConfig.DoesNotExist) for error in failures(done)), done
    assert not ConnectorConfig.objects.exists()
    assert WorkflowStart.objects.filter(workflow="ProductRemovalWorkflow").count() == 1
