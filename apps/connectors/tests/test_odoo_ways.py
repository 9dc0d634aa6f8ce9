"""Odoo's ways that no recording shows: other versions and apps, pricelists, orders, what left, what is broken.

The records are written by hand in the shape of the recorded ones, and after the fields of Odoo's source.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import pytest
from pydantic import ValidationError

from apps.connectors.platforms.base import DeletionFeed, OrderLine, OrderLookup, StockLookup, Withholding
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.odoo.connector import OdooConnector
from apps.connectors.tests.odoo_server import (
    OdooServer,
    connect,
    failure,
    read,
    small_tables,
    template,
    variant,
)
from apps.connectors.tests.replay import ReplayServer, Said

SINCE = datetime(2026, 11, 23, 1, tzinfo=UTC)
LATER = "2026-11-23 07:00:00"


@pytest.fixture
def odoo() -> OdooServer:
    return OdooServer(small_tables())


@pytest.fixture
def server(odoo: OdooServer) -> Iterator[ReplayServer]:
    server = ReplayServer(odoo)
    yield server
    server.close()


def test_both_protocols_bring_the_same_products(server: ReplayServer, odoo: OdooServer) -> None:
    by_json = read(server)
    odoo.json_rpc = False
    assert read(server) == by_json
    assert server.requests[-1].path == "/xmlrpc/2/object"
    assert by_json["5"].title == "Teller für Käse – 皿"


def test_a_product_without_choices_has_the_number_of_its_only_variant(server: ReplayServer) -> None:
    mug = read(server)["3"]
    assert (mug.sku, mug.gtins, mug.variants) == ("MUG", ["4006381333931"], [])


def test_a_product_costs_what_its_cheapest_variant_costs(server: ReplayServer) -> None:
    jacket = read(server)["8"]
    assert jacket.price == 11.0
    assert [(each.title, each.price, each.in_stock) for each in jacket.variants] == [
        ("Red", 12.5, True),
        ("Blue", 11.0, False),
    ]
    assert jacket.brand == "Northsea"


def test_without_the_stock_app_everything_can_be_had(server: ReplayServer, odoo: OdooServer) -> None:
    for model in ("product.template", "product.product"):
        odoo.fields[model].discard("qty_available")
    products = read(server)
    assert all(product.in_stock for product in products.values())
    with connect(server) as connector:
        assert connector.stock(["3"]) == {"3": None}


def test_without_the_website_app_everything_for_sale_comes_and_leads_nowhere(
    server: ReplayServer, odoo: OdooServer
) -> None:
    odoo.fields["product.template"] -= {"website_published", "website_url", "public_categ_ids"}
    del odoo.fields["product.public.category"]
    products = read(server)
    assert sorted(products) == ["12", "3", "5", "8"]
    assert {product.url for product in products.values()} == {""}
    assert {product.category for product in products.values()} == {"All"}


def test_odoo_18_says_otherwise_what_is_storable(server: ReplayServer, odoo: OdooServer) -> None:
    odoo.tables["product.template"] = [
        template(1, "Counted", type="consu", is_storable=True),
        template(2, "Not counted", type="consu", is_storable=False),
    ]
    odoo.fields["product.template"].add("is_storable")
    assert {product.title: product.in_stock for product in read(server).values()} == {
        "Counted": False,
        "Not counted": True,
    }


@pytest.mark.parametrize("version", [[13, 0], [12, 0]])
def test_an_odoo_that_is_too_old_is_told_so(server: ReplayServer, odoo: OdooServer, version: list[int]) -> None:
    odoo.version = version
    error = failure(server)
    assert error.code == "platform_error"
    assert "14 to 18" in error.text


@pytest.mark.parametrize("version", [[14, 0], [16, 0], ["saas~17", 2], [18, 0]])
def test_every_other_version_is_read(server: ReplayServer, odoo: OdooServer, version: list[Any]) -> None:
    odoo.version = version
    assert len(read(server)) == 4


def test_a_user_who_may_not_read_products_is_told_by_the_check(server: ReplayServer, odoo: OdooServer) -> None:
    odoo.denied.add("product.template")
    error = failure(server)
    assert error.code == "unauthorized"
    assert "not allowed to access" in error.text


def test_a_broken_product_is_set_aside(server: ReplayServer, odoo: OdooServer) -> None:
    odoo.tables["product.template"] += [template(30, ""), template(31, "Odd", list_price="much")]
    with connect(server) as connector:
        found = [product.product_id for page in connector.iter_products() for product in page]
    assert found == ["3", "5", "8", "12"]
    assert [text.partition(":")[0] for text in connector.rejected] == ["Product 30", "Product 31"]


def test_a_product_with_a_broken_variant_is_set_aside_whole(server: ReplayServer, odoo: OdooServer) -> None:
    odoo.tables["product.product"][2]["lst_price"] = False
    with connect(server) as connector:
        found = [product.product_id for page in connector.iter_products() for product in page]
    assert found == ["3", "5", "12"]
    assert connector.rejected == ["Product 8: variant 32: lst_price: input should be a valid number."]


def test_with_since_only_what_was_written_comes_its_variants_included(
    server: ReplayServer, odoo: OdooServer
) -> None:
    odoo.tables["product.template"][0]["write_date"] = LATER
    odoo.tables["product.product"][3]["write_date"] = LATER  # a variant of the jacket
    with connect(server) as connector:
        pages = list(connector.iter_products(since=SINCE))
    assert [product.title for page in pages for product in page] == ["Mug", "Jacket"]


def test_what_is_sold_no_more_has_left(server: ReplayServer, odoo: OdooServer) -> None:
    odoo.tables["product.template"] += [
        template(40, "Not sold", sale_ok=False, write_date=LATER),
        template(41, "Hidden", website_published=False, write_date=LATER),
        template(42, "Archived long ago", active=False),
    ]
    with connect(server, prefix="ab-", page_size=2) as connector:
        assert isinstance(connector, DeletionFeed)
        assert list(connector.deleted_since(SINCE)) == [["ab-20", "ab-40"], ["ab-41"]]


def test_why_a_product_is_left_out(server: ReplayServer, odoo: OdooServer) -> None:
    odoo.tables["product.template"] += [
        template(40, "Not sold", sale_ok=False),
        template(41, "Unpublished", website_published=False),
        template(42, "Archived", active=False),
    ]
    with connect(server, prefix="ab-") as connector:
        assert isinstance(connector, Withholding)
        assert [connector.withheld(f"ab-{number}") for number in (3, 40, 41, 42, 99)] == [
            "",
            "It cannot be sold: “Can be Sold” is off in Odoo.",
            "It is not published on Odoo's website.",
            "It is archived in Odoo.",
            "",
        ]


def test_stock_is_counted_for_goods(server: ReplayServer) -> None:
    with connect(server, prefix="ab-") as connector:
        assert isinstance(connector, StockLookup)
        assert connector.stock(["ab-8", "ab-3", "ab-12", "ab-999", "8", "ab-x"]) == {
            "ab-3": 0,
            "ab-8": 4,
            "ab-12": None,
        }


def _rule(rule_id: int, applied_on: str = "3_global", **fields: Any) -> dict[str, Any]:
    return {
        "id": rule_id,
        "pricelist_id": [1, "Sale"],
        "applied_on": applied_on,
        "compute_price": "percentage",
        "base": "list_price",
        "percent_price": 15.0,
        "fixed_price": 0.0,
        "min_quantity": 0.0,
        "product_id": False,
        "product_tmpl_id": False,
        "categ_id": False,
        "date_start": False,
        "date_end": False,
        **fields,
    }


def _fixed(rule_id: int, price: float, applied_on: str, **fields: Any) -> dict[str, Any]:
    return _rule(rule_id, applied_on, compute_price="fixed", fixed_price=price, **fields)


def _priced(odoo: OdooServer, *rules: dict[str, Any], currency: str = "USD") -> OdooServer:
    odoo.tables["product.pricelist"] = [{"id": 1, "name": "Sale", "currency_id": [1, currency]}]
    odoo.tables["product.pricelist.item"] = list(rules)
    odoo.fields["product.pricelist"] = {"id", "name", "currency_id"}
    odoo.fields["product.pricelist.item"] = set(_rule(1))
    return odoo


def test_a_rule_that_cannot_be_read_stops_the_pass(server: ReplayServer, odoo: OdooServer) -> None:
    _priced(odoo, _rule(4, compute_price="fixed", fixed_price=False))
    error = failure(server, pricelist="Sale")
    assert error.code == "bad_shape"
    assert error.text.startswith("Pricelist rule 4: fixed_price")


@pytest.mark.parametrize(
    ("rules", "mug", "jacket"),
    [
        ([], 10.0, 11.0),
        ([_rule(1)], 8.5, 9.35),
        ([_rule(1), _fixed(2, 7.0, "1_product", product_tmpl_id=[3, "Mug"])], 7.0, 9.35),
        ([_fixed(1, 20.0, "0_product_variant", product_id=[33, "Blue"])], 10.0, 12.5),
        ([_rule(1, "2_product_category", categ_id=[1, "All"], percent_price=50.0)], 5.0, 5.5),
        ([_rule(1, min_quantity=10.0)], 10.0, 11.0),
        ([_rule(1, date_end="2020-01-01 00:00:00")], 10.0, 11.0),
        ([_rule(1), _rule(2, percent_price=10.0)], 9.0, 9.9),
        ([_rule(1, compute_price="formula")], None, None),
        ([_rule(1, base="standard_price")], None, None),
    ],
    ids=["none", "percent", "product", "variant", "category", "quantity", "over", "newest", "formula", "cost"],
)  # fmt: skip
def test_a_pricelist_says_what_a_product_costs(
    server: ReplayServer, odoo: OdooServer, rules: list[dict[str, Any]], mug: float | None, jacket: float | None
) -> None:
    _priced(odoo, *rules)
    products = read(server, pricelist="Sale")
    assert (products["3"].price, products["8"].price) == (mug, jacket)


def test_prices_of_another_currency_are_not_guessed(server: ReplayServer, odoo: OdooServer) -> None:
    fixed = _fixed(1, 9.0, "1_product", product_tmpl_id=[3, "Mug"])
    _priced(odoo, fixed, currency="EUR")
    products = read(server, pricelist="Sale")
    assert (products["3"].price, products["3"].currency) == (9.0, "EUR")
    assert (products["8"].price, products["8"].currency) == (None, "EUR")


def _ordered(odoo: OdooServer, **fields: Any) -> None:
    order = {
        "id": 7,
        "name": "S00037",
        "state": "sale",
        "date_order": "2026-11-22 07:20:55",
        "amount_total": 28.75,
        "currency_id": [1, "USD"],
        "partner_id": [9, "Mira"],
        "order_line": [1, 2],
    }
    line = {"product_id": [3, "[MUG] Mug"], "product_uom_qty": 2.0, "display_type": False}
    tables = {
        "sale.order": [{**order, **fields}],
        "sale.order.line": [
            {"id": 1, **line, "name": "[MUG] Mug\nWith a handle"},
            {"id": 2, **line, "name": "Thank you!", "product_id": False, "display_type": "line_note"},
        ],
        "res.partner": [{"id": 9, "email": "Mira@Example.com"}],
        "stock.picking": [{"id": 4, "state": "done", "carrier_tracking_ref": "NS123"}],
    }
    odoo.tables |= tables
    odoo.fields |= {model: set(records[0]) for model, records in tables.items()}


@pytest.mark.parametrize("number", ["S00037", "s00037", "#37", " 37 "])
def test_an_order_is_found_by_number_and_email(server: ReplayServer, odoo: OdooServer, number: str) -> None:
    _ordered(odoo, delivery_status="full", picking_ids=[4])
    with connect(server) as connector:
        assert isinstance(connector, OrderLookup)
        order = connector.get_order(number, "mira@example.com ")
    assert order is not None
    assert (order.number, order.status, order.tracking) == ("S00037", "delivered", "NS123")
    assert (order.total, order.currency) == (28.75, "USD")
    assert order.placed_at == datetime(2026, 11, 22, 7, 20, 55, tzinfo=UTC)
    assert order.lines == [OrderLine("Mug", 2)]


@pytest.mark.parametrize(
    ("number", "email"),
    [
        ("S00037", "else@example.com"),
        ("S00038", "mira@example.com"),
        ("", "mira@example.com"),
        ("S00037", ""),
        ("S%", "mira@example.com"),
    ],
)
def test_neither_number_nor_email_alone_finds_an_order(
    server: ReplayServer, odoo: OdooServer, number: str, email: str
) -> None:
    _ordered(odoo)
    with connect(server) as connector:
        assert connector.get_order(number, email) is None


@pytest.mark.parametrize(
    ("state", "delivery", "status"),
    [
        ("draft", False, "quotation"),
        ("sale", False, "confirmed"),
        ("sale", "pending", "confirmed, not delivered yet"),
        ("sale", "partial", "partially delivered"),
        ("done", "full", "delivered"),
        ("cancel", "pending", "cancelled"),
    ],
)
def test_an_order_has_the_status_of_its_delivery(
    server: ReplayServer, odoo: OdooServer, state: str, delivery: str | bool, status: str
) -> None:
    _ordered(odoo, state=state, delivery_status=delivery)
    with connect(server) as connector:
        order = connector.get_order("S00037", "mira@example.com")
    assert order is not None
    assert order.status == status


def test_an_order_is_told_though_deliveries_are_closed_to_the_user(server: ReplayServer, odoo: OdooServer) -> None:
    _ordered(odoo, picking_ids=[4])
    odoo.denied.add("stock.picking")
    with connect(server) as connector:
        order = connector.get_order("37", "mira@example.com")
    assert order is not None
    assert order.tracking == ""


BOMB = """<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>
<methodResponse><params><param><value><string>&b;</string></value></param></params></methodResponse>"""


@pytest.mark.parametrize(
    "body", [BOMB, "<html></html>", "", "<methodResponse><params>"], ids=["bomb", "page", "", "cut"]
)
def test_xml_that_is_no_answer_is_refused(server: ReplayServer, odoo: OdooServer, body: str) -> None:
    odoo.json_rpc = False
    server.responders.insert(0, lambda asked: Said(body.encode()) if "xmlrpc" in asked.path else None)
    error = failure(server)
    assert error.code == "bad_shape"
    assert "XML-RPC" in error.text


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("shop.odoo.com", "https://shop.odoo.com"),
        ("https://odoo.example/web#action=1", "https://odoo.example"),
        ("https://webshop.example/odoo/sales?x=1", "https://webshop.example"),
        ("https://webshop.example/website/", "https://webshop.example/website"),
        ("http://localhost:8069/web/login", "http://localhost:8069"),
    ],
)
def test_the_address_may_be_copied_from_the_browser(typed: str, address: str) -> None:
    settings = OdooConnector.Settings(base_url=typed, database="d", login="l", api_key="k")
    assert settings.base_url == address


def test_a_password_is_never_sent_over_plain_http() -> None:
    with pytest.raises(ValidationError, match="https"):
        OdooConnector.Settings(base_url="http://shop.example", database="d", login="l", api_key="k")


@pytest.mark.parametrize("language", ["", "de_DE", "sr@latin", "es_419"])
def test_a_language_is_written_as_odoo_does(language: str) -> None:
    known = {"base_url": "shop.example", "database": "d", "login": "l", "api_key": "k"}
    assert OdooConnector.Settings(**known, language=language).language == language
    with pytest.raises(ValidationError, match="for example de_DE"):
        OdooConnector.Settings(**known, language="German")


def test_titles_are_asked_in_the_language(server: ReplayServer) -> None:
    read(server, language="de_DE")
    asked = [call.json()["params"]["args"] for call in server.requests if b"search_read" in call.body]
    assert {args[6]["context"]["lang"] for args in asked} == {"de_DE"}


def test_the_password_is_a_secret_and_in_no_message(server: ReplayServer) -> None:
    assert OdooConnector.Settings.secret_names() == {"api_key"}
    error = failure(server, api_key="hunter22")
    assert isinstance(error, ConnectorError)
    assert "hunter22" not in error.text


def test_variants_of_a_hidden_template_do_not_disturb(server: ReplayServer, odoo: OdooServer) -> None:
    odoo.tables["product.product"].append(variant(99, 20))
    assert "20" not in read(server)


class Forgetful(OdooServer):
    """Does not look at where a page is to begin."""

    def _found(self, model: str, domain: list[Any], context: dict[str, Any]) -> list[dict[str, Any]]:
        return super()._found(model, [leaf for leaf in domain if leaf[:2] != ["id", ">"]], context)


def test_pages_that_come_again_are_not_followed() -> None:
    server = ReplayServer(Forgetful(small_tables()))
    try:
        with connect(server, page_size=2) as connector, pytest.raises(ConnectorError) as caught:
            list(islice(connector.iter_products(), 9))
    finally:
        server.close()
    assert caught.value.code == "bad_shape"
