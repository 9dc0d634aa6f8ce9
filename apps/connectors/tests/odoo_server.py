"""An Odoo on loopback: the answers of Odoo's external API over tables of records, by JSON-RPC and XML-RPC.

Records recorded from a running Odoo 17 (`recorded_tables`) or written by hand in their shape. What an answer looks
like, errors among it, is as recorded in ../shared/data/odoo17. Odoo kept no `product.template.attribute.value`
there; they are put together from the recorded attribute lines and values, and checked against recorded names.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, dumps, loads

import pytest

from apps.catalog.product import Product
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.odoo.connector import OdooConnector
from apps.connectors.platforms.patience import NO_PATIENCE, Pace
from apps.connectors.tests.contract import Case
from apps.connectors.tests.replay import Asked, ReplayServer, Said, said

SHARED = Path(__file__).parents[4] / "shared" / "data" / "odoo17"
needs_recordings = pytest.mark.skipif(not SHARED.is_dir(), reason="needs the recordings of ../shared/data/odoo17")

DATABASE, LOGIN, PASSWORD, USER_ID = "demo", "admin", "admin", 2
Tables = dict[str, list[dict[str, Any]]]

TEMPLATE: dict[str, Any] = {
    "description_sale": False,
    "description_ecommerce": False,
    "description": False,
    "list_price": 10.0,
    "default_code": False,
    "barcode": False,
    "categ_id": [1, "All"],
    "qty_available": 0.0,
    "currency_id": [1, "USD"],
    "active": True,
    "sale_ok": True,
    "type": "product",
    "website_published": True,
    "website_url": "/shop/mug",
    "public_categ_ids": [],
    "image_128": False,
    "write_date": "2026-11-22 07:20:49",
    "create_date": "2026-11-22 07:19:36",
}
_FIELDS: dict[str, set[str]] = {
    "product.template": {"id", "name", *TEMPLATE},
    "product.product": {
        *(
            "id",
            "product_tmpl_id",
            "lst_price",
            "default_code",
            "barcode",
            "qty_available",
            "active",
            "write_date",
        ),
        "product_template_attribute_value_ids",
    },
    "product.template.attribute.value": {"id", "name", "attribute_id", "product_tmpl_id", "ptav_active"},
    "product.category": {"id", "name", "parent_id"},
    "product.public.category": {"id", "name", "parent_id"},
}


class OdooError(Exception):
    def __init__(self, name: str, words: str, code: int = 2) -> None:
        super().__init__(words)
        self.name, self.words, self.code = name, words, code


class OdooServer:
    """A responder for a `ReplayServer`. `fields` are those that each model has, by version and installed apps."""

    def __init__(self, tables: Tables, *, version: Sequence[Any] = (17, 0, 0, "final", 0, "")) -> None:
        self.tables = tables
        self.version = list(version)
        self.json_rpc = True
        self.fields = {
            model: _FIELDS.get(model, set()) | {name for record in tables.get(model, []) for name in record}
            for model in {*tables, *_FIELDS}
        }
        self.denied: set[str] = set()  # models that the user may not read

    def __call__(self, asked: Asked) -> Said | None:
        if asked.method == "POST" and asked.path == "/jsonrpc" and self.json_rpc:
            return self._json(asked.json())
        if asked.method == "POST" and asked.path.startswith("/xmlrpc/2/"):
            return self._xml(asked.path.rpartition("/")[2], asked.body)
        return None

    def _json(self, call: Any) -> Said:
        params = call["params"]
        try:
            result = self._call(params["service"], params["method"], params["args"])
        except OdooError as error:
            data = {"name": error.name, "message": error.words, "arguments": [error.words], "debug": "Traceback"}
            content = {"code": 200, "message": "Odoo Server Error", "data": data}
            return said({"jsonrpc": "2.0", "id": call["id"], "error": content})
        return said({"jsonrpc": "2.0", "id": call["id"], "result": result})

    def _xml(self, service: str, body: bytes) -> Said:
        args, method = loads(body)
        try:
            text = dumps((self._call(service, str(method), list(args)),), methodresponse=True)
        except OdooError as error:
            text = dumps(Fault(error.code, error.words))
        return Said(text.encode(), headers={"Content-Type": "text/xml"})

    def _call(self, service: str, method: str, args: list[Any]) -> Any:
        match service, method, args:
            case "common", "version", []:
                return {"server_version": "x", "server_version_info": self.version, "protocol_version": 1}
            case "common", "authenticate", [database, login, password, {}]:
                return USER_ID if (database, login, password) == (DATABASE, LOGIN, PASSWORD) else False
            case "object", "execute_kw", [database, user, password, model, name, positional, options]:
                if (database, user, password) != (DATABASE, USER_ID, PASSWORD):
                    raise OdooError("odoo.exceptions.AccessDenied", "Access Denied", 3)
                return self._execute(model, name, positional, options)
        raise AssertionError(f"nobody calls {service}.{method} with {args}")

    def _execute(self, model: str, method: str, args: list[Any], options: dict[str, Any]) -> Any:
        if model not in self.fields:
            raise OdooError("odoo.exceptions.UserError", f"Object {model} doesn't exist")
        if model in self.denied:
            words = f"You are not allowed to access '{model}' records."
            raise OdooError("odoo.exceptions.AccessError", words, 4)
        match method, args:
            case "fields_get", []:
                return {name: {"type": "char"} for name in self.fields[model]}
            case "search_count", [domain]:
                return len(self._found(model, domain, {}))
            case "search_read", [domain]:
                return self._read(model, domain, **options)
        raise AssertionError(f"nobody calls {method} of {model} with {args}")

    def _read(
        self,
        model: str,
        domain: list[Any],
        *,
        fields: list[str],
        order: str,
        limit: int | None = None,
        context: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        for name in fields:
            if name not in self.fields[model]:
                raise OdooError("builtins.ValueError", f"Invalid field '{name}' on model '{model}'")
        assert order == "id"
        found = self._found(model, domain, context or {})
        return [{name: record.get(name, False) for name in fields} for record in found[:limit]]

    def _found(self, model: str, domain: list[Any], context: dict[str, Any]) -> list[dict[str, Any]]:
        alive = context.get("active_test", True) and not any(leaf[0] == "active" for leaf in domain)
        return sorted(
            (
                record
                for record in self.tables.get(model, [])
                if (record.get("active", True) or not alive) and self._holds(model, record, list(domain))
            ),
            key=lambda record: int(record["id"]),
        )

    def _holds(self, model: str, record: dict[str, Any], domain: list[Any]) -> bool:
        def term() -> bool:
            leaf = domain.pop(0)
            if leaf == "|":
                left, right = term(), term()
                return left or right
            name, operator, wanted = leaf
            return any(_compares(value, operator, wanted) for value in self._values(model, record, name))

        results = []
        while domain:
            results.append(term())
        return all(results)

    def _values(self, model: str, record: dict[str, Any], name: str) -> list[Any]:
        if name.startswith("product_variant_ids."):
            mine = [each for each in self.tables["product.product"] if each["product_tmpl_id"][0] == record["id"]]
            return [each.get(name.partition(".")[2], False) for each in mine]
        if name not in self.fields[model]:
            raise OdooError("builtins.ValueError", f"Invalid field {model}.{name} in leaf")
        value = record.get(name, name == "ptav_active")
        return [value[0] if isinstance(value, list) and value and name.endswith("_id") else value]


def _compares(value: Any, operator: str, wanted: Any) -> bool:
    match operator:
        case "=":
            return bool(value == wanted)
        case "!=":
            return bool(value != wanted)
        case "in":
            return value in wanted
        case ">":
            return value is not False and bool(value > wanted)
        case ">=":
            return value is not False and bool(value >= wanted)
        case "<=":
            return value is not False and bool(value <= wanted)
    raise AssertionError(f"nobody asks by {operator}")


def template(template_id: int, name: str, **fields: Any) -> dict[str, Any]:
    return {**TEMPLATE, "id": template_id, "name": name, **fields}


def variant(variant_id: int, template_id: int, **fields: Any) -> dict[str, Any]:
    own = {"default_code": False, "barcode": False, "lst_price": 10.0, "qty_available": 0.0, "active": True}
    return {
        "id": variant_id,
        "product_tmpl_id": [template_id, "its name"],
        "product_template_attribute_value_ids": [],
        "write_date": "2026-11-22 07:20:49",
        **own,
        **fields,
    }


def small_tables() -> Tables:
    """A catalogue of our own, for what the recordings do not show."""
    return {
        "product.template": [
            template(3, "Mug"),
            template(5, "Teller für Käse – 皿", description_sale="Aus Ton", website_url=False),
            template(8, "Jacket", qty_available=4.0),
            template(12, "Gift card", type="service"),
            template(20, "Old mug", active=False, write_date="2026-11-23 08:00:00"),
        ],
        "product.product": [
            variant(30, 3, default_code="MUG", barcode="4006381333931"),
            variant(31, 5),
            variant(32, 8, lst_price=12.5, product_template_attribute_value_ids=[1], qty_available=4.0),
            variant(33, 8, lst_price=11.0, product_template_attribute_value_ids=[2]),
            variant(34, 12),
        ],
        "product.template.attribute.value": [
            {"id": 1, "name": "Red", "attribute_id": [7, "Color"], "product_tmpl_id": [8, "Jacket"]},
            {"id": 2, "name": "Blue", "attribute_id": [7, "Color"], "product_tmpl_id": [8, "Jacket"]},
            {"id": 3, "name": "Northsea", "attribute_id": [9, "Brand"], "product_tmpl_id": [8, "Jacket"]},
        ],
        "product.category": [{"id": 1, "name": "All", "parent_id": False}],
        "product.public.category": [],
    }


# Attribute line and value of each value of a template, by its id: told by the recorded names of the variants.
_CHOSEN = {1: (1, 1), 2: (1, 2), 3: (2, 3), 4: (2, 4), 5: (3, 1), 6: (3, 2), 7: (1, 7), 8: (4, 5), 9: (4, 6)}


def result(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((SHARED / "jsonrpc" / f"{name}.json").read_text())["response"][
        "json"
    ]["result"]
    return found


def recorded_tables() -> Tables:
    """The records of Odoo 17's demo data as they were recorded."""
    pictured = {path.stem for path in (SHARED / "images").iterdir()}
    templates = [
        {
            **record,
            "image_128": "4.21 Kb" if str(record["id"]) in pictured else False,
        }  # what `bin_size` makes of it
        for record in result("product_template_search_read_all_noimage")
    ]
    values = {value["id"]: value["name"] for value in result("product_attribute_value_search_read")}
    lines = {line["id"]: line for line in result("product_template_attribute_line_search_read")}
    return {
        "product.template": templates,
        "product.product": result("product_product_search_read_all"),
        "product.template.attribute.value": [
            {
                "id": each,
                "name": values[value],
                "attribute_id": lines[line]["attribute_id"],
                "product_tmpl_id": lines[line]["product_tmpl_id"],
            }
            for each, (line, value) in _CHOSEN.items()
        ],
        "product.category": result("product_category_search_read"),
        "product.public.category": result("product_public_category_search_read"),
        "product.pricelist": result("product_pricelist_search_read"),
        "sale.order": result("sale_order_search_read"),
    }


