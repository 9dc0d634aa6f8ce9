"""The console's pages of connectors, through Django's client, over a real platform and a real index."""

from __future__ import annotations

import html
import re
import uuid
from datetime import timedelta

import pytest
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import AuditLog, Membership, Store, User, WorkflowStart
from apps.catalog import runtime
from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.hosting.client import HostClient
from apps.connectors import runs, services
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.tests.platform_server import PlatformServer, body
from eaichat.temporal_state import ServerState, write_state

LIST = "/console/connectors/"


@pytest.fixture
def console(client: Client, manager: User) -> Client:
    """A browser in which a manager is signed in."""
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


def text(console: Client, url: str) -> str:
    response = console.get(url)
    assert response.status_code == 200
    return html.unescape(response.content.decode())


def page(connector: ConnectorConfig) -> str:
    return reverse("console_connector", args=[connector.pk])


def test_without_a_connector_the_page_says_what_to_do(console: Client, catalog: Catalog) -> None:
    shown = text(console, LIST)
    assert "No connector yet" in shown
    assert reverse("console_connector_new") in shown


def test_the_form_offers_every_platform_and_what_it_asks_for(console: Client, catalog: Catalog) -> None:
    shown = text(console, f"{LIST}new/")
    offered = re.findall(r'<option value="(\w+)"', shown)
    assert offered == ["shopify", "woocommerce", "magento", "odoo", "feed", "fakestore"]
    assert '<option value="shopify" selected>' in shown
    assert "Address of the API" in text(console, f"{LIST}new/?platform=fakestore")


def test_a_connector_is_added_with_its_address_and_named_after_it(
    console: Client, store: Store, demo_platform: PlatformServer, catalog: Catalog, manager: User
) -> None:
    response = console.post(
        f"{LIST}new/", {"platform": "fakestore", "base_url": f"{demo_platform.url}/", "name": ""}
    )
    added = ConnectorConfig.objects.get()
    assert response.headers["Location"] == page(added)
    assert (added.store, added.settings) == (store, {"base_url": demo_platform.url})
    assert added.name == f"127.0.0.1:{demo_platform.port}"
    assert added.name in text(console, LIST)
    assert AuditLog.objects.filter(action="connector.created", actor=manager, store=store).exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "This field is required"),
        ("ftp://x.example", "Write a web address"),
        ("https://a:b@c.example", "password"),
    ],
)
def test_an_address_that_is_none_is_marked_at_its_field(
    console: Client, catalog: Catalog, typed: str, words: str
) -> None:
    response = console.post(f"{LIST}new/", {"platform": "fakestore", "base_url": typed})
    assert words in html.unescape(response.content.decode())
    assert 'aria-invalid="true"' in response.content.decode()
    assert not ConnectorConfig.objects.exists()


def test_testing_a_connection_stores_nothing_and_tells_what_it_found(
    console: Client, demo_platform: PlatformServer
) -> None:
    answer = console.post(f"{LIST}test/", {"platform": "fakestore", "base_url": demo_platform.url}).json()
    assert answer == {"ok": True, "text": "It works: 5 products, for example “Harbour Rain Jacket”."}
    assert not ConnectorConfig.objects.exists()


def test_testing_an_address_that_is_connected_already_says_so(
    console: Client, connector: ConnectorConfig, platform: PlatformServer, catalog: Catalog
) -> None:
    answer = console.post(f"{LIST}test/", {"platform": "fakestore", "base_url": platform.url}).json()
    assert answer["ok"]
    assert "connected already as Fake shop" in answer["text"]
    added = console.post(f"{LIST}new/", {"platform": "fakestore", "base_url": platform.url}, follow=True)
    assert "show twice" in added.content.decode()
    ConnectorConfig.objects.exclude(pk=connector.pk).delete()
    again = {"platform": "fakestore", "base_url": platform.url, "connector": str(connector.pk)}
    assert "already" not in console.post(f"{LIST}test/", again).json()["text"]


