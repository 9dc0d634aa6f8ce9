"""What a turn reads and writes: three short pieces of database work, each one call on the pool."""

from __future__ import annotations

import logging
import uuid
from dataclasses import replace
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.db import transaction

from apps.catalog.engine.queries import SearchQuery
from apps.chat import handoff, leases, messages, nudge, photos, sessions, wire
from apps.chat.dialogue import Dialogue
from apps.chat.draft import Draft
from apps.chat.events import ModeName
from apps.chat.llm.base import LLMConfig
from apps.chat.models import ChatSession, ChatSettings, Message, ToolCall
from apps.chat.steps import Line, TurnContext
from apps.chat.tools.base import ToolContext, ToolEngine
from apps.chat.tools.registry import TOOLS
from apps.chat.turn_records import Accepted, Committed, Opening, TurnError

log = logging.getLogger(__name__)

HISTORY = 20
# With how their stores' assistants are set up; the key stays encrypted until it is asked for.
_SESSIONS = ChatSession.objects.select_related("store__chat_settings").defer("store__chat_settings__api_key")


def accept(*, session_id: uuid.UUID, client_id: str, text: str, photo: SearchQuery | None = None) -> Accepted:
    """Store a shopper's message once. Raises TurnError when its id was used for another text."""
    said = text if photo is None else photos.as_text(text)
    with transaction.atomic():
        session = sessions.locked(session_id)
        message = Message.objects.filter(session=session, client_id=client_id).first()
        again = message is not None
        if message is None:
            waits = session.owner == ChatSession.Owner.ASSISTANT
            message = messages.append(
                session=session,
                author=Message.Author.SHOPPER,
                text=said,
                parts=None if photo is None else photos.as_parts(text),
                turn=uuid.uuid4(),
                client_id=client_id,
                record=photos.to_record(photo),
                also=leases.take(session, seq=session.last_seq + 1) if waits else (),
            )
            nudge.session_changed(session_id=session_id, by=nudge.PROCESS)
            if session.owner != ChatSession.Owner.ASSISTANT:
                handoff.deliver(session=session, message=message)
        elif message.text != said:
            raise TurnError("conflict", "Another message was sent with this id.")
        else:  # who stored it may have ended before it told anybody
            nudge.session_changed(session_id=session_id)
    return _accepted(session, message, again=again)


def accept_retry(*, session_id: uuid.UUID, turn_id: uuid.UUID) -> Accepted:
    """Find the shopper's message of a turn that has no whole answer yet. Raises TurnError."""
    with transaction.atomic():
        session = sessions.locked(session_id)
        lines = list(Message.objects.filter(session=session, turn=turn_id))
        asked = next((line for line in lines if line.author == Message.Author.SHOPPER), None)
        if asked is None or any(line.author == Message.Author.ASSISTANT and line.complete for line in lines):
            raise TurnError("nothing_to_retry", "There is nothing to answer again.")
        if session.answering_by not in (None, leases.ME):
            raise TurnError("busy", "Another answer is being written. Try again in a moment.", retry=True)
        if session.owner == ChatSession.Owner.ASSISTANT:
            session.stop_until = 0
            session.save(update_fields=["stop_until", "updated_at", *leases.take(session, seq=None)])
    return replace(_accepted(session, asked, again=True), retry=True)


def accept_waiting(*, session_id: uuid.UUID) -> Accepted:
    """The newest message that waits, of a session whose lease this process has. Raises TurnError."""
    with transaction.atomic():
        session = sessions.locked(session_id)
        waiting = leases.waiting(session) if _owes(session) else []
        if not waiting and _owes(session):
            session.save(update_fields=leases.drop(session))
    if not waiting:
        raise TurnError("nothing_to_retry", "There is nothing to answer.")
    return _accepted(session, waiting[-1], again=True)


def open_turn(accepted: Accepted, *, session_id: uuid.UUID) -> Opening | None:
    """What the answerer is given: the oldest message that waits, up to the one that is accepted.

    None: nobody may answer, since a person owns it, an answer is there, or another process answers.
    """
    session = _SESSIONS.get(pk=session_id)
    if session.owner != ChatSession.Owner.ASSISTANT or not _owes(session):
        return None
    if session.waiting_from is not None and session.waiting_from < accepted.seq and not accepted.retry:
        oldest = next(iter(leases.waiting(session)), None)
        if oldest is not None and oldest.seq < accepted.seq:
            accepted = _accepted(session, oldest, again=True)
    newest = _newest(session, accepted)
    # Of a message that is sent twice at once either copy may get here first.
    if _answered(_answers_among(newest, session, accepted), retry=accepted.retry):
        return None
    mode, llm = _mode(session)
    tool_context = ToolContext(
        store_id=str(session.store_id),
        session_id=str(session.pk),
        visitor=str(session.visitor),
        turn_id=str(accepted.turn_id),
        lease=leases.ME,
        earlier=_earlier_calls(session, accepted) if accepted.again else frozenset(),
    )
    context = TurnContext(
        store_id=str(session.store_id),
        store_name=session.store.name,
        session_id=str(session.pk),
        visitor=str(session.visitor),
        turn_id=str(accepted.turn_id),
        text=accepted.text,
        photo=accepted.photo,
        mode=mode,
        history=_history(newest, accepted),
        dialogue=Dialogue.model_validate(session.dialogue),
        tools=ToolEngine(tool_context, TOOLS),
        llm=llm,
    )
    return Opening(
        context=context,
        accepted=accepted,
        owner_version=session.owner_version,
        last_seq=session.last_seq,
        stop_until=session.stop_until,
        hopeless=session.recoveries > leases.MAX_RECOVERIES,
    )


