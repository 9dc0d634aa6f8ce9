"""The Odoo connector against records and whole exchanges of a running Odoo 17."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from apps.connectors.tests.odoo_server import (
    SHARED,
    OdooServer,
    connect,
    failure,
    needs_recordings,
    read,
    recorded_tables,
    result,
)
from apps.connectors.tests.replay import ReplayServer, ids, recorded

pytestmark = needs_recordings


class TestRecordedCatalogue:
    @pytest.fixture
    def server(self) -> Iterator[ReplayServer]:
        server = ReplayServer(OdooServer(recorded_tables()))
        yield server
        server.close()

    def test_all_that_is_for_sale_comes_by_pages(self, server: ReplayServer) -> None:
        with connect(server, published_only=False, page_size=10) as connector:
            pages = list(connector.iter_products())
            assert connector.count() == 31
        assert [len(page) for page in pages] == [10, 10, 10, 1]
        assert ids(pages) == [str(record["id"]) for record in result("product_template_search_read_all_noimage")]

    def test_what_visitors_cannot_see_stays_out(self, server: ReplayServer) -> None:
        titles = {product.title for product in read(server).values()}
        assert "Office Chair" in titles
        assert not titles & {"Restaurant Expenses", "Hotel Accommodation", "Deposit", "Flipover"}

    def test_every_field_arrives(self, server: ReplayServer) -> None:
        box = read(server)["12"]
        assert box.model_dump(exclude={"variants", "updated_at"}, exclude_defaults=True) == {
            "product_id": "12",
            "title": "Storage Box",
            "price": 15.8,
            "category": "Boxes",
            "image_url": f"{server.url}/web/image/product.template/12/image_1024",
            "url": f"{server.url}/shop/e-com08-storage-box-12",
            "platform": "odoo",
            "connector_id": "c1",
            "sku": "E-COM08",
            "created_at": datetime(2026, 11, 22, 7, 19, 36, tzinfo=UTC),
        }
        assert box.updated_at == datetime(2026, 11, 22, 7, 20, 49, tzinfo=UTC)

    def test_variants_have_their_own_price_number_and_values(self, server: ReplayServer) -> None:
        desk = read(server)["9"]
        assert desk.price == 750
        assert desk.attributes == {"Legs": "Steel, Aluminium, Custom", "Color": "White, Black"}
        assert [(v.sku, v.title, v.price, v.in_stock) for v in desk.variants][:3] == [
            ("FURN_0096", "Steel, White", 750, True),
            ("FURN_0097", "Steel, Black", 750, True),
            ("FURN_0098", "Aluminium, White", 800.4, True),
        ]
        assert desk.variants[2].attributes == {"Legs": "Aluminium", "Color": "White"}

    def test_variants_are_called_as_odoo_calls_them(self, server: ReplayServer) -> None:
        named = {
            record["default_code"]: re.search(r"\((.*)\)$", record["display_name"])
            for record in result("product_product_search_read_all")
        }
        told = [each for product in read(server).values() for each in product.variants]
        assert len(told) == 9
        for each in told:
            name = named[each.sku]
            assert name
            assert each.title == name[1]

    def test_stock_counts_goods_alone(self, server: ReplayServer) -> None:
        products = read(server)
        assert products["12"].in_stock
        assert not products["5"].in_stock
        assert products["33"].in_stock, "a consumable is not counted"
        assert products["34"].in_stock, "a service is not counted"

    def test_categories_are_paths(self, server: ReplayServer) -> None:
        products = read(server)
        assert products["5"].category == "Furnitures > Chairs"
        assert products["22"].category == "All > Saleable > Office Furniture", "without one of the website's"

    def test_a_product_without_a_picture_shows_none(self, server: ReplayServer) -> None:
        without = {
            product.title for product in read(server, published_only=False).values() if not product.image_url
        }
        assert without >= {"Restaurant Expenses", "Hotel Accommodation", "Virtual Home Staging"}

    def test_internal_notes_stay_inside(self, server: ReplayServer) -> None:
        assert read(server)["24"].description == ""
        assert any(
            record["id"] == 24 and record["description"]
            for record in result("product_template_search_read_all_noimage")
        )

    def test_a_pricelist_that_is_not_there_is_told_with_those_that_are(self, server: ReplayServer) -> None:
        error = failure(server, pricelist="Chrismas")
        assert error.code == "bad_settings"
        assert "Benelux, EUR" in error.text
        assert "Christmas" in error.text


class TestRecordedAnswers:
    """Whole exchanges, request and answer, as they were recorded."""

    @pytest.fixture
    def server(self) -> Iterator[ReplayServer]:
        server = ReplayServer(recorded(SHARED / "jsonrpc" / "common_version.json"))
        yield server
        server.close()

    def test_the_recorded_calls_are_ours(self, server: ReplayServer) -> None:
        for name in ("common_authenticate_ok", "product_template_search_count"):
            server.responders.append(recorded(SHARED / "jsonrpc" / f"{name}.json"))
        with connect(server, published_only=False) as connector:
            assert connector.count() == 31

    def test_a_wrong_password_is_a_result_of_false(self, server: ReplayServer) -> None:
        server.responders.append(recorded(SHARED / "jsonrpc" / "common_authenticate_bad_password.json"))
        error = failure(server, api_key="wrong")
        assert (error.code, error.retryable) == ("unauthorized", False)

    def test_a_database_that_is_not_there_is_named(self, server: ReplayServer) -> None:
        server.responders.append(recorded(SHARED / "jsonrpc" / "common_authenticate_unknown_db.json"))
        error = failure(server, database="nosuchdb")
        assert error.code == "bad_settings"
        assert "nosuchdb" in error.text
        assert "Traceback" not in error.text

    @pytest.mark.parametrize(
        ("name", "code", "words"),
        [
            ("object_execute_kw_bad_password", "unauthorized", "refuses the user name or the password"),
            ("unknown_model", "platform_error", "Object no.such.model doesn't exist"),
            ("product_template_search_read_unknown_field", "platform_error", "Invalid field 'no_such_field'"),
        ],
    )
    def test_errors_come_with_status_200(self, server: ReplayServer, name: str, code: str, words: str) -> None:
        spoken = recorded(SHARED / "jsonrpc" / f"{name}.json").answer
        assert spoken.status == 200
        server.responders.append(recorded(SHARED / "jsonrpc" / "common_authenticate_ok.json"))
        server.responders.append(lambda asked: spoken if b"execute_kw" in asked.body else None)
        error = failure(server, published_only=False)
        assert error.code == code
        assert words in error.text
        assert "Traceback" not in error.text

    def test_xml_rpc_steps_in_where_json_rpc_is_shut(self, server: ReplayServer) -> None:
        server.responders[:] = [
            recorded(SHARED / "xmlrpc" / f"{name}.json") for name in ("common_version", "common_authenticate_ok")
        ]
        spoken = recorded(SHARED / "xmlrpc" / "fault_bad_password.json").answer
        server.responders.append(lambda asked: spoken if b"execute_kw" in asked.body else None)
        error = failure(server, published_only=False)
        assert error.code == "unauthorized"
        assert [asked.path for asked in server.requests[:3]] == ["/jsonrpc", *["/xmlrpc/2/common"] * 2]

    def test_a_wrong_password_by_xml_rpc(self, server: ReplayServer) -> None:
        server.responders[:] = [
            recorded(SHARED / "xmlrpc" / f"{name}.json") for name in ("common_version", "common_authenticate_bad")
        ]
        assert failure(server, api_key="wrong").code == "unauthorized"

    def test_a_fault_has_the_words_of_odoo(self, server: ReplayServer) -> None:
        server.responders[:] = [
            recorded(SHARED / "xmlrpc" / f"{name}.json") for name in ("common_version", "common_authenticate_ok")
        ]
        spoken = recorded(SHARED / "xmlrpc" / "fault_unknown_model.json").answer
        server.responders.append(lambda asked: spoken if b"execute_kw" in asked.body else None)
        error = failure(server)
        assert error.code == "platform_error"
        assert "Object no.such.model doesn't exist" in error.text