class _Paged(OdooConnector):
    page_size = 3  # small catalogues have pages too


ODOO = Case(
    connector=_Paged,
    settings=lambda url: OdooConnector.Settings(base_url=url, database=DATABASE, login=LOGIN, api_key=PASSWORD),
    responders=lambda _: [OdooServer(small_tables())],
    product_ids=["3", "5", "8", "12"],
    text="Teller für Käse – 皿",
)


def connect(server: ReplayServer, *, prefix: str = "", page_size: int = 100, **settings: Any) -> OdooConnector:
    known = {"base_url": server.url, "database": DATABASE, "login": LOGIN, "api_key": PASSWORD}
    trusted = frozenset({("127.0.0.1", server.port)})
    http = HttpClient(trusted=trusted, patience=NO_PATIENCE, pace=Pace(per_second=1000))
    link = Link("c1", currency="EUR", product_prefix=prefix)
    kind = type("Paged", (OdooConnector,), {"page_size": page_size})
    connector: OdooConnector = kind(OdooConnector.Settings(**{**known, **settings}), link=link, http=http)
    return connector


def read(server: ReplayServer, **settings: Any) -> dict[str, Product]:
    with connect(server, **settings) as connector:
        products = {product.product_id: product for page in connector.iter_products() for product in page}
        assert connector.rejected == []
    return products


def failure(server: ReplayServer, **settings: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught, connect(server, **settings) as connector:
        connector.check()
    return caught.value
