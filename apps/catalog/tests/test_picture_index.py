"""Pictures in the index: fetched and embedded once, never at the cost of a product."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from apps.catalog.engine.catalog import Catalog
from apps.catalog.engine.embedding import EmbeddingService, HashingEmbedder, Vectors
from apps.catalog.engine.embedding.cache import VectorCache
from apps.catalog.engine.embedding.image import ClipEmbedder, Picture
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.hosting.client import HostClient
from apps.catalog.engine.images.fetching import PictureFetcher
from apps.catalog.engine.queries import IndexReport, SearchQuery
from apps.catalog.engine.records import HasVector
from apps.catalog.product import Product
from apps.catalog.tests.picture_server import PictureServer, encoded
from apps.catalog.tests.tiny_clip import COLOURS, tiny_clip

STORE = "shop"


class CountingClip(ClipEmbedder):
    """The tiny CLIP, how many pictures it was shown, and which texts it was asked about."""

    shown = 0

    def __init__(self, *, name: str, vision: Path, text: Path) -> None:
        super().__init__(name=name, vision=vision, text=text)
        self.texts: list[str] = []

    def text(self, text: str) -> Vectors | None:
        self.texts.append(text)
        return super().text(text)

    def images(self, pictures: Sequence[Picture]) -> Vectors:
        self.shown += len(pictures)
        return super().images(pictures)


@pytest.fixture
def server() -> Iterator[PictureServer]:
    server = PictureServer()
    server.files = {f"/{colour}.png": encoded(colour) for colour in COLOURS}
    yield server
    server.close()


@pytest.fixture
def clip(tmp_path: Path) -> CountingClip:
    vision, text = tiny_clip(tmp_path / "clip")
    return CountingClip(name="tiny", vision=vision, text=text)


@pytest.fixture
def pictured(own_host: Path, tmp_path: Path, server: PictureServer, clip: CountingClip) -> Catalog:
    return made(own_host, tmp_path, server, clip)


def made(host: Path, tmp_path: Path, server: PictureServer, clip: ClipEmbedder | None) -> Catalog:
    """A catalogue as a process has it after its start; the cache and the index outlive it."""
    cache = VectorCache(tmp_path / "vectors.sqlite3", most_bytes=10_000_000)
    return Catalog(
        embeddings=EmbeddingService(HashingEmbedder, load_images=lambda: clip, cache=cache),
        backend=HostClient(host),
        fetcher=PictureFetcher(trusted=frozenset({("127.0.0.1", server.port)})),
    )


def mug(server: PictureServer, colour: str, **fields: str | float) -> Product:
    url = server.url(f"/{colour}.png")
    return Product.model_validate({"product_id": colour, "title": f"{colour} mug", "image_url": url, **fields})


def put(catalog: Catalog, *products: Product, run: str = "run-1") -> IndexReport:
    return catalog.index(store_id=STORE, products=products, sync_run=run)


def with_picture(catalog: Catalog) -> int:
    return catalog.vectors.count(store_id=STORE, where=(HasVector("image"),))


def test_a_picture_is_fetched_and_embedded_once(
    pictured: Catalog, server: PictureServer, clip: CountingClip
) -> None:
    assert put(pictured, mug(server, "red"), mug(server, "blue")).problems == []
    assert with_picture(pictured) == 2
    report = put(pictured, mug(server, "red"), mug(server, "blue"), run="run-2")
    assert (report.unchanged, report.indexed) == (2, 0)
    assert (sorted(server.asked), clip.shown) == (["/blue.png", "/red.png"], 2)


def test_new_words_and_new_prices_keep_the_picture_and_do_not_fetch_it(
    pictured: Catalog, server: PictureServer, clip: CountingClip
) -> None:
    put(pictured, mug(server, "red"))
    put(pictured, mug(server, "red", price=5.0))
    put(pictured, mug(server, "red", price=5.0, title="A cup"))
    assert with_picture(pictured) == 1
    assert (server.asked, clip.shown) == (["/red.png"], 1)


def test_the_same_bytes_at_another_address_are_fetched_and_not_embedded(
    pictured: Catalog, server: PictureServer, clip: CountingClip
) -> None:
    put(pictured, mug(server, "red"))
    server.files["/red.png?v=2"] = server.files["/red.png"]
    put(pictured, mug(server, "red", image_url=server.url("/red.png?v=2")))
    assert (server.asked, clip.shown) == (["/red.png", "/red.png?v=2"], 1)
    assert with_picture(pictured) == 1


def test_a_failing_picture_costs_that_vector_alone_and_is_told(pictured: Catalog, server: PictureServer) -> None:
    report = put(
        pictured,
        mug(server, "red"),
        mug(server, "none"),
        Product(product_id="plain", title="a mug without a picture"),
    )
    assert report.indexed == 3
    assert report.problems == ["none: its picture: 127.0.0.1 answered with status 404"]
    assert with_picture(pictured) == 1
    again = put(pictured, mug(server, "none"), run="run-2")
    assert (again.unchanged, again.problems) == (1, [])
    assert server.asked.count("/none.png") == 1  # an address without a picture is not asked again and again


def test_what_failed_in_passing_is_tried_again_and_costs_no_write_until_it_is_there(
    pictured: Catalog, server: PictureServer
) -> None:
    server.answers["/red.png"] = lambda handler: handler.send_error(503)
    assert put(pictured, mug(server, "red")).problems
    again = put(pictured, mug(server, "red"), run="run-2")
    assert (again.unchanged, len(again.problems)) == (1, 1)
    del server.answers["/red.png"]
    assert put(pictured, mug(server, "red"), run="run-3").indexed == 1
    assert with_picture(pictured) == 1


def test_a_picture_that_is_taken_away_takes_its_vector_out_of_search(
    pictured: Catalog, server: PictureServer
) -> None:
    put(pictured, mug(server, "red"))
    put(pictured, mug(server, "red", image_url=""))
    payloads = [payload for _, payload in pictured.vectors.scroll(store_id=STORE)]
    assert [payload["image_model"] for payload in payloads] == [""]


def test_a_model_that_comes_later_is_served_by_the_next_sync(
    own_host: Path, tmp_path: Path, server: PictureServer, clip: CountingClip
) -> None:
    before = made(own_host, tmp_path, server, None)
    put(before, mug(server, "red"))
    assert (server.asked, with_picture(before)) == ([], 0)
    after = made(own_host, tmp_path, server, clip)
    assert put(after, mug(server, "red"), run="run-2").indexed == 1
    assert with_picture(after) == 1


def test_a_damaged_model_costs_the_pictures_and_no_product(
    own_host: Path, tmp_path: Path, server: PictureServer
) -> None:
    (tmp_path / "nothing").mkdir()
    broken = ClipEmbedder(name="broken", vision=tmp_path / "nothing", text=tmp_path / "nothing")
    catalog = made(own_host, tmp_path, server, broken)
    report = put(catalog, mug(server, "red"))
    assert report.indexed == 1
    assert "cannot be loaded" in report.problems[0]
    assert catalog.embeddings.image_query("red") is None


def test_a_search_asks_for_pictures_only_where_the_store_has_one(
    pictured: Catalog, server: PictureServer, clip: CountingClip
) -> None:
    put(pictured, mug(server, "red", image_url=""))
    assert pictured.search(store_id=STORE, query=SearchQuery(text="red mug")).hits
    assert clip.texts == []
    put(pictured, mug(server, "blue"))
    hit = pictured.search(store_id=STORE, query=SearchQuery(text="blue mug"), explain=True).hits[0]
    assert clip.texts == ["blue mug"]
    assert hit.reasons is not None
    assert hit.reasons.image is not None


# --- A shopper's photo --------------------------------------------------------------------------------------
def found(catalog: Catalog, colour: str, **limits: float | bool) -> list[str]:
    query = SearchQuery.model_validate(limits)
    photo = encoded(colour, kind="JPEG", size=(900, 1200))
    return [hit.product.product_id for hit in catalog.search_image(store_id=STORE, photo=photo, query=query)]


def test_a_photo_finds_what_looks_like_it_and_nothing_else(pictured: Catalog, server: PictureServer) -> None:
    put(pictured, mug(server, "red"), mug(server, "blue"), Product(product_id="plain", title="a red mug"))
    assert found(pictured, "red") == ["red"]
    assert found(pictured, "blue") == ["blue"]
    assert found(pictured, "green") == []


def test_a_photo_is_searched_within_hard_limits(pictured: Catalog, server: PictureServer) -> None:
    put(pictured, mug(server, "red", price=50.0), mug(server, "red", product_id="cheap", price=5.0))
    assert sorted(found(pictured, "red")) == ["cheap", "red"]
    assert found(pictured, "red", price_max=10.0) == ["cheap"]
    assert found(pictured, "red", in_stock=False) == []


def test_a_photo_is_looked_at_once_for_several_limits(pictured: Catalog, server: PictureServer) -> None:
    put(pictured, mug(server, "red", price=50.0), mug(server, "red", product_id="cheap", price=5.0))
    photo, queries = encoded("red"), [SearchQuery(price_max=10.0), SearchQuery(price_min=10.0)]
    found = pictured.search_image_within(store_id=STORE, photo=photo, queries=queries)
    assert [[hit.product.product_id for hit in hits] for hits in found] == [["cheap"], ["red"]]


def test_a_search_among_what_was_found_keeps_its_order_and_every_limit(
    pictured: Catalog, server: PictureServer
) -> None:
    put(
        pictured,
        mug(server, "red", price=50.0, rating=3.0),
        mug(server, "blue", price=5.0, rating=5.0),
        mug(server, "green", price=7.0, rating=4.0),
    )

    def among(**limits: object) -> list[str]:
        query = SearchQuery.model_validate({"among": ["red", "green", "gone"], **limits})
        result = pictured.search(store_id=STORE, query=query)
        assert not any("green" in chip.label for chip in result.chips)
        return [hit.product.product_id for hit in result.hits]

    assert among() == ["red", "green"], "as they were named, and not the best rated first"
    assert among(sort="price_asc") == ["green", "red"]
    assert among(price_max=10.0) == ["green"]
    assert among(text="a red mug") == ["red"]


def test_photos_are_offered_where_one_can_find_something(
    own_host: Path, tmp_path: Path, server: PictureServer, pictured: Catalog
) -> None:
    put(pictured, Product(product_id="plain", title="a mug without a picture"))
    assert not pictured.finds_photos(store_id=STORE)
    put(pictured, mug(server, "red"), run="run-2")
    assert pictured.finds_photos(store_id=STORE)
    assert not pictured.finds_photos(store_id="another")
    assert not made(own_host, tmp_path, server, None).finds_photos(store_id=STORE)


def test_nothing_of_a_photo_is_kept(pictured: Catalog, server: PictureServer, tmp_path: Path) -> None:
    put(pictured, mug(server, "red"))
    before = (tmp_path / "vectors.sqlite3").read_bytes()
    assert found(pictured, "red") == ["red"]
    assert (tmp_path / "vectors.sqlite3").read_bytes() == before
    assert pictured.count(store_id=STORE) == 1


def test_pictures_that_another_model_saw_are_not_compared(
    own_host: Path, tmp_path: Path, server: PictureServer, pictured: Catalog, clip: CountingClip
) -> None:
    put(pictured, mug(server, "red"))
    vision, text = tiny_clip(tmp_path / "other")
    other = made(own_host, tmp_path, server, ClipEmbedder(name="other", vision=vision, text=text))
    assert found(other, "red") == []
    put(other, mug(server, "red"), run="run-2")
    assert found(other, "red") == ["red"]


def test_without_a_model_or_a_picture_the_photo_is_refused(
    own_host: Path, tmp_path: Path, server: PictureServer, pictured: Catalog
) -> None:
    with pytest.raises(CatalogError) as caught:
        pictured.search_image(store_id=STORE, photo=b"<svg/>")
    assert caught.value.code == "bad_image"
    with pytest.raises(CatalogError) as caught:
        made(own_host, tmp_path, server, None).search_image(store_id=STORE, photo=encoded("red"))
    assert caught.value.code == "no_image_model"


# --- Words that find pictures -------------------------------------------------------------------------------
def test_of_products_that_are_described_alike_the_one_whose_picture_shows_it_comes_first(
    pictured: Catalog, server: PictureServer
) -> None:
    alike = [mug(server, colour, title="Mug in red, green or blue") for colour in ("red", "green", "blue")]
    put(pictured, *alike)
    for colour in ("blue", "green", "red"):
        hits = pictured.search(store_id=STORE, query=SearchQuery(text=f"mug {colour}"), explain=True).hits
        assert hits[0].product.product_id == colour
        assert hits[0].reasons is not None
        assert (hits[0].reasons.image or 0) > 0.9
