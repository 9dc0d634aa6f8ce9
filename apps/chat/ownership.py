"""Who answers a conversation: the assistant, nobody yet (the queue), or a person.

Everything here runs inside the caller's transaction, locks the session, and tells open pages after the commit.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence

from apps.accounts.models import User
from apps.catalog.engine.errors import CatalogError
from apps.catalog.runtime import catalog
from apps.chat import leases, messages, nudge, sessions
from apps.chat.models import ChatSession, Message
from apps.chat.parts import Part, ProductsPart, TextPart

log = logging.getLogger(__name__)

Id = uuid.UUID | str


class NotOwner(Exception):  # noqa: N818 - the contract's name: what it says is the reason, not an accident
    """Somebody else answers this conversation now. `owner` and `agent` say who."""

    def __init__(self, session: ChatSession) -> None:
        who = session.agent.display_name if session.agent is not None else session.owner
        super().__init__(f"The conversation is with {who}.")
        self.owner = session.owner
        self.agent = session.agent


def to_queue(*, session_id: Id) -> ChatSession:
    """The shopper waits for a person; the assistant is silent."""
    text = "You are in the queue for a person."
    return _give(session_id, ChatSession.Owner.QUEUE, None, code="queued", text=text)


def to_agent(*, session_id: Id, agent: User) -> ChatSession:
    """A person takes over. An answer that is being written is discarded."""
    text = f"{agent.display_name} joined the conversation."
    return _give(session_id, ChatSession.Owner.AGENT, agent, code="agent_joined", text=text)


def to_assistant(*, session_id: Id, text: str) -> ChatSession:
    """The assistant answers again; `text` tells the shopper why."""
    return _give(session_id, ChatSession.Owner.ASSISTANT, None, code="assistant_back", text=text)


def say_as_agent(*, session_id: Id, agent: User, text: str, product_ids: Sequence[str] | None = None) -> Message:
    """Write a message of `agent`, who must be the owner at this moment. Raises NotOwner.

    The products that the text names are shown as cards, and "that one" means them from now on, also for the
    assistant after a handback. `product_ids`: those, when the caller has looked them up (`products_named`) before
    its transaction, so that no lock waits for the index.
    """
    session = sessions.locked(session_id)
    if session.owner != ChatSession.Owner.AGENT or session.agent_id != agent.pk:
        raise NotOwner(session)
    parts: list[Part] = [TextPart(text=text)]
    also = []
    if product_ids is None:
        product_ids = products_named(store_id=session.store_id, text=text)
    if product_ids:
        parts.append(ProductsPart(product_ids=list(product_ids)))
        session.dialogue = {**session.dialogue, "last_products": list(product_ids)}
        also.append("dialogue")
    message = messages.append(
        session=session, author=Message.Author.AGENT, text=text, parts=parts, agent=agent, also=also
    )
    nudge.session_changed(session_id=session_id)
    return message


def products_named(*, store_id: Id, text: str) -> list[str]:
    """Ids of the products that `text` calls by their titles; none when the index does not answer."""
    try:
        named = catalog().mentioned(store_id=str(store_id), text=text)
    except CatalogError as error:
        log.warning("Products named by a person are not shown as cards: %s", error)
        return []
    return [product.product_id for product in named]


def agent_typing(*, session_id: Id, agent: User) -> None:
    """Show the shopper that `agent` writes; nothing is stored."""
    nudge.agent_typing(session_id=session_id, name=agent.display_name)


def _give(session_id: Id, owner: ChatSession.Owner, agent: User | None, *, code: str, text: str) -> ChatSession:
    session = sessions.locked(session_id)
    session.owner = owner
    session.agent = agent
    session.owner_version += 1
    fields = ["owner", "agent", "owner_version", *leases.drop(session)]
    messages.append_notice(session=session, code=code, text=text, also=fields)
    nudge.session_changed(session_id=session_id)
    return session
