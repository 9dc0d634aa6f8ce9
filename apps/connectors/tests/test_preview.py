"""The first page of a platform before and after it is connected, and the schedule, through Django's client."""

from __future__ import annotations

import html

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditLog, Store, User, WorkflowStart
from apps.catalog.engine.catalog import Catalog
from apps.connectors import previews, services
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector
from apps.connectors.tests.feeds import serving
from apps.connectors.tests.platform_server import PlatformServer, body

PREVIEW = "/console/connectors/preview/"


@pytest.fixture
def console(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.fixture
def connector(store: Store, demo_platform: PlatformServer) -> ConnectorConfig:
    return services.add_connector(
        store=store,
        actor=None,
        platform="fakestore",
        name="Fake shop",
        settings=FakeStoreConnector.Settings(base_url=demo_platform.url),
    )


def page(connector: ConnectorConfig, what: str = "") -> str:
    return f"{reverse('console_connector', args=[connector.pk])}{what}"


def shown(client: Client, where: str, /, **typed: str) -> str:
    response = client.post(where, typed)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def test_what_is_typed_is_previewed_and_nothing_is_stored(
    console: Client, store: Store, demo_platform: PlatformServer, catalog: Catalog
) -> None:
    demo_platform.products[1]["title"] = ""
    told = shown(console, PREVIEW, platform="fakestore", base_url=demo_platform.url)
    assert "Harbour Rain Jacket" in told
    assert "58.00 USD" in told
    assert "Product 2: title" in told
    assert "<nav" not in told  # a part of a page
    assert not ConnectorConfig.objects.exists()
    assert catalog.count(store_id=str(store.pk)) == 0


def test_a_feeds_preview_names_the_columns_that_are_read_and_those_that_are_not(
    console: Client, settings: LazySettings
) -> None:
    with serving("id,title,price,mood\n1,Shirt,20 EUR,calm\n2,Mug,free,\n") as server:
        settings.DEMO, settings.PUBLIC_URL = True, server.url
        told = shown(console, PREVIEW, platform="feed", url=f"{server.url}/feed.csv")
    assert "Shirt" in told
    assert "price from “price”" in told
    assert "<li>mood</li>" in told
    assert "“free” is no price" in told


def test_what_is_missing_in_the_form_is_said_in_place_of_a_preview(console: Client) -> None:
    assert "Address of the API: This field is required." in shown(console, PREVIEW, platform="fakestore")


def test_a_stored_connector_is_previewed(console: Client, connector: ConnectorConfig) -> None:
    assert "Harbour Rain Jacket" in shown(console, page(connector, "preview/"))


def test_a_platform_that_does_not_answer_is_told(
    console: Client, connector: ConnectorConfig, platform: PlatformServer
) -> None:
    platform.answers["/products"] = body(b"<html>")
    assert "answered with a web page" in shown(console, page(connector, "preview/"))


def test_no_request_begins_when_the_time_of_a_preview_is_over(
    console: Client, connector: ConnectorConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previews, "_WITHIN", -1.0)
    assert "takes longer than a person can wait" in shown(console, page(connector, "preview/"))


def test_a_schedule_is_chosen_recorded_and_follows_in_temporal(
    console: Client, connector: ConnectorConfig, manager: User, catalog: Catalog
) -> None:
    before = html.unescape(console.get(page(connector)).content.decode())
    assert '<option value="off" selected>' in before
    typed = {"schedule": "hourly", "full_every": "72", "paused": "on"}
    done = console.post(page(connector, "schedule/"), typed, follow=True).content.decode()
    assert "The schedule was saved" in done
    connector.refresh_from_db()
    assert (connector.schedule, connector.full_every, connector.paused) == ("hourly", 72, True)
    entry = AuditLog.objects.get(action="connector.changed", actor=manager)
    assert entry.data["changes"]["schedule"] == ["off", "hourly"]
    assert WorkflowStart.objects.get().workflow == "ScheduleWorkflow"
    assert "Paused" in console.get(reverse("console_connectors")).content.decode()
    console.post(page(connector, "schedule/"), {**typed, "paused": ""})
    assert "Every hour" in console.get(reverse("console_connectors")).content.decode()


def test_a_schedule_that_is_none_is_refused(console: Client, connector: ConnectorConfig, catalog: Catalog) -> None:
    done = console.post(page(connector, "schedule/"), {"schedule": "1s", "full_every": "24"}, follow=True)
    assert "Choose one of the schedules" in done.content.decode()
    connector.refresh_from_db()
    assert connector.schedule == "off"


def test_a_platform_that_tells_of_changes_is_given_an_address(
    console: Client, store: Store, connector: ConnectorConfig, catalog: Catalog
) -> None:
    woo = services.add_connector(
        store=store,
        actor=None,
        platform="woocommerce",
        name="Woo",
        settings=WooCommerceConnector.Settings(
            base_url="https://a.example", consumer_key="ck_1234567890", consumer_secret="cs_1234567890"
        ),
    )
    assert f"/connectors/{woo.pk}/webhook" in console.get(page(woo)).content.decode()
    assert "Address for webhooks" not in console.get(page(connector)).content.decode()


def test_a_viewer_neither_previews_nor_schedules(
    client: Client, connector: ConnectorConfig, viewer: User, store: Store
) -> None:
    client.force_login(viewer)
    for url in (PREVIEW, page(connector, "preview/"), page(connector, "schedule/")):
        assert client.post(url).status_code == 403
        assert client.get(url).status_code == 405


def test_another_stores_connector_is_neither_previewed_nor_scheduled(
    client: Client, connector: ConnectorConfig, stranger: User, other_store: Store
) -> None:
    other_store.memberships.create(user=stranger, role="owner")
    client.force_login(stranger)
    for what in ("preview/", "schedule/"):
        assert client.post(page(connector, what)).status_code == 404
