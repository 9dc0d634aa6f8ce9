"""A conversation in the middle of an answer, and what of it was kept."""

from __future__ import annotations

import asyncio
import uuid

from apps.accounts.database import in_database
from apps.chat.models import Message
from apps.chat.steps import Say
from apps.chat.tests.page import Page
from apps.chat.tests.script import Script


async def in_mid_answer(page: Page, script: Script) -> tuple[str, asyncio.Event]:
    go_on = asyncio.Event()
    script.lines = [Say("I think "), go_on, Say("so.")]
    await page.say("Is it warm?")
    turn = (await page.until("message.accepted"))["turn"]
    await page.until("message.delta")
    return turn, go_on


@in_database
def said_by_assistant(session: uuid.UUID) -> list[str]:
    rows = Message.objects.filter(session_id=session, author="assistant").order_by("seq")
    return [row.text for row in rows]
