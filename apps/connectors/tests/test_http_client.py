"""What the client for foreign addresses refuses, bounds, and says."""

from __future__ import annotations

import gzip
import ipaddress
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from apps.accounts.tests.machine import PATIENCE_S
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.patience import NO_PATIENCE
from apps.connectors.tests.platform_server import PlatformServer, body, drip, endless, redirect
from eaichat.outbound.addresses import is_public, resolve
from eaichat.outbound.client import HttpLimits

LIMITS = HttpLimits(connect=10.0, read=10.0, total=20.0, body=100_000)


def client_for(platform: PlatformServer, limits: HttpLimits = LIMITS) -> HttpClient:
    return HttpClient(trusted=frozenset({("127.0.0.1", platform.port)}), limits=limits, patience=NO_PATIENCE)


def failure(client: HttpClient, url: str) -> ConnectorError:
    with client, pytest.raises(ConnectorError) as caught:
        client.get_json(url)
    assert caught.value.text
    return caught.value


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.9.9.9",
        "0.0.0.0",  # noqa: S104 - an address to refuse, nothing binds to it
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "64:ff9b:1::a00:1",
        "::ffff:0:a00:1",
        "3fff::1",
        "5f00::1",
        "192.0.0.9",
        "192.88.99.1",
        "168.63.129.16",
    ],
)
def test_private_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:4700::1111", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


def test_a_name_is_resolved_to_each_address_once() -> None:
    assert ipaddress.ip_address("127.0.0.1") in resolve("localhost", 80, timeout=PATIENCE_S)


def test_json_is_read_from_a_trusted_address(platform: PlatformServer) -> None:
    with client_for(platform) as client:
        assert client.get_json(f"{platform.url}/products/3") == platform.products[2]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0x7f.1"])
def test_loopback_is_refused_however_it_is_written(platform: PlatformServer, host: str) -> None:
    assert failure(HttpClient(limits=LIMITS), f"http://{host}:{platform.port}/").code == "refused_address"
    assert platform.requests == []


def test_trust_covers_exactly_one_port(platform: PlatformServer) -> None:
    other = HttpClient(trusted=frozenset({("127.0.0.1", platform.port + 1)}), limits=LIMITS)
    assert failure(other, platform.url).code == "refused_address"


def test_trust_covers_exactly_the_written_host(platform: PlatformServer) -> None:
    assert failure(client_for(platform), f"http://localhost:{platform.port}/").code == "refused_address"


def test_a_redirect_to_loopback_is_refused(platform: PlatformServer) -> None:
    secret = PlatformServer()
    try:
        platform.answers["/products"] = redirect(f"{secret.url}/carts/1001")
        assert failure(client_for(platform), f"{platform.url}/products").code == "refused_address"
        assert secret.requests == []
    finally:
        secret.close()


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(host: str, port: int, **_: object) -> list[tuple[object, ...]]:
        return [(socket.AF_INET, 1, 6, "", (ip, port)) for ip in ("93.184.216.34", "10.0.0.5")]

    monkeypatch.setattr(socket, "getaddrinfo", answer)  # a hostile name server cannot be had otherwise
    assert failure(HttpClient(limits=LIMITS), "http://rebind.example/").code == "refused_address"


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    answered = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answered.wait(20) and [])
    started = time.monotonic()
    error = failure(HttpClient(limits=HttpLimits(connect=0.2), patience=NO_PATIENCE), "http://slow.example/")
    answered.set()
    assert (error.code, error.retryable) == ("timeout", True)
    assert time.monotonic() - started < 10


