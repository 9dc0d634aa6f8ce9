"""Feeds become products: every format, variants, duplicates, and what cannot be read."""

from __future__ import annotations

import gzip
import json
import random
import time
from base64 import b64encode

import pytest

from apps.catalog.product import Product, Variant
from apps.connectors.platforms.base import Link
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.feed.connector import FeedConnector
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.tests.feeds import ATOM, GERMAN_CSV, RSS, SHOPIFY_CSV, WOOCOMMERCE_CSV, feed, serving

HEAD = "id,title,price\n"


def products(body: bytes | str, *, columns: str = "", headers: dict[str, str] | None = None) -> list[Product]:
    with feed(body, columns=columns, headers=headers) as connector:
        found = [product for page in connector.iter_products() for product in page]
        assert connector.rejected == []
        return found


def rejected(body: str) -> tuple[list[str], list[str]]:
    """The ids that could be read, and why others could not."""
    with feed(body) as connector:
        found = [product.product_id for page in connector.iter_products() for product in page]
        return found, connector.rejected


def failure(body: bytes | str, columns: str = "") -> ConnectorError:
    with feed(body, columns=columns) as connector, pytest.raises(ConnectorError) as caught:
        list(connector.iter_products())
    return caught.value


def test_google_merchant_rss_is_read_with_its_variants() -> None:
    jacket, mug = products(RSS)
    assert jacket.model_dump(exclude={"created_at", "updated_at", "rating", "rating_count"}) == {
        "product_id": "J-1",
        "title": "Regenjacke Föhr – S",
        "description": "Dry & light.",
        "price": 79.0,  # the cheaper one is sold out
        "currency": "EUR",
        "category": "Men > Jackets > Rain",
        "brand": "Nordsee",
        "image_url": "https://shop.example/j1.jpg",
        "url": "https://shop.example/j1?size=s",
        "platform": "feed",
        "connector_id": "c1",
        "in_stock": True,
        "attributes": {"color": "navy"},
        "variants": [
            {
                "sku": "NS-J1S",
                "title": "Regenjacke Föhr – S",
                "price": 79.0,
                "in_stock": True,
                "attributes": {"size": "S", "Washing": "30 °C"},
            },
            {
                "sku": "J-1-M",
                "title": "Regenjacke Föhr – M",
                "price": 75.0,
                "in_stock": False,
                "attributes": {"size": "M"},
            },
        ],
        "sku": "",
        "gtins": ["4006381333931"],
    }
    assert (mug.title, mug.price, mug.in_stock) == ('Mug "雨"', 9.5, False)
    assert mug.attributes == {"availability": "preorder"}
    assert mug.variants == []


def test_google_merchant_atom_is_read() -> None:
    [lamp] = products(ATOM)
    assert (lamp.product_id, lamp.title, lamp.url) == ("7", "Lamp", "https://shop.example/lamp")
    assert (lamp.description, lamp.price, lamp.currency) == ("Warm light.", 20.0, "USD")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_table_is_read_whatever_its_encoding_and_separator(encoding: str) -> None:
    can, shovel = products(GERMAN_CSV.encode(encoding))
    assert (can.product_id, can.title, can.description) == ("A1", "Gießkanne", "Verzinkt; 5 Liter")
    assert (can.price, can.currency, can.in_stock) == (1299.0, "USD", True)  # as 19,90 shows
    assert (can.brand, can.category, can.gtins) == ("Gärtner", "Garten > Gießen", ["4006381333931"])
    assert can.attributes == {"color": "grün"}
    assert (shovel.price, shovel.currency, shovel.in_stock) == (19.9, "EUR", False)
    assert shovel.gtins == []  # rounded by a spreadsheet


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_usual_separator_is_found(separator: str) -> None:
    table = "\r\n".join(separator.join(cells) for cells in (("id", "name", "price"), ("1", "Mug", "5.50")))
    [mug] = products(table)
    assert (mug.product_id, mug.title, mug.price) == ("1", "Mug", 5.5)


@pytest.mark.parametrize("frame", ["{}\n{}\n", "[{},\n{}]", "[\n{},\n{}\n]\n"])
def test_json_an_object_a_line_is_read(frame: str) -> None:
    rows = [
        {"id": 1, "title": "Mug", "price": {"value": "5.00", "currency": "GBP"}, "image": ["https://a.example/1"]},
        {"id": 2, "name": "Cup", "price": 4, "in_stock": False, "url": "javascript:alert(1)", "gtin": None},
    ]
    mug, cup = products(frame.format(*map(json.dumps, rows)))
    assert (mug.price, mug.currency, mug.image_url) == (5.0, "GBP", "https://a.example/1")
    assert (cup.title, cup.price, cup.in_stock, cup.url) == ("Cup", 4.0, False, "")


def test_a_packed_feed_is_unpacked_whoever_packed_it() -> None:
    packed = gzip.compress(RSS.encode())
    assert [product.product_id for product in products(packed)] == ["J-1", "M-2"]
    twice = gzip.compress(packed)
    assert len(products(twice, headers={"Content-Encoding": "gzip"})) == 2