def test_a_failed_test_says_what_is_wrong(console: Client, demo_platform: PlatformServer) -> None:
    demo_platform.answers["/products"] = body(b"<html>")
    answer = console.post(f"{LIST}test/", {"platform": "fakestore", "base_url": demo_platform.url}).json()
    assert (answer["ok"], answer["code"]) == (False, "not_json")
    answer = console.post(f"{LIST}test/", {"platform": "fakestore", "base_url": "http://10.0.0.8"}).json()
    assert answer["code"] == "refused_address"
    answer = console.post(f"{LIST}test/", {"platform": "fakestore", "base_url": ""}).json()
    assert answer["fields"] == {"base_url": "This field is required."}


def test_the_demos_own_address_is_private_without_the_demo(
    console: Client, demo_platform: PlatformServer, settings: LazySettings
) -> None:
    settings.DEMO = False
    answer = console.post(f"{LIST}test/", {"platform": "fakestore", "base_url": demo_platform.url}).json()
    assert answer["code"] == "refused_address"


def test_a_stored_connector_can_be_tested(
    console: Client, connector: ConnectorConfig, platform: PlatformServer
) -> None:
    assert console.post(f"{page(connector)}check/").json()["ok"]
    platform.close()
    assert console.post(f"{page(connector)}check/").json()["code"] == "unreachable"


def test_a_sync_waits_for_workflows_and_says_what_they_wait_for(
    console: Client, connector: ConnectorConfig, catalog: Catalog, settings: LazySettings, tmp_path: object
) -> None:
    settings.VAR_DIR = tmp_path
    response = console.post(f"{page(connector)}sync/", follow=True)
    assert "Waits for workflows" in response.content.decode()
    assert WorkflowStart.objects.get().workflow == "ProductSyncWorkflow"
    write_state(settings.VAR_DIR / "temporal", ServerState("preparing", "Building: 812 packages compiled", 0.6))
    run = console.get(f"{page(connector)}state/").json()["run"]
    assert (run["state"], run["percent"], run["open"]) == ("waiting", 60, True)
    assert "812 packages" in run["text"]
    write_state(settings.VAR_DIR / "temporal", ServerState("failed", "No room on the disk."))
    assert "No room" in console.get(f"{page(connector)}state/").json()["run"]["text"]
    settings.TEMPORAL_ADDRESS = "temporal.internal:7233"
    assert "temporal.internal" in console.get(f"{page(connector)}state/").json()["run"]["text"]


def test_progress_is_told_while_a_sync_runs(console: Client, connector: ConnectorConfig) -> None:
    assert console.get(f"{page(connector)}state/").json() == {"run": None, "log": []}
    run = runs.take_up(run_id=services.new_foreground_run(connector=connector).pk)
    runs.update(run, total=8, seen=3, rejected=1)
    answer = console.get(f"{page(connector)}state/").json()
    told = answer["run"]
    assert (told["percent"], told["text"], told["label"]) == (50, "4 of 8 products", "Running")
    assert ["Read", "3"] in told["counts"]
    assert [line for _, line in answer["log"]] == ["Started."]
    runs.note_failure(run_id=run.pk, code="timeout", text="It took too long.")
    assert console.get(f"{page(connector)}state/").json()["run"]["problem"] == "It took too long. Trying again."


def test_a_sync_is_paused_resumed_and_cancelled_from_its_page(
    console: Client, connector: ConnectorConfig, catalog: Catalog, manager: User
) -> None:
    run = services.request_sync(connector=connector, actor=manager)

    def steer(wish: str) -> str:
        answer = console.post(f"{page(connector)}steer/", {"run": str(run.pk), "wish": wish}, follow=True)
        run.refresh_from_db()
        return answer.content.decode()

    assert 'value="pause"' in text(console, page(connector))
    paused = steer("pause")
    assert run.state == "paused"
    assert 'value="resume"' in paused
    assert 'value="pause"' not in paused
    assert "It goes on from there when it is resumed" in paused
    steer("resume")
    assert run.state == "waiting"
    assert "The last sync was cancelled" in steer("cancel")
    assert run.state == "cancelled"
    steer("resume")  # it is over
    assert run.state == "cancelled"
    deeds = AuditLog.objects.filter(actor=manager, action__startswith="sync.").order_by("pk")
    assert [entry.action for entry in deeds] == ["sync.requested", "sync.paused", "sync.resumed", "sync.cancelled"]


