"""Requests of every method: what is sent, where it never goes, and how long a platform's troubles are sat out."""

from __future__ import annotations

import gzip
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.patience import Pace, Patience
from apps.connectors.tests.replay import (
    Exchange,
    ReplayServer,
    Said,
    breaks_off,
    moved_to,
    refuses,
    said,
)
from eaichat.outbound.client import HttpLimits, Method

METHODS: list[Method] = ["GET", "POST", "PUT", "DELETE"]
LIMITS = HttpLimits(connect=10.0, read=10.0, total=20.0, body=100_000)
QUICK = Patience(backoff=0.01, longest=3.0)


@pytest.fixture
def server() -> Iterator[ReplayServer]:
    server = ReplayServer(*(Exchange(method, "/a", said({"is": method})) for method in METHODS))
    yield server
    server.close()


@pytest.fixture
def client(server: ReplayServer) -> Iterator[HttpClient]:
    with client_of(server) as client:
        yield client


def client_of(*servers: ReplayServer, patience: Patience = QUICK) -> HttpClient:
    trusted = frozenset(("127.0.0.1", server.port) for server in servers)
    return HttpClient(trusted=trusted, limits=LIMITS, patience=patience, pace=Pace(per_second=1000))


@pytest.mark.parametrize("method", METHODS)
def test_an_answer_has_its_status_headers_and_json(
    client: HttpClient, server: ReplayServer, method: Method
) -> None:
    reply = client.request(method, f"{server.url}/a", params={"page": "1"})
    assert (reply.url, reply.status, reply.json()) == (f"{server.url}/a?page=1", 200, {"is": method})
    assert reply.headers["content-type"] == "application/json"


def test_parameters_join_those_that_the_address_has(client: HttpClient, server: ReplayServer) -> None:
    client.request("GET", f"{server.url}/a?x=1", params=[("searchCriteria[pageSize]", "20"), ("q", "ä&b")])
    assert server.requests[0].query == {"x": "1", "searchCriteria[pageSize]": "20", "q": "ä&b"}


def test_bodies_say_what_they_are(client: HttpClient, server: ReplayServer) -> None:
    client.request("POST", f"{server.url}/a", json={"q": "雨"})
    client.request("POST", f"{server.url}/a", form={"user": "ä b"})
    client.request("POST", f"{server.url}/a", content=b"<x/>", headers={"content-type": "text/xml"})
    client.request("POST", f"{server.url}/a")
    seen = [(asked.headers.get("content-type"), asked.body.decode()) for asked in server.requests]
    assert seen == [
        ("application/json", '{"q":"雨"}'),
        ("application/x-www-form-urlencoded", "user=%C3%A4+b"),
        ("text/xml", "<x/>"),
        (None, ""),
    ]
    assert server.requests[-1].headers["content-length"] == "0"


def test_a_status_that_is_expected_is_an_answer(client: HttpClient, server: ReplayServer) -> None:
    assert client.request("GET", f"{server.url}/none", ok_statuses={404}).status == 404
    with pytest.raises(ConnectorError, match="does not exist"):
        client.request("GET", f"{server.url}/none")


def test_the_platforms_own_words_are_passed_on(client: HttpClient, server: ReplayServer) -> None:
    server.responders.insert(0, Exchange("GET", "/a", said({"message": "Consumer\n is unknown"}, status=401)))
    with pytest.raises(ConnectorError) as caught:
        client.request("GET", f"{server.url}/a", params={"consumer_key": "ck_1"})
    assert caught.value.code == "unauthorized"
    assert "“Consumer is unknown”" in caught.value.text
    assert "ck_1" not in caught.value.text


@pytest.mark.parametrize("method", METHODS)
def test_no_method_reaches_a_private_address(server: ReplayServer, method: Method) -> None:
    with HttpClient(limits=LIMITS, patience=QUICK) as client, pytest.raises(ConnectorError) as caught:
        client.request(method, f"{server.url}/a", json={})
    assert caught.value.code == "refused_address"
    assert server.requests == []


@pytest.mark.parametrize("method", METHODS)
def test_no_method_is_redirected_to_a_private_address(server: ReplayServer, method: Method) -> None:
    inner = ReplayServer()
    try:
        server.spoil(moved_to(inner.url))
        with client_of(server) as client, pytest.raises(ConnectorError) as caught:
            client.request(method, f"{server.url}/a")
        assert caught.value.code == ("refused_address" if method == "GET" else "http_status")
        assert inner.requests == []
    finally:
        inner.close()


def test_only_a_get_follows_a_redirect_and_others_say_where_to(server: ReplayServer) -> None:
    other = ReplayServer(Exchange("GET", "/a", said([])), Exchange("POST", "/a", said([])))
    try:
        server.spoil(moved_to(other.url))
        with client_of(server, other) as client:
            assert client.request("GET", f"{server.url}/a").url == f"{other.url}/a"
            with pytest.raises(ConnectorError, match=f"{other.url}/a"):
                client.request("POST", f"{server.url}/a", json={"password": "x"})
        assert [asked.method for asked in other.requests] == ["GET"]
    finally:
        other.close()


def test_headers_that_cannot_be_sent_are_the_settings_fault(client: HttpClient, server: ReplayServer) -> None:
    for value in ("tokén", "a\r\nX-Evil: 1", "a\0"):
        with pytest.raises(ConnectorError) as caught:
            client.request("GET", f"{server.url}/a", headers={"Authorization": f"Bearer {value}"})
        assert caught.value.code == "bad_settings"
        assert value not in caught.value.text
    assert server.requests == []