def test_of_two_rows_with_one_id_the_later_counts() -> None:
    [mug, cup] = products(f"{HEAD}1,Mug,5\n2,Cup,4\n1,Big mug,6\n")
    assert (mug.product_id, mug.title, mug.price, cup.title) == ("1", "Big mug", 6.0, "Cup")


def test_variants_need_not_stand_together_and_may_have_a_parent() -> None:
    table = (
        "id,title,price,item_group_id,size,availability\n"
        "S,Shirt,,,,\n10,,20,S,S,in stock\n2,Cup,4,0,,\n11,,18,S,M,in stock\n"
    )
    shirt, cup = products(table)
    assert (shirt.product_id, shirt.title, shirt.price) == ("S", "Shirt", 18.0)
    assert shirt.variants == [
        Variant(sku="10", price=20.0, attributes={"size": "S"}),
        Variant(sku="11", price=18.0, attributes={"size": "M"}),
    ]
    assert (cup.product_id, cup.variants) == ("2", [])


def test_what_shopify_exports_is_read() -> None:
    shirt, card = products(SHOPIFY_CSV)
    assert (shirt.product_id, shirt.title, shirt.description, shirt.brand) == ("shirt", "Shirt", "Soft.", "Loom")
    assert (shirt.category, shirt.price, shirt.image_url) == (
        "Apparel > Shirts",
        20.0,
        "https://cdn.example/1.jpg",
    )
    assert [(variant.sku, variant.price, variant.in_stock) for variant in shirt.variants] == [
        ("SH-S", 20.0, True),
        ("SH-M", 18.0, False),
    ]
    assert (card.product_id, card.title, card.price) == ("card", "Gift card", 25.0)


def test_what_woocommerce_exports_is_read() -> None:
    [hoodie] = products(WOOCOMMERCE_CSV)
    assert (hoodie.product_id, hoodie.title, hoodie.sku, hoodie.price) == ("44", "Hoodie", "HD", 42.0)
    assert (hoodie.category, hoodie.image_url) == ("Clothing > Hoodies", "https://a.example/h.jpg")
    assert [(variant.sku, variant.in_stock) for variant in hoodie.variants] == [("HD-R", True), ("HD-B", False)]


def test_a_merchant_may_say_which_column_is_which() -> None:
    table = "nr,id,heading,price,cloth\n7,x,Mug,5,linen\n"
    [mug] = products(table, columns="id = NR\ntitle=Heading\n\nattribute fabric = cloth")
    assert (mug.product_id, mug.title, mug.attributes) == ("7", "Mug", {"fabric": "linen"})


def test_columns_that_are_not_there_are_named() -> None:
    error = failure("nr,heading,price\n7,Mug,5\n")
    assert error.code == "bad_shape"
    assert "known as id" in error.text
    assert "nr, heading, price" in error.text
    assert "no column “name”" in failure(f"{HEAD}1,Mug,5\n", "title = name").text


@pytest.mark.parametrize("columns", ["title", "title =", "shoe = x", "= x"])
def test_what_a_merchant_says_about_columns_is_checked(columns: str) -> None:
    with pytest.raises(ValueError, match=r"Write each line as|There is no field"):
        FeedConnector.Settings(url="https://a.example/feed.csv", columns=columns)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("3,Vase,free", "Product 3: price: “free” is no price."),
        ("3,,5", "Product 3: title:"),
        (",Vase,5", "“Vase” has no id."),
        ("3,Vase,5,6", "more cells than the header"),
        (f"{'x' * 151},Vase,5", "is too long"),
        (f"3,{'x' * 501},5", "Product 3: title:"),
    ],
)
def test_a_row_that_cannot_be_read_is_left_out_with_its_reason(row: str, reason: str) -> None:
    found, reasons = rejected(f"{HEAD}1,Mug,5\n{row}\n2,Cup,4\n")
    assert found == ["1", "2"]
    assert len(reasons) == 1
    assert reason in reasons[0]


def test_a_line_that_is_no_json_is_left_out() -> None:
    found, reasons = rejected('{"id": 1, "title": "Mug"}\n{"id": 2, "ti\n{"id": 3, "title": "Cup"}\n')
    assert (found, reasons) == (["1", "3"], ["Line 2 is no JSON object."])