def commit_answer(opening: Opening, draft: Draft, *, complete: bool, record: dict[str, Any]) -> Committed | None:
    """Store the answer, unless the owner has changed since it began: then None, and nothing is stored.

    The one change that an answer survives is its own: when its tool asked for a person, it still may say so. An
    answer that is stored already (its connection broke after the commit) is returned again.
    """
    context = opening.context
    turn_id = uuid.UUID(context.turn_id)
    with transaction.atomic():
        session = sessions.locked(context.session_id)
        # Nobody has said anything since, so neither was this answered.
        answers = [] if session.last_seq == opening.last_seq else _answers(session, turn_id)
        stored = next((answer for answer in answers if answer.pk == opening.answer_id), None)
        if stored is not None:
            nudge.session_changed(session_id=session.pk, by=nudge.PROCESS)
            return Committed(wire.message_frames(session=session, messages=[stored])[0], more=_owes(session))
        owner = ChatSession.Owner.QUEUE if context.tools.handed_off else ChatSession.Owner.ASSISTANT
        version = opening.owner_version + (1 if context.tools.handed_off else 0)
        if session.owner != owner or session.owner_version != version:
            return None
        if not _owes(session) and not context.tools.handed_off:
            return None  # this process was taken for dead, and another one answers
        if _answered(answers, retry=opening.accepted.retry):
            return None
        session.dialogue = context.dialogue.model_dump(mode="json")
        message = messages.append(
            session=session,
            author=Message.Author.ASSISTANT,
            text=draft.text,
            parts=draft.parts,
            turn=turn_id,
            complete=complete,
            record=record,
            also=["dialogue", *leases.answered(session, seq=opening.accepted.seq)],
            message_id=opening.answer_id,
        )
        nudge.session_changed(session_id=session.pk, by=nudge.PROCESS)
    return Committed(wire.message_frames(session=session, messages=[message])[0], more=_owes(session))


def _owes(session: ChatSession) -> bool:
    return session.answering_by == leases.ME


def _accepted(session: ChatSession, message: Message, *, again: bool) -> Accepted:
    if message.turn is None:
        raise TurnError("nothing_to_retry", "There is nothing to answer again.")
    return Accepted(
        message_id=message.pk,
        turn_id=message.turn,
        seq=message.seq,
        text=message.text,
        again=again,
        photo=photos.found_by(message),
        frame=wire.message_frames(session=session, messages=[message])[0],
        elsewhere=session.answering_by not in (None, leases.ME) and leases.waits(session, message.seq),
    )


def _answers(session: ChatSession, turn_id: uuid.UUID) -> list[Message]:
    return list(Message.objects.filter(session=session, turn=turn_id, author=Message.Author.ASSISTANT))


def _answered(answers: list[Message], *, retry: bool) -> bool:
    """Whether the turn has its answer: for a retry only a whole one counts."""
    return any(answer.complete or not retry for answer in answers)


def _earlier_calls(session: ChatSession, accepted: Accepted) -> frozenset[str]:
    calls = ToolCall.objects.filter(session=session, pk__startswith=f"{accepted.turn_id}:")
    return frozenset(calls.values_list("pk", flat=True))


def _newest(session: ChatSession, accepted: Accepted) -> list[Message]:
    """The last lines but this turn's message, newest first."""
    lines = Message.objects.filter(session=session).exclude(pk=accepted.message_id)
    wanted = ("seq", "author", "agent__name", "agent__email", "text", "parts", "turn", "complete")
    return list(lines.select_related("agent").only(*wanted).order_by("-seq")[:HISTORY])


def _answers_among(newest: list[Message], session: ChatSession, accepted: Accepted) -> list[Message]:
    """The turn's answers. They come after its message, so these lines hold them when they reach back to it."""
    if len(newest) == HISTORY and newest[-1].seq > accepted.seq:
        return _answers(session, accepted.turn_id)
    return [line for line in newest if line.turn == accepted.turn_id and line.author == Message.Author.ASSISTANT]


def _history(newest: list[Message], accepted: Accepted) -> list[Line]:
    """The lines before this turn's message; also answers that came after it, to questions before it."""
    return [
        Line(
            author=wire.author_of(line).kind,
            name=wire.author_of(line).name,
            text=line.text,
            product_ids=messages.product_ids_of(messages.parts_of(line)),
        )
        for line in reversed(newest)
        if line.turn != accepted.turn_id and (line.seq < accepted.seq or line.author != Message.Author.SHOPPER)
    ]


def _mode(session: ChatSession) -> tuple[ModeName, LLMConfig | None]:
    """Who answers, and the model's address. A stored key that no key of ours opens must not silence the store."""
    settings = getattr(session.store, "chat_settings", None) or ChatSettings(store=session.store)
    mode = wire.mode_of(session, settings)
    if mode != "llm":
        return mode, None
    try:
        return mode, LLMConfig(base_url=settings.base_url, model=settings.model, api_key=settings.api_key)
    except ImproperlyConfigured as error:
        log.error("Intent mode answers for store %s: %s", session.store_id, error)
        return "intent", None
