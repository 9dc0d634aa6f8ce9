"""The script, the full page, and the console's Widget page."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import AuditLog, Store, User
from apps.chat import widget_views
from apps.chat.widget_settings import WidgetSettingsError, normal_origin


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built script, so that these tests need no Node."""
    script = tmp_path / "widget.js"
    script.write_text("window.eaichat = {};")
    monkeypatch.setattr(widget_views, "SCRIPT", script)
    return script


def test_any_page_may_load_the_script_and_keeps_it_for_a_while(client: Client, built: Path) -> None:
    response = client.get("/widget.js")

    assert response.status_code == 200
    assert response.content == built.read_bytes()
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert "max-age=300" in response["Cache-Control"]


def test_the_script_is_packed_for_browsers_that_unpack(client: Client, built: Path) -> None:
    response = client.get("/widget.js", headers={"Accept-Encoding": "gzip, br"})

    assert response["Content-Encoding"] == "gzip"
    assert response["Vary"] == "Accept-Encoding"
    assert gzip.decompress(response.content) == built.read_bytes()


def test_a_script_that_the_browser_has_is_not_sent_again(client: Client, built: Path) -> None:
    etag = client.get("/widget.js")["ETag"]

    again = client.get("/widget.js", headers={"If-None-Match": etag})

    assert again.status_code == 304
    assert again.content == b""


def test_a_new_build_is_served_without_a_restart(client: Client, built: Path) -> None:
    client.get("/widget.js")
    built.write_text("window.eaichat = {version: 2};")

    assert b"version: 2" in client.get("/widget.js").content


def test_a_widget_that_is_not_built_says_how_to_build_it(client: Client, built: Path) -> None:
    built.unlink()

    response = client.get("/widget.js")

    assert response.status_code == 503
    assert b"npm run build" in response.content


def test_an_unknown_key_has_no_page(client: Client, db: None) -> None:
    assert client.get("/chat/pk_unknown/").status_code == 404


def test_the_full_page_loads_the_widget_in_page_mode(client: Client, store: Store) -> None:
    html = client.get(reverse("chat_page", args=[store.public_key])).content.decode()

    assert f'src="/widget.js" data-store="{store.public_key}" data-mode="page"' in html
    assert "<title>Chat with Corner Shop</title>" in html


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("http://localhost:3000", "http://localhost:3000"),
        ("  HTTPS://Shop.Example/ ", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://shop.example:80/", "http://shop.example"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://192.168.0.7:8000", "http://192.168.0.7:8000"),
    ],
)
def test_an_origin_is_kept_as_browsers_send_it(typed: str, kept: str) -> None:
    assert normal_origin(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "shop.example",
        "//shop.example",
        "https://",
        "https://shop.example/cart",
        "https://shop.example?a=b",
        "https://*.shop.example",
        "https://user:secret@shop.example",
        "https://shop .example",
        "https://shop.example:99999",
        "https://-shop.example",
        "https://shop..example",
        "https://[::1",
        "javascript:alert(1)",
        "ftp://shop.example",
        "null",
        "*",
    ],
)
def test_what_is_no_origin_is_refused_in_plain_words(typed: str) -> None:
    with pytest.raises(WidgetSettingsError) as caught:
        normal_origin(typed)

    assert caught.value.text.endswith((".", "3000."))


def test_a_manager_adds_an_origin_and_takes_it_away(client: Client, store: Store, manager: User) -> None:
    client.force_login(manager)

    response = client.post(
        reverse("console_widget"), {"form": "origin", "origin": "https://shop.example/"}, follow=True
    )
    store.refresh_from_db()
    assert "Pages of https://shop.example can open the chat now." in response.content.decode()
    assert store.allows_origin("https://shop.example")

    client.post(reverse("console_widget_origin_remove"), {"origin": "https://shop.example"})
    store.refresh_from_db()
    assert not store.allows_origin("https://shop.example")
    actions = AuditLog.objects.filter(store=store).values_list("action", flat=True)
    assert list(actions) == ["widget.origin_removed", "widget.origin_added"]


def test_an_origin_that_is_listed_is_not_listed_twice(client: Client, store: Store, manager: User) -> None:
    client.force_login(manager)

    client.post(reverse("console_widget"), {"form": "origin", "origin": "http://LOCALHOST:3000"})

    store.refresh_from_db()
    assert store.allowed_origins == ["http://localhost:3000"]


def test_an_origin_that_does_not_fit_stays_in_the_field_with_the_reason(
    client: Client, store: Store, manager: User
) -> None:
    client.force_login(manager)

    html = client.post(reverse("console_widget"), {"form": "origin", "origin": "shop.example"}).content.decode()

    assert 'value="shop.example"' in html
    assert "An origin begins with https:// or http://." in html
    assert 'aria-invalid="true"' in html


def test_a_manager_changes_the_colour(client: Client, store: Store, manager: User) -> None:
    client.force_login(manager)

    client.post(reverse("console_widget"), {"form": "accent", "accent": "#7C3AED"})

    store.refresh_from_db()
    assert store.accent == "#7c3aed"


@pytest.mark.parametrize("accent", ["red", "#fff", "#12345g", "", "#0f766e;--x:1"])
def test_a_colour_that_is_none_changes_nothing(client: Client, store: Store, manager: User, accent: str) -> None:
    client.force_login(manager)

    response = client.post(reverse("console_widget"), {"form": "accent", "accent": accent})

    store.refresh_from_db()
    assert store.accent == "#0f766e"
    assert "A colour is # and six digits" in response.content.decode()


def test_the_page_shows_the_line_to_copy(client: Client, store: Store, manager: User) -> None:
    client.force_login(manager)

    html = client.get(reverse("console_widget")).content.decode()

    assert f"data-store=&quot;{store.public_key}&quot; defer&gt;&lt;/script&gt;" in html
    assert "http://localhost:3000" in html


def test_the_preview_is_the_real_widget_in_the_colour_that_is_tried(
    client: Client, store: Store, manager: User
) -> None:
    client.force_login(manager)

    html = client.get(reverse("console_widget_preview"), {"accent": "#be185d"}).content.decode()

    assert f'data-store="{store.public_key}" data-accent="#be185d"' in html


def test_an_agent_may_not_change_the_widget(client: Client, store: Store, agent: User) -> None:
    client.force_login(agent)

    for name in ("console_widget", "console_widget_origin_remove"):
        response = client.post(reverse(name), {"form": "origin", "origin": "https://shop.example"})
        assert response.status_code == 403

    store.refresh_from_db()
    assert store.allowed_origins == ["http://localhost:3000"]
