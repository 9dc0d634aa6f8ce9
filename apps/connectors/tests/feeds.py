"""Small feeds, written after their publishers' specifications: none was recorded from a shop."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apps.connectors.platforms.base import Link
from apps.connectors.platforms.feed.connector import FeedConnector
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.patience import NO_PATIENCE
from apps.connectors.tests.contract import Case
from apps.connectors.tests.replay import Exchange, ReplayServer, Said

# Google's product data specification: https://support.google.com/merchants/answer/7052112
RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
<channel>
<title>Harbour Outfitters</title><link>https://shop.example</link><description>Feed</description>
<item>
  <g:id>J-1-S</g:id><title>Jacket</title><g:title>Regenjacke Föhr – S</g:title>
  <g:description>&lt;p&gt;Dry &amp;amp; light.&lt;/p&gt;</g:description>
  <link>https://shop.example/j1?size=s</link><g:image_link>https://shop.example/j1.jpg</g:image_link>
  <g:additional_image_link>https://shop.example/j1-back.jpg</g:additional_image_link>
  <g:availability>in_stock</g:availability><g:price>79.00 EUR</g:price>
  <g:brand>Nordsee</g:brand><g:gtin>4006381333931</g:gtin><g:mpn>NS-J1S</g:mpn>
  <g:product_type>Sale</g:product_type><g:product_type>Men &gt; Jackets &gt; Rain</g:product_type>
  <g:google_product_category>5598</g:google_product_category>
  <g:item_group_id>J-1</g:item_group_id><g:color>navy</g:color><g:size>S</g:size>
  <g:shipping><g:country>DE</g:country><g:price>4.90 EUR</g:price></g:shipping>
  <g:product_detail><g:section_name>Care</g:section_name><g:attribute_name>Washing</g:attribute_name>
    <g:attribute_value>30 °C</g:attribute_value></g:product_detail>
</item>
<item>
  <g:id>J-1-M</g:id><g:title>Regenjacke Föhr – M</g:title><link>https://shop.example/j1?size=m</link>
  <g:availability>out of stock</g:availability><g:price>75.00 EUR</g:price><g:brand>Nordsee</g:brand>
  <g:item_group_id>J-1</g:item_group_id><g:color>navy</g:color><g:size>M</g:size>
</item>
<item>
  <g:id>M-2</g:id><g:title><![CDATA[Mug "雨"]]></g:title><link>https://shop.example/m2</link>
  <g:availability>preorder</g:availability><g:price>12.00 EUR</g:price><g:sale_price>9.50 EUR</g:sale_price>
</item>
</channel></rss>
"""

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
<title>Feed</title>
<entry><g:id>7</g:id><title>Lamp</title><link href="https://shop.example/lamp"/><summary>Warm light.</summary>
  <g:price>20 USD</g:price><g:availability>in stock</g:availability></entry>
</feed>
"""

GERMAN_CSV = """Artikelnummer;Bezeichnung;Beschreibung;Preis;Lagerbestand;Marke;Kategorie;EAN;Farbe;Interne Notiz
A1;Gießkanne;"Verzinkt; 5 Liter";1.299;3;Gärtner;Garten > Gießen;4006381333931;grün;x
A2;Schaufel;;19,90 €;0;;Garten > Werkzeug;4.00638E+12;;
"""


# The columns of the products that Shopify and WooCommerce export: https://help.shopify.com/manual/products/import-export
# and https://github.com/woocommerce/woocommerce/wiki/Product-CSV-Import-Schema
SHOPIFY_CSV = """Handle,Title,Body (HTML),Vendor,Product Category,Type,Published,\
Variant SKU,Variant Inventory Qty,Variant Price,Image Src,Status
shirt,Shirt,<p>Soft.</p>,Loom,Apparel > Shirts,Top,true,SH-S,4,20.00,https://cdn.example/1.jpg,active
shirt,,,,,,,SH-M,0,18.00,https://cdn.example/2.jpg,
shirt,,,,,,,,,,https://cdn.example/3.jpg,
card,Gift card,,Loom,,,true,,,25.00,,active
old,Old shirt,,Loom,,,true,OLD,1,5.00,,archived
"""
WOOCOMMERCE_CSV = """ID,Type,SKU,Name,Published,"Short description","In stock?",Stock,\
"Sale price","Regular price",Categories,Images,Parent
44,variable,HD,Hoodie,1,Warm,1,,,,"Clothing > Hoodies","https://a.example/h.jpg, https://a.example/h2.jpg",
45,variation,HD-R,"Hoodie – red",1,,1,,42,45,,https://a.example/r.jpg,id:44
46,variation,HD-B,"Hoodie – blue",1,,0,,,40,,,id:44
47,simple,SEC,Secret,0,,1,,,9,,,
"""


@contextmanager
def serving(body: bytes | str, headers: dict[str, str] | None = None) -> Iterator[ReplayServer]:
    """A server that has this feed at every address."""
    content = body.encode() if isinstance(body, str) else body
    server = ReplayServer(lambda _: Said(content, headers=headers or {}))
    try:
        yield server
    finally:
        server.close()


@contextmanager
def feed(
    body: bytes | str, *, headers: dict[str, str] | None = None, columns: str = ""
) -> Iterator[FeedConnector]:
    """A connector of a feed that a server on loopback serves."""
    with serving(body, headers) as server:
        http = HttpClient(trusted=frozenset({("127.0.0.1", server.port)}), patience=NO_PATIENCE)
        settings = FeedConnector.Settings(url=f"{server.url}/export/feed?key=1", columns=columns)
        with FeedConnector(settings, link=Link("c1", currency="USD"), http=http) as connector:
            yield connector


FEED = Case(
    connector=FeedConnector,
    settings=lambda url: FeedConnector.Settings(url=f"{url}/feed.xml"),
    responders=lambda _: [Exchange("GET", "/feed.xml", Said(RSS.encode()))],
    product_ids=["J-1", "M-2"],
    text="Föhr",
    nonsense_code="bad_shape",
)
