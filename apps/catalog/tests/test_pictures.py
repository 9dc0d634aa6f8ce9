"""Bytes of strangers: what becomes a picture, what is refused, and what is fetched from where."""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest
from PIL import Image

from apps.accounts.tests.machine import PATIENCE_S, least_cpu
from apps.catalog.engine.embedding.image import Picture
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.images import fetching
from apps.catalog.engine.images.decoding import MOST_BYTES, decode
from apps.catalog.engine.images.fetching import Missing, PictureFetcher
from apps.catalog.tests.picture_server import PictureServer, encoded
from apps.catalog.tests.tiny_clip import COLOURS
from eaichat.outbound.client import HttpLimits

BROKEN_EXIF = b"Exif\0\0II*\0"


def refusal(data: bytes) -> str:
    with pytest.raises(CatalogError) as caught:
        decode(data)
    assert caught.value.code == "bad_image"
    return caught.value.text


# --- Bytes ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_the_known_formats_become_small_opaque_pictures(kind: str) -> None:
    image = decode(encoded("red", kind=kind, size=(3000, 2000))).image
    assert image.mode == "RGB"
    assert max(image.size) <= 672
    pixel = image.getpixel((10, 10))
    assert isinstance(pixel, tuple)
    assert all(abs(is_ - was) < 6 for is_, was in zip(pixel, COLOURS["red"], strict=True))


def test_what_was_written_beside_the_picture_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A telephone"
    exif[0x0112] = 6  # lies on its side
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)  # where it was taken
    data = encoded("blue", kind="JPEG", size=(300, 200), exif=exif)
    assert b"A telephone" in data
    image = decode(data).image
    assert image.size == (200, 300)  # upright
    assert image.info == {}
    assert dict(image.getexif()) == {}


def test_a_picture_with_broken_exif_is_used_as_it_lies() -> None:
    assert decode(encoded("red", size=(16, 16), exif=BROKEN_EXIF)).image.size == (16, 16)


def test_whatever_pillow_raises_is_a_refusal_that_does_not_quote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise struct.error("unpack requires a buffer of 2 bytes")

    monkeypatch.setattr(Image.Image, "thumbnail", fail)  # the next such file, which nobody has found yet
    assert refusal(encoded("red")) == "This picture cannot be used: it is damaged."


def test_transparency_is_white_as_shops_show_it() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(file, "PNG")
    assert decode(file.getvalue()).image.getpixel((5, 5)) == (255, 255, 255)