@pytest.mark.parametrize("trouble", [refuses(500), refuses(429), breaks_off], ids=["500", "429", "cut"])
def test_a_request_is_tried_three_times_and_no_more(
    client: HttpClient, server: ReplayServer, trouble: object
) -> None:
    server.spoil(trouble, times=2)  # type: ignore[arg-type] # mypy joins two kinds of callables into object
    assert client.get_json(f"{server.url}/a") == {"is": "GET"}
    server.spoil(trouble)  # type: ignore[arg-type] # as above
    with pytest.raises(ConnectorError) as caught:
        client.get_json(f"{server.url}/a")
    assert caught.value.retryable
    assert len(server.requests) == 6


@pytest.mark.parametrize("status", [400, 401, 404])
def test_what_will_not_pass_is_not_tried_again(client: HttpClient, server: ReplayServer, status: int) -> None:
    server.spoil(refuses(status))
    with pytest.raises(ConnectorError):
        client.get_json(f"{server.url}/a")
    assert len(server.requests) == 1


def test_what_changes_something_is_sent_once_unless_it_was_turned_away(
    client: HttpClient, server: ReplayServer
) -> None:
    server.spoil(refuses(503), times=1)
    with pytest.raises(ConnectorError):
        client.request("POST", f"{server.url}/a", repeatable=False)
    assert len(server.requests) == 1
    server.spoil(refuses(429), times=1)
    assert client.request("POST", f"{server.url}/a", repeatable=False).status == 200


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("as_date", [False, True])
def test_the_pause_that_was_asked_for_is_kept(
    client: HttpClient, server: ReplayServer, status: int, as_date: bool
) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)  # dates know whole seconds only
    server.spoil(refuses(status, {"Retry-After": until if as_date else "1"}), times=1)
    client.get_json(f"{server.url}/a")
    first, second = server.requests
    assert second.at - first.at >= 0.9


def test_a_pause_that_is_too_long_is_left_to_others(client: HttpClient, server: ReplayServer) -> None:
    server.spoil(refuses(429, {"Retry-After": "3600"}))
    with pytest.raises(ConnectorError) as caught:
        client.get_json(f"{server.url}/a")
    assert (caught.value.code, caught.value.retryable, caught.value.retry_after) == ("rate_limited", True, 3600)
    assert len(server.requests) == 1


@pytest.mark.parametrize("value", ["soon", "", "-5", "inf", "nan"])
def test_a_pause_that_is_none_is_no_obstacle(client: HttpClient, server: ReplayServer, value: str) -> None:
    server.spoil(refuses(503, {"Retry-After": value}), times=1)
    if value == "inf":
        with pytest.raises(ConnectorError):
            client.get_json(f"{server.url}/a")
    else:
        assert client.get_json(f"{server.url}/a") == {"is": "GET"}


def test_an_answer_that_ends_in_the_middle_of_its_packing_is_damaged(
    client: HttpClient, server: ReplayServer
) -> None:
    cut = gzip.compress(b"[1, 2, 3]" * 100)[:-12]
    server.responders.insert(0, Exchange("GET", "/a", Said(cut, headers={"Content-Encoding": "gzip"})))
    with pytest.raises(ConnectorError) as caught:
        client.get_json(f"{server.url}/a")
    assert caught.value.code == "not_json"


def test_a_download_that_breaks_off_begins_anew(client: HttpClient, server: ReplayServer, tmp_path: Path) -> None:
    server.spoil(breaks_off, times=1)
    with (tmp_path / "feed").open("w+b") as file:
        assert client.download(f"{server.url}/a", file)
        file.seek(0)
        assert file.read() == b'{"is": "GET"}'


def test_the_beginning_of_a_download_is_not_all_of_it(
    client: HttpClient, server: ReplayServer, tmp_path: Path
) -> None:
    server.responders.insert(0, Exchange("GET", "/a", Said(b"x" * 90_000)))
    with (tmp_path / "feed").open("w+b") as file:
        assert not client.download(f"{server.url}/a", file, most=1000)
        assert 1000 < file.tell() < 90_000


def test_a_download_knows_the_same_bounds_and_refusals(
    client: HttpClient, server: ReplayServer, tmp_path: Path
) -> None:
    server.responders.insert(0, Exchange("GET", "/a", Said(b"x" * (LIMITS.body + 1))))
    with (tmp_path / "feed").open("w+b") as file:
        for url, code in ((f"{server.url}/a", "too_large"), (f"{server.url}/none", "http_status")):
            with pytest.raises(ConnectorError) as caught:
                client.download(url, file)
            assert caught.value.code == code
        with HttpClient(limits=LIMITS) as stranger, pytest.raises(ConnectorError) as caught:
            stranger.download(f"{server.url}/a", file)
        assert caught.value.code == "refused_address"


def test_a_host_is_asked_at_a_pace_by_all_threads_together() -> None:
    pace = Pace(per_second=50, burst=5)
    started = time.monotonic()

    def ask() -> None:
        for _ in range(10):
            pace.wait("shop")

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - started >= 15 / 50 - 0.01  # the first five at once
    calm = time.monotonic()
    pace.wait("another")
    assert time.monotonic() - calm < 15 / 50


def test_the_burst_comes_back_after_a_rest() -> None:
    pace = Pace(per_second=20, burst=2)
    for _ in range(2):
        pace.wait("shop")
    time.sleep(0.12)
    started = time.monotonic()
    for _ in range(2):
        pace.wait("shop")
    assert time.monotonic() - started < 0.04
    for _ in range(2):
        pace.wait("shop")
    assert time.monotonic() - started >= 0.09
