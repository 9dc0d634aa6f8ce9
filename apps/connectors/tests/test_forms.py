"""Every kind of setting that a platform may declare, as the console's form shows and reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

import pytest
from django.test import Client
from pydantic import Field

from apps.accounts.models import Store, User
from apps.connectors import services
from apps.connectors.forms import ConnectorForm
from apps.connectors.linking import read_settings
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms import registry
from apps.connectors.platforms.base import ConnectorSettings
from apps.connectors.tests.keyed import KeyedConnector

NEW = "/console/connectors/new/"


class ManifoldConnector(KeyedConnector):
    key = "manifold"
    label = "Platform with every kind of setting"

    class Settings(ConnectorSettings):
        base_url: str = Field(title="Address")
        token: str = Field(title="Access token", min_length=8, json_schema_extra={"secret": True})
        auth: Literal["basic", "oauth_1"] = Field(
            default="basic", title="Sign-in", json_schema_extra={"labels": {"oauth_1": "OAuth 1.0a"}}
        )
        stock: Literal["exact", "rough"] | None = Field(default=None, title="Stock")
        drafts: bool = Field(default=False, title="Bring drafts")
        images: bool = Field(default=True, title="Bring pictures")
        view: str = Field(default="", title="Store view", max_length=20)
        language: str | None = Field(default=None, title="Language")
        company: int = Field(default=1, title="Company", ge=1)
        columns: str = Field(default="", title="Columns", json_schema_extra={"lines": True})


REQUIRED = {"base_url": "https://a.example", "token": "0123456789"}


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setitem(registry.PLATFORMS, "manifold", "apps.connectors.tests.test_forms.ManifoldConnector")
    yield
    registry.platform.cache_clear()


@pytest.fixture
def connector(store: Store) -> ConnectorConfig:
    settings = ManifoldConnector.Settings(
        base_url="https://a.example", token="0123456789", drafts=True, images=False, stock="rough", company=3
    )
    return services.add_connector(store=store, actor=None, platform="manifold", name="Shop", settings=settings)


def typed(**given: Any) -> ConnectorForm:
    return ConnectorForm({**REQUIRED, **given}, platform=ManifoldConnector)


def tag(page: str, name: str) -> str:
    """The form field of that name, a list to choose from with its choices."""
    found = re.search(rf'<(input|select|textarea)[^>]*name="{name}"[^>]*>', page)
    assert found, name
    return page[found.start() : page.index("</select>", found.end())] if found[1] == "select" else found[0]


def test_each_kind_of_setting_has_its_kind_of_field(client: Client, manager: User, store: Store) -> None:
    client.force_login(manager)
    page = client.get(NEW, {"platform": "manifold"}).content.decode()
    assert 'type="password"' in tag(page, "token")
    assert re.findall(r'<option value="(\w*)"( selected)?>([^<]+)<', tag(page, "auth")) == [
        ("basic", " selected", "Basic"),
        ("oauth_1", "", "OAuth 1.0a"),
    ]
    assert 'value="" selected' in tag(page, "stock")
    assert 'type="checkbox"' in tag(page, "drafts")
    assert "checked" not in tag(page, "drafts")
    assert "checked" in tag(page, "images")
    assert 'type="number"' in tag(page, "company")
    assert 'value="1"' in tag(page, "company")
    assert tag(page, "columns").startswith("<textarea")
    assert "required" in tag(page, "base_url")
    assert "required" not in tag(page, "view")


def test_what_is_left_empty_takes_its_default() -> None:
    form = typed(auth="basic", stock="", view="", language="", company="", columns="")
    assert form.is_valid(), form.errors
    assert form.settings.model_dump() == {
        **REQUIRED,
        "auth": "basic",
        "stock": None,
        "drafts": False,
        "images": False,  # a browser sends nothing for a box without its tick
        "view": "",
        "language": None,
        "company": 1,
        "columns": "",
    }


def test_what_is_chosen_and_typed_arrives() -> None:
    form = typed(
        auth="oauth_1", stock="exact", drafts="on", images="on", view="de", company="7", columns="a = b\nc = d"
    )
    assert form.is_valid(), form.errors
    read = form.settings.model_dump()
    assert (read["auth"], read["stock"], read["drafts"], read["images"]) == ("oauth_1", "exact", True, True)
    assert (read["view"], read["company"]) == ("de", 7)
    assert read["columns"].splitlines() == ["a = b", "c = d"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("auth", "magic"),
        ("stock", "none"),
        ("company", "many"),
        ("company", "0"),
        ("view", "x" * 21),
        ("base_url", ""),
    ],
)
def test_what_does_not_fit_is_said_at_its_field(name: str, value: str) -> None:
    form = typed(**{"auth": "basic", name: value})
    assert not form.is_valid()
    assert list(form.errors) == [name]


def test_the_form_of_a_connector_shows_what_it_has(
    client: Client, manager: User, connector: ConnectorConfig
) -> None:
    client.force_login(manager)
    page = client.get(f"/console/connectors/{connector.pk}/edit/").content.decode()
    assert "checked" in tag(page, "drafts")
    assert "checked" not in tag(page, "images")
    assert '<option value="rough" selected>' in tag(page, "stock")
    assert 'value="3"' in tag(page, "company")
    assert "0123456789" not in page


def test_a_tick_or_a_choice_asks_for_no_secret_again(
    client: Client, manager: User, connector: ConnectorConfig
) -> None:
    client.force_login(manager)
    edit = f"/console/connectors/{connector.pk}/edit/"
    changed = {"base_url": "https://a.example", "token": "", "auth": "oauth_1", "stock": "", "company": "4"}
    assert client.post(edit, {**changed, "images": "on"}).status_code == 302
    connector.refresh_from_db()
    assert read_settings(connector).model_dump() == {
        **REQUIRED,
        "auth": "oauth_1",
        "stock": None,
        "drafts": False,
        "images": True,
        "view": "",
        "language": None,
        "company": 4,
        "columns": "",
    }


@pytest.mark.parametrize("changed", [{"base_url": "https://thief.example"}, {"view": "other"}])
def test_another_text_asks_for_the_secret_again(
    client: Client, manager: User, connector: ConnectorConfig, changed: dict[str, str]
) -> None:
    client.force_login(manager)
    given = {"base_url": "https://a.example", "token": "", "auth": "basic", "stock": "rough", "company": "3"}
    response = client.post(f"/console/connectors/{connector.pk}/edit/", {**given, **changed})
    assert response.status_code == 200
    assert 'aria-invalid="true"' in tag(response.content.decode(), "token")
