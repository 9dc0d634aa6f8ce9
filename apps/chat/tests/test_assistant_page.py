"""The console page "Assistant": who may open it, what it saves, what its test button says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import AuditLog, Store, User
from apps.chat.llm.tests.server import Endless, FakeServer, Raw, Status, serve
from apps.chat.models import ChatSettings

PAGE = "/console/assistant/"
TEST = "/console/assistant/test/"
BUILT_IN = {"mode": "intent", "greeting": "Hello!", "base_url": "", "model": "", "new_key": ""}


@pytest.fixture
def server() -> Iterator[FakeServer]:
    with serve() as fake:
        yield fake


@pytest.fixture
def console(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def llm(server: FakeServer, **changes: str) -> dict[str, str]:
    return {**BUILT_IN, "mode": "llm", "base_url": server.base_url, "model": "small", **changes}


def ask(console: Client, data: dict[str, str]) -> dict[str, Any]:
    response = console.post(TEST, data, headers={"accept": "application/json"})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


def test_an_agent_may_not_open_it_nor_test(client: Client, agent: User) -> None:
    client.force_login(agent)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, BUILT_IN).status_code == 403
    assert client.post(TEST, BUILT_IN, headers={"accept": "application/json"}).json()["code"] == "forbidden"


def test_what_is_saved_is_shown_again_save_the_key(console: Client, store: Store, server: FakeServer) -> None:
    response = console.post(PAGE, llm(server, new_key="sk-very-secret", greeting="Ahoy!"), follow=True)
    page = response.content.decode()
    assert "Ahoy!" in page
    assert server.base_url in page
    assert "Key stored" in page
    assert "sk-very-secret" not in page
    saved = ChatSettings.objects.get(store=store)
    assert (saved.mode, saved.model, saved.api_key) == ("llm", "small", "sk-very-secret")


def test_the_audit_trail_names_what_changed_and_no_secret(
    console: Client, manager: User, store: Store, server: FakeServer
) -> None:
    console.post(PAGE, llm(server, new_key="sk-very-secret"))
    entry = AuditLog.objects.get(store=store, action="assistant.updated")
    assert entry.actor == manager
    assert entry.data["changed"] == ["mode", "greeting", "base_url", "model", "api_key"]
    assert "sk-very-secret" not in str(entry.data)


def test_saving_without_a_new_key_keeps_the_stored_one(console: Client, store: Store, server: FakeServer) -> None:
    console.post(PAGE, llm(server, new_key="sk-1"))
    console.post(PAGE, llm(server, greeting="Changed"))
    assert ChatSettings.objects.get(store=store).api_key == "sk-1"
    console.post(PAGE, llm(server, forget_key="on"))
    assert ChatSettings.objects.get(store=store).api_key == ""


def test_a_stored_key_never_goes_to_another_server(console: Client, store: Store, server: FakeServer) -> None:
    console.post(PAGE, llm(server, base_url="https://api.openai.com/v1", new_key="sk-1"))
    server.answers.append(Endless())
    assert ask(console, llm(server))["ok"]
    assert server.keys == ["Bearer none"]
    page = console.post(PAGE, llm(server), follow=True).content.decode()
    assert "was forgotten" in page
    assert ChatSettings.objects.get(store=store).api_key == ""


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"base_url": ""}, "Where does the model answer?"),
        ({"model": " "}, "Which model?"),
        ({"base_url": "localhost:11434"}, "Write an address such as"),
        ({"base_url": "ftp://localhost/v1"}, "Write an address such as"),
        ({"base_url": "http://user:pw@localhost/v1"}, "into its own field"),
        ({"base_url": "http://localhost:99999/v1"}, "Write an address such as"),
        ({"base_url": "http://localhost/v1?key=x"}, "ends before any"),
        ({"new_key": "my key"}, "no spaces"),
        ({"greeting": ""}, "This field is required"),
    ],
)
def test_what_cannot_work_is_not_saved(
    console: Client, store: Store, server: FakeServer, changes: dict[str, str], text: str
) -> None:
    page = console.post(PAGE, llm(server, **changes)).content.decode()
    assert text in page
    assert "Not saved" in page
    assert not ChatSettings.objects.filter(store=store).exists()


def test_a_service_name_without_a_dot_is_an_address(console: Client, store: Store, server: FakeServer) -> None:
    console.post(PAGE, llm(server, base_url="http://ollama:11434/v1/chat/completions/"))
    assert ChatSettings.objects.get(store=store).base_url == "http://ollama:11434/v1"


def test_the_test_button_says_that_the_model_answers_and_saves_nothing(
    console: Client, store: Store, server: FakeServer
) -> None:
    server.answers.append(Endless())
    answer = ask(console, llm(server, new_key="sk-typed"))
    assert answer["ok"]
    assert "small answers" in answer["text"]
    assert server.keys == ["Bearer sk-typed"]
    assert not ChatSettings.objects.filter(store=store).exists()


def test_the_test_button_uses_the_stored_key_for_its_own_server(console: Client, server: FakeServer) -> None:
    console.post(PAGE, llm(server, new_key="sk-1"))
    server.answers.append(Endless())
    assert ask(console, llm(server))["ok"]
    assert server.keys == ["Bearer sk-1"]


def test_the_test_button_says_what_is_wrong(console: Client, server: FakeServer) -> None:
    server.answers += [Status(401), Status(404, "model not found"), Raw("<html>")]
    assert ask(console, llm(server, new_key="sk-bad"))["text"] == "The API key was refused."
    assert "knows no model “small”" in ask(console, llm(server))["text"]
    assert not ask(console, llm(server))["ok"]
    assert ask(console, llm(server, model=""))["fields"] == {"model": "Which model?"}
    dead = ask(console, llm(server, base_url="http://127.0.0.1:9/v1"))
    assert dead["code"] == "unreachable"
    assert "Nothing answers at http://127.0.0.1:9/v1" in dead["text"]


def test_another_stores_settings_are_not_touched(
    console: Client, store: Store, other_store: Store, server: FakeServer
) -> None:
    console.post(PAGE, llm(server))
    assert list(ChatSettings.objects.values_list("store", flat=True)) == [store.pk]
