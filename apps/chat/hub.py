"""From a running turn to the sockets that this process serves: in memory, in order, nothing kept.

Deltas come only this way. What is persistent also reaches other processes' pages, by a nudge and the database.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from dataclasses import dataclass, field

from pydantic import BaseModel


@dataclass(eq=False)
class Subscriber:
    """One socket's inbox. `name` tells it from other sockets of the same session."""

    session_id: uuid.UUID
    inbox: asyncio.Queue[object]
    name: str = field(default_factory=lambda: uuid.uuid4().hex)


class Hub:
    """All methods belong to the loop that serves the sockets."""

    def __init__(self) -> None:
        self._subscribers: defaultdict[uuid.UUID, list[Subscriber]] = defaultdict(list)

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers[subscriber.session_id].append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        here = self._subscribers[subscriber.session_id]
        if subscriber in here:
            here.remove(subscriber)
        if not here:
            del self._subscribers[subscriber.session_id]

    def listeners(self, session_id: uuid.UUID) -> int:
        """How many sockets the session has here."""
        return len(self._subscribers.get(session_id, ()))

    def tell_all(self, frame: BaseModel) -> None:
        """Put `frame` into every inbox."""
        for session_id in list(self._subscribers):
            self.publish(session_id, frame)

    def publish(self, session_id: uuid.UUID, frame: BaseModel, *, only: str = "") -> None:
        """Put `frame` into the inboxes of the session: of all, or of the one that is named."""
        for subscriber in self._subscribers.get(session_id, ()):
            if not only or subscriber.name == only:
                subscriber.inbox.put_nowait(frame)