def test_a_sync_in_the_foreground_can_be_cancelled_but_not_paused(
    console: Client, connector: ConnectorConfig, catalog: Catalog
) -> None:
    runs.take_up(run_id=services.new_foreground_run(connector=connector).pk)
    shown = text(console, page(connector))
    assert 'value="cancel"' in shown
    assert 'value="pause"' not in shown


def test_a_synced_connector_shows_its_count_and_history(
    console: Client, connector: ConnectorConfig, catalog: Catalog, platform: PlatformServer
) -> None:
    platform.products[1]["title"] = ""
    services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)
    shown = text(console, page(connector))
    assert "<strong>4</strong>" in shown
    for name, number in (("Read", 4), ("New", 4), ("Changed", 0), ("Set aside", 1)):
        assert f"<dt>{name}</dt><dd>{number}</dd>" in shown
    assert "1 product" in shown
    assert "<code>2</code>" in shown
    assert "Done: 4 new, 0 changed" in shown
    assert "Succeeded" in shown
    assert '<td class="number">4</td>' in text(console, LIST)


def test_the_history_is_drawn_once_two_runs_can_be_compared(
    console: Client, connector: ConnectorConfig, catalog: Catalog
) -> None:
    services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)
    assert "<svg viewBox" not in text(console, page(connector))
    broken = services.new_foreground_run(connector=connector)
    runs.fail(run_id=broken.pk, code="not_json", text="It answered with a web page.")
    shown = text(console, page(connector))
    assert "The last 2 syncs: 1 failed; the largest read 5 products." in shown
    assert "succeeded, 5 read, 5 new or changed, 0 removed" in shown
    assert "By command" in shown


def test_a_failed_sync_shows_why_and_that_the_catalogue_stays(
    console: Client, connector: ConnectorConfig, catalog: Catalog
) -> None:
    run = services.new_foreground_run(connector=connector)
    runs.fail(run_id=run.pk, code="not_json", text="It answered with a web page.")
    shown = text(console, page(connector))
    assert "the catalogue stays as it was" in shown
    assert "It answered with a web page." in shown


def test_pages_stand_when_the_index_is_away(
    console: Client, connector: ConnectorConfig, catalog: Catalog, tmp_path: object
) -> None:
    runtime.install(Catalog(embeddings=catalog.embeddings, backend=HostClient(runtime.index_dir() / "nobody")))
    assert "The index does not answer" in text(console, page(connector))
    assert "Fake shop" in text(console, LIST)


def test_settings_can_be_changed(
    console: Client, connector: ConnectorConfig, catalog: Catalog, manager: User
) -> None:
    url = f"{page(connector)}edit/"
    assert connector.settings["base_url"] in text(console, url)
    console.post(url, {"name": "Renamed", "base_url": "https://fakestoreapi.com"})
    connector.refresh_from_db()
    assert (connector.name, connector.settings) == ("Renamed", {"base_url": "https://fakestoreapi.com"})
    entry = AuditLog.objects.get(action="connector.changed", actor=manager)
    assert entry.data["changes"]["name"] == ["Fake shop", "Renamed"]


def test_deleting_asks_first_and_is_said(console: Client, connector: ConnectorConfig, catalog: Catalog) -> None:
    assert "This cannot be undone" in text(console, page(connector))
    response = console.post(f"{page(connector)}delete/", follow=True)
    assert "Fake shop and its products were deleted" in response.content.decode()
    assert not ConnectorConfig.objects.exists()