def test_the_connection_goes_to_the_address_that_was_checked(
    platform: PlatformServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = socket.getaddrinfo
    asked: list[str] = []

    def answer(host: str, *rest: object, **named: object) -> object:
        asked.append(host)
        return real("127.0.0.1" if host == "shop.example" else host, *rest, **named)  # type: ignore[arg-type] # handed on as it came

    monkeypatch.setattr(socket, "getaddrinfo", answer)
    trusted = frozenset({("shop.example", platform.port)})
    with HttpClient(trusted=trusted, limits=LIMITS) as client:
        client.get_json(f"http://shop.example:{platform.port}/products")
    assert asked.count("shop.example") == 1
    assert platform.requests[0][1]["Host"] == f"shop.example:{platform.port}"


def test_redirects_are_followed_and_counted(platform: PlatformServer) -> None:
    platform.answers["/old"] = redirect("/products/1")
    platform.answers["/loop"] = redirect("/loop")
    with client_for(platform) as client:
        assert client.get_json(f"{platform.url}/old") == platform.products[0]
    assert failure(client_for(platform), f"{platform.url}/loop").code == "too_many_redirects"


@pytest.mark.parametrize(
    "location",
    ["ftp://example.com/x", "file:///etc/passwd", "http://user:pw@example.com/", "http://[", "http://[::1%\xe9]/"],
)
def test_a_redirect_to_something_else_than_http_is_refused(platform: PlatformServer, location: str) -> None:
    platform.answers["/products"] = redirect(location)
    assert failure(client_for(platform), f"{platform.url}/products").code == "bad_address"


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_redirect_may_name_its_path_in_either_encoding(platform: PlatformServer, encoding: str) -> None:
    platform.answers["/old"] = redirect("/caf\xe9".encode(encoding).decode("latin-1"))
    platform.answers["/caf%C3%A9"] = body(b"[1]")
    with client_for(platform) as client:
        assert client.get_json(f"{platform.url}/old") == [1]


def test_headers_do_not_follow_a_redirect_to_another_origin(platform: PlatformServer) -> None:
    other = PlatformServer()
    try:
        platform.answers["/products"] = redirect(f"{other.url}/products")
        trusted = frozenset({("127.0.0.1", platform.port), ("127.0.0.1", other.port)})
        with HttpClient(trusted=trusted, limits=LIMITS) as client:
            client.get_json(f"{platform.url}/products", headers={"Authorization": "Bearer x"})
        assert platform.requests[0][1]["Authorization"] == "Bearer x"
        assert "Authorization" not in other.requests[0][1]
    finally:
        other.close()


def test_a_dead_host_is_unreachable_and_may_come_back(platform: PlatformServer) -> None:
    platform.close()
    error = failure(client_for(platform), platform.url)
    assert (error.code, error.retryable) == ("unreachable", True)


def test_an_unknown_name_is_unreachable() -> None:
    assert (
        failure(HttpClient(limits=LIMITS, patience=NO_PATIENCE), "http://no-such-shop.invalid/").code
        == "unreachable"
    )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<!doctype html><h1>Hello</h1>", "web page"),
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b'{"price": NaN}', "not JSON"),
        (b"[" * 50_000, "not JSON"),
    ],
)
def test_what_is_not_json_is_said(platform: PlatformServer, data: bytes, words: str) -> None:
    platform.answers["/products"] = body(data)
    error = failure(client_for(platform), f"{platform.url}/products")
    assert error.code == "not_json"
    assert words in error.text


@pytest.mark.parametrize(
    ("status", "code", "retryable"),
    [
        (404, "http_status", False),
        (401, "unauthorized", False),
        (403, "unauthorized", False),
        (429, "rate_limited", True),
        (503, "http_status", True),
        (418, "http_status", False),
    ],
)
def test_a_status_other_than_2xx_is_an_error(
    platform: PlatformServer, status: int, code: str, retryable: bool
) -> None:
    platform.answers["/products"] = body(b"[]", status=status)
    error = failure(client_for(platform), f"{platform.url}/products")
    assert (error.code, error.retryable) == (code, retryable)
    assert str(status) in error.text


def test_an_endless_answer_is_cut_off(platform: PlatformServer) -> None:
    platform.answers["/products"] = endless(platform)
    assert failure(client_for(platform), f"{platform.url}/products").code == "too_large"


def test_an_answer_that_unpacks_to_too_much_is_cut_off(platform: PlatformServer) -> None:
    packed = gzip.compress(b" " * 50_000_000)
    assert len(packed) < LIMITS.body
    platform.answers["/products"] = body(packed, headers={"Content-Encoding": "gzip"})
    assert failure(client_for(platform), f"{platform.url}/products").code == "too_large"


def test_packed_answers_are_unpacked(platform: PlatformServer) -> None:
    packed = gzip.compress(json.dumps([1, 2]).encode())
    platform.answers["/products"] = body(packed, headers={"Content-Encoding": "gzip"})
    with client_for(platform) as client:
        assert client.get_json(f"{platform.url}/products") == [1, 2]


def test_damaged_packing_is_said(platform: PlatformServer) -> None:
    platform.answers["/products"] = body(b"not gzip", headers={"Content-Encoding": "gzip"})
    assert failure(client_for(platform), f"{platform.url}/products").code == "not_json"


@pytest.mark.parametrize("head", [True, False])
def test_a_slow_drip_ends_at_the_deadline(platform: PlatformServer, head: bool) -> None:
    platform.answers["/products"] = drip(platform, head=head, every=0.05)
    started = time.monotonic()
    error = failure(client_for(platform, HttpLimits(total=1.0)), f"{platform.url}/products")
    assert (error.code, error.retryable) == ("timeout", True)
    assert time.monotonic() - started < 10


def speak_something_else(request: BaseHTTPRequestHandler) -> None:
    request.wfile.write(b"SSH-2.0-OpenSSH\r\n")


def test_a_server_that_does_not_speak_http_is_unreachable(platform: PlatformServer) -> None:
    platform.answers["/products"] = speak_something_else
    assert failure(client_for(platform), f"{platform.url}/products").code == "unreachable"


@pytest.mark.parametrize(
    "address",
    [
        *("ftp://shop.example", "shop", "http://", "http://a:99999/", "http://[::1", "//x"),
        *("http://[::1%\xe9]/", "http://[fe80::1%eth0]/", "http://a b/", "http://a\0b/", "http://a/\ud800"),
    ],
)
def test_addresses_that_are_none_are_refused(address: str) -> None:
    error = failure(HttpClient(limits=LIMITS), address)
    assert error.code == "bad_address"
    assert error.text.encode()


def test_https_to_a_plain_port_says_so(platform: PlatformServer) -> None:
    error = failure(client_for(platform), f"https://127.0.0.1:{platform.port}/")
    assert error.code == "unreachable"
    assert "https" in error.text
