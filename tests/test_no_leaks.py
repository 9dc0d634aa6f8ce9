"""A whole installation is walked through with marked words, tokens and keys: no mark may be in its logs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import threading
import weakref
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from tests.installation import Installation, command_of, descendants
from tests.services.mail import MailSink, mail_sink

pytestmark = pytest.mark.xdist_group("up")

EMAIL = "merchant@example.com"
SAID = "zebrawords"
MARKS = {
    "words": SAID,
    "password": "Qpassw0rdmark77",
    "wrong password": "Qwrongmark88",
    "new password": "Qnewpassmark99",
    "model key": "sk-Qmodelkeymark1234567890",
    "platform credentials": "Qplatformmark55",
    "bearer": "Qbearermark0123456789abcdef",
    "query": "Qquerymark0123456789",
    "path": "Qpathmark0123456789abcdefXYZ",
    "session token": "Qsessionmark0123456789",
}


class Model(BaseHTTPRequestHandler):
    """A language model that refuses, and quotes all that it was given."""

    asked: list[str]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        self.asked.append(body)
        text = f"Incorrect API key provided: {self.headers['authorization']}. You said {body}"
        answer = json.dumps({"error": {"message": text, "type": "invalid_request_error", "code": "bad"}}).encode()
        self.send_response(401)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments: Any) -> None:
        """Tests need no access log."""


@contextlib.contextmanager
def model() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    handler = type("OwnModel", (Model,), {"asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/v1", asked
        server.shutdown()


class Browser:
    """A person at the pages."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, follow_redirects=True, timeout=30)
        weakref.finalize(self, self.http.close)

    def send(self, path: str, *, expect: int = 200, **fields: str) -> str:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.http.get(path).text)
        assert token, path
        data = {"csrfmiddlewaretoken": token[1], **fields}
        answer = self.http.post(path, data=data, headers={"referer": str(self.http.base_url)})
        assert answer.status_code == expect, (path, answer.status_code, answer.text[-2000:])
        return answer.text


def link(mail: str) -> str:
    """The one link of a mail, whose lines may be broken."""
    found = re.search(r"https?://\S+", mail.replace("=\r\n", "").replace("=3D", "="))
    assert found, mail
    return found[0]


def sign_up_and_settle(url: str, mails: MailSink, model_url: str) -> tuple[str, list[str]]:
    """A merchant with a store, a model, a connector, an invitation and a new password: public key, tokens."""
    merchant = Browser(url)
    password = MARKS["password"]
    merchant.send("/accounts/signup/", name="Mia", email=EMAIL, password1=password, password2=password)
    merchant.send("/console/stores/new/", name="Leaks", currency="USD")
    key = MARKS["model key"]
    merchant.send("/console/assistant/", mode="llm", greeting="Hello", base_url=model_url, model="m", new_key=key)
    secret = f"http://user:{MARKS['platform credentials']}@127.0.0.1:9"
    merchant.send("/console/connectors/new/?platform=fakestore", base_url=secret, name="x", platform="fakestore")
    merchant.send("/console/team/", email="friend@example.com", role="agent")
    invitation = link(mails.mails[-1])
    assert Browser(url).http.get(invitation).status_code == 200
    merchant.http.get("/console/", params={"token": MARKS["query"], "q": SAID})
    merchant.http.get(f"/console/join/{MARKS['path']}/")

    visitor = Browser(url)
    visitor.send("/accounts/login/", login=EMAIL, password=MARKS["wrong password"])
    visitor.send("/accounts/password/reset/", email=EMAIL)
    reset = link(mails.mails[-1])
    page = visitor.http.get(reset)
    assert page.status_code == 200
    again = MARKS["new password"]
    visitor.send(page.url.path, password1=again, password2=again)
    public_key = re.search(r"pk_[\w-]+", merchant.http.get("/console/widget/").text)
    login = {"email": EMAIL, "password": again}
    signed_in = visitor.http.post("/_allauth/app/v1/auth/login", json=login).json()
    access = signed_in["meta"]["access_token"]
    for bearer, status in ((access, 200), (MARKS["bearer"], 401)):
        answer = visitor.http.get("/api/v1/me", headers={"authorization": f"Bearer {bearer}"})
        assert answer.status_code in (status, 403), answer.text
    if public_key is None:
        owner = Browser(url)
        owner.send("/accounts/login/", login=EMAIL, password=again)
        public_key = re.search(r"pk_[\w-]+", owner.http.get("/console/widget/").text)
    assert public_key
    return public_key[0], [invitation.rstrip("/").rpartition("/")[2], reset.rstrip("/").rpartition("-")[2], access]


