"""A person of staff at a desk page, which one of several web processes serves."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from apps.accounts.tests.machine import PATIENCE_S
from eaichat.demo.accounts import PASSWORD
from tests.stack import Web

AGENT = "agent@demo.eaichat.local"
OWNER = "owner@demo.eaichat.local"
QUEUE = "/admin/hitl/escalation/"
_CONVERSATION = re.compile(r"/admin/hitl/escalation/([0-9a-f-]{36})/change/")


class Desk:
    """The person's browser: its cookies, and the page's socket."""

    def __init__(self, browser: httpx.AsyncClient, socket: ClientConnection) -> None:
        self.browser = browser
        self.socket = socket

    async def waiting(self) -> set[str]:
        """Ids of the escalations that the queue's page links."""
        page = await self.browser.get(QUEUE)
        assert page.status_code == 200, page.status_code
        return set(_CONVERSATION.findall(page.text))

    async def take(self, escalation: str) -> None:
        await self._post(escalation, "take")

    async def reply(self, escalation: str, text: str) -> None:
        await self._post(escalation, "reply", text=text, client_id=uuid.uuid4().hex)

    async def hand_back(self, escalation: str) -> None:
        await self._post(escalation, "hand-back")

    async def _post(self, escalation: str, deed: str, **fields: str) -> None:
        token = self.browser.cookies.get("csrftoken", "")
        answer = await self.browser.post(
            f"{QUEUE}{escalation}/{deed}/",
            data={**fields, "csrfmiddlewaretoken": token},
            headers={"Accept": "application/json"},
        )
        assert answer.status_code == 200, answer.text

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def hear(self, kind: str, *, within: float = PATIENCE_S, has: str = "") -> dict[str, Any]:
        """The next frame of that type that contains `has`."""
        async with asyncio.timeout(within):
            while True:
                text = str(await self.socket.recv())
                frame: dict[str, Any] = json.loads(text)
                if frame["type"] == kind and has in text:
                    return frame


@asynccontextmanager
async def signed_in(web: Web, email: str) -> AsyncIterator[httpx.AsyncClient]:
    """The browser of one of the demo store's people, at `web`."""
    async with httpx.AsyncClient(base_url=web.url, follow_redirects=True, timeout=PATIENCE_S) as browser:
        await browser.get("/accounts/login/")
        form = {"login": email, "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        page = await browser.post("/accounts/login/", data=form)
        assert page.status_code == 200, page.status_code
        assert "sessionid" in browser.cookies
        yield browser


@asynccontextmanager
async def desk(web: Web, email: str = AGENT) -> AsyncIterator[Desk]:
    """Sign in at `web` and open the queue there."""
    async with signed_in(web, email) as browser:
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        async with connect(
            f"ws://localhost:{web.port}/ws/desk/",
            origin=web.url,  # type: ignore[arg-type] # a plain str is an origin
            additional_headers={"Cookie": cookies},
        ) as socket:
            here = Desk(browser, socket)
            await here.hear("ready")
            await here.send("queue.watch")
            await here.hear("queue")
            yield here