BOMB = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><r><item>&b;</item></r>'
FILE = '<?xml version="1.0"?><!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><r><item>&f;</item></r>'


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (BOMB, "document type"),
        (FILE, "document type"),
        ("<rss><channel><item><id>1</id>", "no well-formed XML"),
        ("<rss><item><title>&nope;</title></item></rss>", "no well-formed XML"),
        (f"<rss><item><title>{'x' * 1_100_000}</title></item></rss>", "larger than 1 MB"),
        ("<!DOCTYPE html><h1>Sign in</h1>", "web page"),
        ("", "empty"),
        (b"PK\x03\x04rest", "zip"),
        (gzip.compress(HEAD.encode() * 100)[:-9], "ends in the middle"),
        (gzip.compress(HEAD.encode())[:-8] + b"rubbish!", "packing is broken"),
        (f'{HEAD}1,"{"x" * 200_000}', "cannot be read from line"),
        (f'{{"id": "{"x" * 1_100_000}"}}', "longer than 1 MB"),
        (f"{HEAD}1,,\n", "No product can be read"),
    ],
)
def test_what_is_no_feed_is_said(body: bytes | str, words: str) -> None:
    error = failure(body)
    assert error.code == "bad_shape"
    assert words in error.text


@pytest.mark.parametrize(
    ("dates", "price"),
    [
        ("", 4.0),
        ("2020-01-01T00:00+0100/2099-01-01T00:00+0100", 4.0),
        ("2020-01-01T00:00+0100/2020-02-01T00:00+0100", 5.0),
        ("soon", 5.0),
    ],
)
def test_a_sale_counts_in_its_time(dates: str, price: float) -> None:
    [mug] = products(f"id,title,price,sale_price,sale_price_effective_date\n1,Mug,5 EUR,4 EUR,{dates}\n")
    assert mug.price == price


@pytest.mark.parametrize(
    ("text", "in_stock"),
    [
        *(("in stock", True), ("In_Stock", True), ("https://schema.org/InStock", True), ("auf Lager", True)),
        *(("out of stock", False), ("https://schema.org/OutOfStock", False), ("0", False), ("3", True)),
        *(("no", False), ("backorder", False), ("", True), ("-2", False)),
    ],
)
def test_availability_is_understood(text: str, in_stock: bool) -> None:
    [mug] = products(f"id,title,availability\n1,Mug,{text}\n")
    assert mug.in_stock is in_stock


def test_a_preview_shows_the_beginning_and_how_it_was_understood() -> None:
    with feed(GERMAN_CSV) as connector:
        shown = connector.preview(limit=1)
    assert [product.title for product in shown.products] == ["Gießkanne"]
    assert shown.columns["title"] == "Bezeichnung"
    assert shown.unused == ["Interne Notiz"]


@pytest.mark.parametrize("packed", [False, True])
def test_a_check_reads_no_more_than_the_beginning(packed: bool) -> None:
    words = random.Random(3)  # noqa: S311 - text that does not pack well
    rows = "".join(f'{n},Mug {n},5,"{words.randbytes(40).hex()}"\n' for n in range(20_000))
    table = f"id,title,price,description\n{rows}".encode()
    with feed(gzip.compress(table) if packed else table) as connector:
        report = connector.check()
        assert (report.products, report.example) == (None, "Mug 0")
        assert connector.rejected == []
        assert len(connector.preview(limit=5).products) == 5
        assert connector.count() == 20_000


def test_a_check_of_a_small_feed_counts() -> None:
    with feed(RSS) as connector:
        report = connector.check()
    assert (report.products, report.example) == (2, "Regenjacke Föhr – S")


def test_an_empty_table_is_an_empty_catalogue() -> None:
    with feed(HEAD) as connector:
        assert connector.check().products == 0
        assert list(connector.iter_products()) == []


@pytest.mark.parametrize("url", ["https://a.example/feed.php?id=3&f=x", "a.example/feed.csv"])
def test_an_address_may_have_a_query(url: str) -> None:
    assert FeedConnector.Settings(url=url).url.startswith("https://a.example/feed")


def test_a_password_is_never_sent_in_the_open() -> None:
    with pytest.raises(ValueError, match="https only"):
        FeedConnector.Settings(url="http://a.example/feed", user="u", password="p")


def test_a_user_name_signs_in() -> None:
    with serving(RSS) as server:
        trusted = frozenset({("127.0.0.1", server.port)})
        settings = FeedConnector.Settings(url=f"{server.url}/feed", user="shöp")
        with FeedConnector(settings, link=Link("c1"), http=HttpClient(trusted=trusted)) as connector:
            connector.check()
        assert server.requests[0].headers["authorization"] == f"Basic {b64encode('shöp:'.encode()).decode()}"


def test_an_address_full_of_spaces_is_read_at_once() -> None:
    begun = time.process_time()
    [mug] = products(f"id,title,price,image_link\n1,Mug,5,https://shop.example/x{' ' * 30_000}y\n")
    assert mug.title == "Mug"
    assert time.process_time() - begun < 1


def test_of_several_pictures_the_first_is_taken() -> None:
    pictures = '"https://shop.example/1.jpg , https://shop.example/2.jpg"'
    [mug] = products(f"id,title,price,image_link\n1,Mug,5,{pictures}\n")
    assert mug.image_url == "https://shop.example/1.jpg"


def test_a_number_of_thousands_of_digits_is_none() -> None:
    [mug] = products(f"id,title,price,rating_count\n1,Mug,5,{'9' * 5000}\n")
    assert mug.rating_count is None
