"""A desk with a queue in memory: the port's contract, without the people."""

from __future__ import annotations

from apps.chat import ownership
from apps.chat.handoff import QueuePlace
from apps.chat.models import ChatSession, Message


class TestDesk:
    __test__ = False  # its name says what it is for; pytest need not collect it

    def __init__(self) -> None:
        self.waiting: list[str] = []
        self.reasons: list[str] = []
        self.heard: list[str] = []
        self.online = True

    def request(self, *, session: ChatSession, reason: str) -> QueuePlace:
        self.waiting.append(str(session.pk))
        self.reasons.append(reason)
        ownership.to_queue(session_id=session.pk)
        return QueuePlace(position=len(self.waiting), online=self.online)

    def leave(self, *, session: ChatSession) -> None:
        if str(session.pk) in self.waiting:
            self.waiting.remove(str(session.pk))
        ownership.to_assistant(session_id=session.pk, text="You left the queue.")

    def position(self, *, session: ChatSession) -> QueuePlace | None:
        if str(session.pk) not in self.waiting:
            return None
        return QueuePlace(position=self.waiting.index(str(session.pk)) + 1, online=self.online)

    def delivered(self, *, session: ChatSession, message: Message) -> None:
        self.heard.append(message.text)
