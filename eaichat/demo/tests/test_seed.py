from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from apps.accounts.models import Membership, User
from apps.accounts.permissions import Role
from apps.catalog.engine.catalog import Catalog
from apps.connectors.linking import connect, read_settings
from apps.connectors.models import ConnectorConfig, SyncRun
from apps.hitl.access import may_answer
from eaichat.demo import shop
from eaichat.demo.accounts import DEMO_ACCOUNTS, PASSWORD, with_known_password
from eaichat.demo.models import DemoOrder
from eaichat.demo.orders import SAMPLES
from eaichat.demo.seed import SeedReport, seed
from eaichat.demo.store import demo_store
from eaichat.demo.tests.questions import QUESTIONS

HERE = "http://localhost:8000"
ELSEWHERE = "http://localhost:9000"

pytestmark = pytest.mark.alike  # the demo is the embedded installation's


@pytest.fixture
def seeded(demo: Settings, db: None, catalog: Catalog, few_products: tuple[shop.Item, ...]) -> SeedReport:
    return seed(public_url=HERE)


def test_every_product_is_in_the_index_and_every_question_finds_its_answers(
    demo: Settings, db: None, catalog: Catalog
) -> None:
    report = seed(public_url=HERE)
    store_id = str(report.store.pk)
    assert (report.products, report.indexed, report.removed) == (len(shop.items()), len(shop.items()), 0)
    products = catalog.get(store_id=store_id, product_ids=[str(item.id) for item in shop.items()])
    for product, item in zip(products, shop.items(), strict=True):
        assert (product.title, product.price, product.in_stock) == (item.title, item.price, item.in_stock)
        assert product.url == f"{HERE}{item.path}"
        assert product.image_url == f"{HERE}{item.image_path}"
    assert dict(catalog.categories(store_id=store_id))["Men > Jackets"] == 8

    for question in QUESTIONS:
        query = catalog.parse(store_id=store_id, text=question.text)
        found = [hit.product.title for hit in catalog.search(store_id=store_id, query=query).hits]
        right = {item.title for item in question.answers()}
        assert set(found[: len(right)] if question.ranked else found) == right, question.text


def test_a_second_seed_changes_nothing(seeded: SeedReport) -> None:
    before = list(DemoOrder.objects.values()), list(User.objects.values()), SyncRun.objects.count()
    again = seed(public_url=HERE)
    assert (again.store, again.indexed, again.removed) == (seeded.store, 0, 0)
    assert (list(DemoOrder.objects.values()), list(User.objects.values()), SyncRun.objects.count()) == before


def test_a_new_port_moves_addresses_origins_and_connector(
    seeded: SeedReport, catalog: Catalog, few_products: tuple[shop.Item, ...]
) -> None:
    seed(public_url=ELSEWHERE)
    store = demo_store()
    assert store is not None
    assert store.allowed_origins == [ELSEWHERE, "http://localhost:3000"]
    (product,) = catalog.get(store_id=str(store.pk), product_ids=["1"])
    assert product.url.startswith(f"{ELSEWHERE}/demo/")
    connector = ConnectorConfig.objects.get()
    assert connector.settings == {"base_url": f"{ELSEWHERE}/demo/api"}
    assert catalog.count(store_id=str(store.pk)) == len(few_products)


def test_origins_that_the_merchant_added_stay(seeded: SeedReport) -> None:
    seeded.store.allowed_origins.append("https://shop.example")
    seeded.store.save()
    seed(public_url=ELSEWHERE)
    seeded.store.refresh_from_db()
    assert "https://shop.example" in seeded.store.allowed_origins
    assert HERE not in seeded.store.allowed_origins


def test_the_connector_is_one_that_the_console_can_use(seeded: SeedReport) -> None:
    connector = ConnectorConfig.objects.get()
    assert connector.product_prefix == ""
    assert read_settings(connector).model_dump() == {"base_url": f"{HERE}/demo/api"}
    with connect(connector) as platform:
        assert platform.key == "fakestore"
    run = connector.runs.get()
    assert (run.state, run.total) == (SyncRun.State.SUCCEEDED, seeded.products)


def test_the_owner_may_do_everything_and_the_agent_answers(seeded: SeedReport) -> None:
    owner, agent = (User.objects.get(email=account.email) for account in DEMO_ACCOUNTS)
    assert (owner.is_superuser, owner.is_staff) == (True, True)
    assert (agent.is_superuser, agent.is_staff) == (False, True)
    assert Membership.objects.get(user=owner).role == Role.OWNER.value
    assert may_answer(agent, seeded.store.pk)
    assert agent.check_password(PASSWORD)


def test_a_changed_password_is_never_reset(seeded: SeedReport) -> None:
    agent = User.objects.get(email=DEMO_ACCOUNTS[1].email)
    agent.set_password("something of my own")
    agent.save()
    seed(public_url=HERE)
    agent.refresh_from_db()
    assert agent.check_password("something of my own")
    assert [account.email for account in with_known_password()] == [DEMO_ACCOUNTS[0].email]


def test_a_product_that_left_the_catalogue_leaves_the_index(
    seeded: SeedReport, catalog: Catalog, few_products: tuple[shop.Item, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eaichat.demo.seed.items", lambda: few_products[:-1])
    assert seed(public_url=HERE).removed == 1
    assert catalog.count(store_id=str(seeded.store.pk)) == len(few_products) - 1


def test_sample_orders_stand_and_an_edited_one_is_left_alone(seeded: SeedReport) -> None:
    assert [order.number for order in DemoOrder.objects.order_by("number")] == [it.number for it in SAMPLES]
    DemoOrder.objects.filter(number=1003).update(status="shipped")
    seed(public_url=HERE)
    assert DemoOrder.objects.get(number=1003).status == "shipped"


def test_the_command_says_what_it_did(
    demo: Settings, db: None, catalog: Catalog, few_products: tuple[shop.Item, ...]
) -> None:
    out, errors = io.StringIO(), io.StringIO()
    call_command("seed_demo", stdout=out, stderr=errors)
    call_command("seed_demo", stdout=out, stderr=errors)
    first, second = out.getvalue().splitlines()
    assert first == f"Demo Store: {len(few_products)} products ({len(few_products)} indexed)"
    assert "up to date" in second
    assert errors.getvalue() == ""


def test_the_command_warns_of_known_passwords_where_others_reach_the_server(
    demo: Settings, db: None, catalog: Catalog, few_products: tuple[shop.Item, ...]
) -> None:
    demo.PUBLIC_URL = "https://demo.example"
    errors = io.StringIO()
    call_command("seed_demo", stdout=io.StringIO(), stderr=errors)
    assert "owner@demo.eaichat.local" in errors.getvalue()


def test_the_command_refuses_when_the_demo_is_off(settings: Settings) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")