def test_a_connector_can_be_deleted_without_its_products(
    console: Client, connector: ConnectorConfig, store: Store, catalog: Catalog, manager: User
) -> None:
    services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)
    waiting = services.request_sync(connector=connector, actor=manager)
    assert "Only when no sync is under way" in text(console, page(connector))
    refused = console.post(f"{page(connector)}delete/", {"products": "keep"}, follow=True)
    assert "A sync of Fake shop is not over" in refused.content.decode()
    runs.fail(run_id=waiting.pk, code="", text="")
    done = console.post(f"{page(connector)}delete/", {"products": "keep"}, follow=True)
    assert "Its products stay in the catalogue" in done.content.decode()
    assert not ConnectorConfig.objects.exists()
    assert catalog.count(store_id=str(store.pk)) == 5
    assert not WorkflowStart.objects.filter(workflow="ProductRemovalWorkflow").exists()
    assert AuditLog.objects.get(action="connector.deleted", actor=manager).data["products"] == "kept"


def test_changes_are_made_by_post_only(console: Client, connector: ConnectorConfig) -> None:
    for what in ("sync", "delete", "check"):
        assert console.get(f"{page(connector)}{what}/").status_code == 405


@pytest.mark.parametrize("path", ["new/", "{pk}/edit/", "{pk}/proof/"])
def test_who_may_not_manage_connectors_is_told(
    client: Client, connector: ConnectorConfig, viewer: User, path: str
) -> None:
    client.force_login(viewer)
    assert client.get(LIST + path.format(pk=connector.pk)).status_code == 403


@pytest.mark.parametrize("path", ["test/", "{pk}/sync/", "{pk}/steer/", "{pk}/check/", "{pk}/delete/"])
def test_a_viewer_changes_nothing(client: Client, connector: ConnectorConfig, viewer: User, path: str) -> None:
    client.force_login(viewer)
    assert client.post(LIST + path.format(pk=connector.pk)).status_code == 403
    assert ConnectorConfig.objects.exists()
    assert not SyncRun.objects.exists()


def test_a_viewer_may_look_and_is_offered_nothing_to_change(
    client: Client, connector: ConnectorConfig, viewer: User, catalog: Catalog
) -> None:
    services.run_sync(run_id=services.new_foreground_run(connector=connector).pk)
    client.force_login(viewer)
    shown = [text(client, LIST), text(client, page(connector))]
    assert all("Fake shop" in one and "Succeeded" in one for one in shown)
    deeds = [
        f"{LIST}new/",
        *(f"{page(connector)}{deed}/" for deed in ("sync", "delete", "check", "edit", "proof")),
    ]
    assert not any(deed in one for one in shown for deed in deeds)
    assert client.get(f"{page(connector)}state/").status_code == 200


def test_a_connector_of_another_store_does_not_exist(
    client: Client, connector: ConnectorConfig, other_store: Store, stranger: User
) -> None:
    Membership.objects.create(user=stranger, store=other_store, role="owner")
    client.force_login(stranger)
    for what in ("", "edit/", "state/"):
        assert client.get(page(connector) + what).status_code == 404
    for what in ("sync/", "steer/", "delete/", "check/"):
        assert client.post(page(connector) + what).status_code == 404
    assert client.get(f"{LIST}{uuid.uuid4()}/").status_code == 404
    assert ConnectorConfig.objects.filter(pk=connector.pk).exists()


def test_how_long_a_run_took_reads_well(connector: ConnectorConfig) -> None:
    from apps.connectors.status import duration

    now = timezone.now()
    run = SyncRun(connector=connector)
    assert duration(run) == "—"
    for seconds, words in ((0.4, "under 1 s"), (8, "8 s"), (125, "2 min 5 s")):
        run.started_at, run.finished_at = now, now + timedelta(seconds=seconds)
        assert duration(run) == words


def test_the_admin_shows_connectors_without_their_credentials(
    client: Client, connector: ConnectorConfig, owner: User
) -> None:
    connector.credentials = '{"token": "very-secret"}'
    connector.save()
    User.objects.filter(pk=owner.pk).update(is_superuser=True)
    client.force_login(User.objects.get(pk=owner.pk))
    shown = client.get(reverse("admin:connectors_connectorconfig_change", args=[connector.pk]))
    assert shown.status_code == 200
    assert "very-secret" not in shown.content.decode()
