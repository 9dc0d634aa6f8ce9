"""Another web process of the same installation, as far as the database knows it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.utils import timezone

from apps.accounts.database import in_database
from apps.chat import leases, turn_store
from apps.chat.models import ChatSession, Message, WebProcess
from apps.chat.runner import RUNNER
from apps.chat.watch import STEADY, Watch


@contextmanager
def another_process(*, alive: bool) -> Iterator[uuid.UUID]:
    """What is done inside is done by another process."""
    other, me = uuid.uuid4(), leases.ME
    seen = timezone.now() if alive else timezone.now() - timedelta(minutes=1)
    WebProcess.objects.create(pk=other, seen_at=seen)
    leases.ME = other
    try:
        yield other
    finally:
        leases.ME = me


@in_database
def accepted_elsewhere(session: uuid.UUID, *texts: str, alive: bool = False) -> uuid.UUID:
    """Another process accepts messages and answers none of them; it is dead, or answers something else."""
    with another_process(alive=alive) as other:
        for text in texts:
            turn_store.accept(session_id=session, client_id=f"far-{text}", text=text)
    return other


@in_database
def lines(session: uuid.UUID) -> list[tuple[str, str]]:
    return [(row.author, row.text) for row in Message.objects.filter(session_id=session).order_by("seq")]


@in_database
def lease(session: uuid.UUID) -> tuple[uuid.UUID | None, int | None, int]:
    row = ChatSession.objects.get(pk=session)
    return row.answering_by, row.waiting_from, row.recoveries


async def steady() -> Watch:
    """The watch of a process that has been there for a while."""
    watch = Watch(RUNNER)
    for _ in range(STEADY):
        await watch.beat()
    return watch
