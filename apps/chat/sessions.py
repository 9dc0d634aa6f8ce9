"""Opening a conversation and finding it again: the token is the shopper's only proof."""

from __future__ import annotations

import uuid

from django.core import signing

from apps.accounts.models import Store
from apps.chat.models import ChatSession

TOKEN_SECONDS = 30 * 24 * 3600
_SALT = "eaichat.chat.session"


class SessionError(Exception):
    """No session for this token. `code`: `bad_token`, `expired_token` or `wrong_store`."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text


def open_session(*, store: Store, visitor: uuid.UUID | None = None) -> ChatSession:
    """Begin a conversation, of a new visitor or of one who already has a cart here."""
    return ChatSession.objects.create(store=store, visitor=visitor or uuid.uuid4())


def token_for(session: ChatSession) -> str:
    """A signed token for `session`. Every `ready` brings a fresh one, so a shopper who returns keeps it."""
    claims = {"session": session.pk.hex, "visitor": session.visitor.hex, "store": session.store_id.hex}
    return signing.dumps(claims, salt=_SALT)


def by_token(token: str) -> ChatSession:
    """The session that `token` was made for. Raises SessionError."""
    try:
        claims = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
        keys = {name: uuid.UUID(hex=claims[name]) for name in ("session", "visitor", "store")}
    except signing.SignatureExpired as error:
        raise SessionError("expired_token", "This conversation is too old to go on. Start a new one.") from error
    except (signing.BadSignature, KeyError, TypeError, ValueError, AttributeError) as error:
        raise SessionError("bad_token", "This token is not valid.") from error
    session = (
        ChatSession.objects.select_related("store", "agent")
        .filter(pk=keys["session"], visitor=keys["visitor"], store_id=keys["store"])
        .first()
    )
    if session is None:
        raise SessionError("bad_token", "This conversation is gone.")
    return session


def resume(*, token: str, store: Store) -> ChatSession:
    """The session of `token`, which must be a conversation with `store`. Raises SessionError."""
    session = by_token(token)
    if session.store_id != store.pk:
        raise SessionError("wrong_store", "This conversation belongs to another store.")
    return session


def locked(session_id: uuid.UUID | str) -> ChatSession:
    """The session, locked until the caller's transaction ends (SQLite: the transaction itself is the lock)."""
    return ChatSession.objects.select_for_update().get(pk=session_id)