@pytest.mark.parametrize(
    "data",
    [b"", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>no such page</html>", b"GIF89a", b"\xff\xd8\xff"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    assert "cannot be used" in refusal(data)


def test_a_format_that_is_not_for_shops_is_refused() -> None:
    file = io.BytesIO()
    Image.new("RGB", (50, 50)).save(file, "TIFF")
    assert "no JPEG, PNG, WebP or GIF" in refusal(file.getvalue())


def test_half_a_picture_is_refused() -> None:
    data = encoded("red", kind="JPEG", size=(600, 600))
    assert "damaged" in refusal(data[: len(data) // 2])


def test_too_many_bytes_are_refused_before_anybody_looks() -> None:
    assert "larger than 8 MB" in refusal(b"\xff\xd8\xff" + bytes(MOST_BYTES))


@pytest.mark.parametrize("edge", [6_000, 12_000, 60_000])
def test_a_small_file_with_many_pixels_is_refused_and_not_unfolded(edge: int) -> None:
    data = bomb(edge)
    assert "too many pixels" in refusal(data)
    assert least_cpu(lambda: refusal(data)) < 0.5


def test_a_line_of_pixels_does_not_become_a_wall() -> None:
    assert decode(encoded("red", size=(20_000, 4))).image.size == (12, 4)


def bomb(edge: int) -> bytes:
    """A PNG of a few kilobytes that says that it is `edge` pixels wide and high."""

    def chunk(name: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + content))
        return struct.pack(">I", len(content)) + name + content + check

    head = struct.pack(">IIBBBBB", edge, edge, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


# --- Addresses --------------------------------------------------------------------------------------------
@pytest.fixture
def server() -> Iterator[PictureServer]:
    server = PictureServer()
    yield server
    server.close()


def fetcher(server: PictureServer) -> PictureFetcher:
    limits = HttpLimits(connect=0.5, read=0.5, total=0.8, body=100_000, redirects=2)
    return PictureFetcher(trusted=frozenset({("127.0.0.1", server.port)}), limits=limits)


def test_pictures_are_told_by_their_bytes_and_fetched_once_each(server: PictureServer) -> None:
    server.files["/a.txt"] = encoded("red")
    server.files["/b.png"] = b"<html>not found, said with status 200</html>"
    urls = [server.url("/a.txt"), server.url("/b.png"), server.url("/a.txt"), server.url("/none.png")]
    found = dict(fetcher(server).fetch(urls))
    assert isinstance(found[urls[0]], Picture)
    assert found[urls[1]] == Missing(
        "This picture cannot be used: it is no JPEG, PNG, WebP or GIF.", passing=False
    )
    assert found[urls[3]] == Missing("127.0.0.1 answered with status 404", passing=False)
    assert sorted(server.asked) == ["/a.txt", "/b.png", "/none.png"]


def test_no_picture_fails_the_others(server: PictureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.files = {"/a.png": encoded("red"), "/b.png": b"a surprise"}

    def surprised(data: bytes) -> Picture:
        if data == b"a surprise":
            raise struct.error
        return decode(data)

    monkeypatch.setattr(fetching, "decode", surprised)
    good, bad = server.url("/a.png"), server.url("/b.png")
    found = dict(fetcher(server).fetch([bad, good]))
    assert isinstance(found[good], Picture)
    assert found[bad] == Missing("This picture could not be read.", passing=True)


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{port}/a.png",
        "http://[::ffff:127.0.0.1]:{port}/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://10.0.0.1/a.png",
        "http://[::1]:{port}/a.png",
        "ftp://127.0.0.1/a.png",
        "file:///etc/passwd",
        "http://",
        "//shop.example/a.png",
        "no address",
        "http://[broken/a.png",
        "http://127.0.0.1:{port}/\ud800.png",
    ],
)
def test_what_is_no_public_address_is_not_fetched(server: PictureServer, url: str) -> None:
    server.files["/a.png"] = encoded("red")
    ((_, missing),) = fetcher(server).fetch([url.format(port=server.port)])
    assert isinstance(missing, Missing)
    assert not missing.passing
    assert server.asked == []


def test_a_redirect_into_the_own_network_is_not_followed(server: PictureServer) -> None:
    server.answers["/a.png"] = lambda handler: redirect(handler, f"http://localhost:{server.port}/secret")
    ((_, missing),) = fetcher(server).fetch([server.url("/a.png")])
    assert isinstance(missing, Missing)
    assert "private network" in missing.reason
    assert server.asked == ["/a.png"]


def test_endless_slow_and_circling_answers_end(server: PictureServer) -> None:
    server.answers["/endless"] = endless
    server.answers["/slow"] = lambda handler: slow(server)
    server.answers["/circle"] = lambda handler: redirect(handler, "/circle")
    began = time.monotonic()
    found = dict(fetcher(server).fetch([server.url(path) for path in ("/endless", "/slow", "/circle")]))
    assert all(isinstance(missing, Missing) for missing in found.values())
    assert time.monotonic() - began < PATIENCE_S


def test_a_host_that_does_not_answer_is_given_up_and_others_are_not(server: PictureServer) -> None:
    server.files["/a.png"] = encoded("red")
    with_nobody = [f"http://127.0.0.2:{server.port}/{number}.png" for number in range(40)]
    trusted = frozenset({("127.0.0.1", server.port), ("127.0.0.2", server.port)})
    found = dict(PictureFetcher(trusted=trusted).fetch([*with_nobody, server.url("/a.png")]))
    assert isinstance(found[server.url("/a.png")], Picture)
    last = found[with_nobody[-1]]
    assert isinstance(last, Missing)
    assert last.passing
    assert "did not answer for other pictures" in last.reason


def redirect(handler: BaseHTTPRequestHandler, to: str) -> None:
    handler.send_response(302)
    handler.send_header("Location", to)
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def slow(server: PictureServer) -> None:
    server.over.wait(5)


def endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(bytes(65_536))
    except OSError:
        return