def frame(socket: ClientConnection, kind: str) -> dict[str, Any]:
    while True:
        found: dict[str, Any] = json.loads(socket.recv(30))
        if found["type"] == kind:
            return found


def talk(url: str, public_key: str) -> str:
    """A shopper says marked words, well and badly; returns the conversation's token."""
    address = f"{url.replace('http', 'ws', 1)}/ws/chat/{public_key}/?token={MARKS['query']}"
    with connect(address, origin=Origin(url)) as socket:
        socket.send(json.dumps({"type": "hello", "v": 1, "token": MARKS["session token"]}))
        frame(socket, "error")
        socket.send(json.dumps({"type": "hello", "v": 1}))
        token: str = frame(socket, "ready")["token"]
        for bad in (f"{{{SAID}", json.dumps({"type": SAID}), json.dumps({"type": "message.send", "text": SAID})):
            socket.send(bad)
            frame(socket, "error")
        for number, text in enumerate((f"{SAID} a warm jacket", f"where is my order {SAID}")):
            socket.send(json.dumps({"type": "message.send", "id": f"m{number}", "text": text}))
            frame(socket, "turn.end")
    return token


def break_index_and_talk(installation: Installation, public_key: str) -> None:
    """With its index killed the installation logs exceptions, with the shopper's words in reach."""
    assert installation.process is not None
    for pid in descendants(installation.process.pid):
        if "engine.hosting.host" in command_of(pid):
            os.kill(pid, signal.SIGKILL)
    talk(installation.url, public_key)


def logged(installation: Installation) -> str:
    files = sorted((installation.var / "log").iterdir())
    return installation.output() + "".join(path.read_text(errors="replace") for path in files)


@pytest.mark.parametrize("kind", ["json", "text"])
def test_no_words_no_token_and_no_key_get_into_any_log(tmp_path: Path, kind: str) -> None:
    installation = Installation(tmp_path / "var", demo=False)
    with mail_sink() as mails, model() as (model_url, asked):
        installation.environment |= {"EMAIL_URL": mails.url, "LOG_FORMAT": kind, "LOG_LEVEL": "DEBUG"}
        installation.environment["DJANGO_SETTINGS_MODULE"] = "tests.failing"
        with installation:
            public_key, tokens = sign_up_and_settle(installation.url, mails, model_url)
            tokens.append(talk(installation.url, public_key))
            break_index_and_talk(installation, public_key)
            failed = httpx.get(
                f"{installation.url}/fail/", params={"said": f"{SAID} {MARKS['bearer']}"}, timeout=30
            )
    assert failed.status_code == 500
    text = logged(installation)
    assert any(SAID in body for body in asked), "the model was asked"
    assert len(mails.mails) >= 2, "an invitation and a password's reset were mailed"
    assert "ValueError" in text, "a traceback was told"
    assert text.count("/accounts/password/reset/key/") >= 1, "the addresses with tokens were told"
    secrets = {**MARKS, **{f"token {number}": token for number, token in enumerate(tokens)}}
    found = {
        name: re.findall(f".*{re.escape(secret)}.*", text)[:2]
        for name, secret in secrets.items()
        if secret in text
    }
    assert found == {}
    if kind == "json":
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        turns = [line for line in lines if line["event"] == "turn"]
        assert turns
        assert all({"session", "turn", "connection", "ms", "state"} <= line.keys() for line in turns)
        sockets = [line for line in lines if line["event"] == "socket"]
        assert sockets
        assert all(line.get("session") for line in sockets)
        assert all(line["request"] for line in lines if line["event"] == "request")
        assert any("exception" in line or line["level"] in ("warning", "error") for line in lines)
