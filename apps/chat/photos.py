"""A shopper's photo is looked at once, and kept nowhere. What it found travels on as a signed note.

The page uploads the photo (`photo_api.py`) and sends the note with its next message, so that this message is one
like any other: acknowledged, repeated after a broken connection, answered again by another process. All that is
stored with it is which products looked like the photo, and the limits that were said with it.
"""

from __future__ import annotations

import uuid
from itertools import chain

from django.core import signing

from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.runtime import catalog
from apps.chat.models import ChatSession, Message
from apps.chat.parts import Part, PhotoPart, TextPart

NOTE_SECONDS = 600
_SALT = "eaichat.chat.photo"
_MOST = 24
_LONGEST = 600  # characters of the words beside it: limits are short


class PhotoError(Exception):
    """A photo is not searched. `code` is for programs, `text` for the shopper; `retry`: it may be, later."""

    def __init__(self, code: str, text: str, *, retry: bool = False) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.retry = retry


def look(*, session: ChatSession, photo: bytes, words: str) -> str:
    """What looks like `photo` within the limits that `words` name, as a note for `read_note`.

    Raises PhotoError: `with_person`, `bad_image`, `no_image_model`, `busy`, `catalogue_unreachable`.
    """
    if session.owner != ChatSession.Owner.ASSISTANT:
        text = "This chat is with a person now, so the photo was not searched. Describe what you are looking for."
        raise PhotoError("with_person", text)
    try:
        query = _found(str(session.store_id), photo, words[:_LONGEST])
    except CatalogError as error:
        if error.code in ("bad_image", "no_image_model", "busy"):
            raise PhotoError(error.code, error.text, retry=error.retryable) from error
        text = "The products cannot be searched right now. Try again in a moment."
        raise PhotoError("catalogue_unreachable", text, retry=True) from error
    claims = {"session": session.pk.hex, "query": query.model_dump(exclude_defaults=True)}
    return signing.dumps(claims, salt=_SALT, compress=True)


def _found(store_id: str, photo: bytes, words: str) -> SearchQuery:
    """The limits, and in `among` what looks most like the photo: within them, and apart from them."""
    anything = SearchQuery(limit=_MOST)
    said = catalog().parse(store_id=store_id, text=words) if words else anything
    limits = said.model_copy(update={"text": "", "corrected": {}, "part_number": "", "limit": _MOST})
    queries = [limits] if limits == anything else [limits, anything]
    found = catalog().search_image_within(store_id=store_id, photo=photo, queries=queries)
    best_first = sorted(chain.from_iterable(found), key=lambda hit: -hit.score)
    return limits.model_copy(update={"among": list(dict.fromkeys(hit.product.product_id for hit in best_first))})


def read_note(note: str, *, session_id: uuid.UUID) -> SearchQuery:
    """What a photo of this session found. Raises PhotoError `photo_gone`."""
    try:
        claims = signing.loads(note, salt=_SALT, max_age=NOTE_SECONDS)
        if claims["session"] == session_id.hex:
            return SearchQuery.model_validate(claims["query"])
    except (signing.BadSignature, KeyError, TypeError, ValueError):
        pass  # it is as good as none
    raise PhotoError("photo_gone", "The photo is not here any more. Send it again.")


# --- the shopper's message ---------------------------------------------------------------------------------------
def as_text(words: str) -> str:
    """What the transcript and a language model read of a message with a photo."""
    return f"Sent a photo: {words}" if words else "Sent a photo"


def as_parts(words: str) -> list[Part]:
    return [PhotoPart(), *([TextPart(text=words)] if words else [])]


def to_record(found: SearchQuery | None) -> dict[str, object]:
    return {} if found is None else {"photo": found.model_dump(exclude_defaults=True)}


def stored_with(*, session_id: uuid.UUID, client_id: str) -> SearchQuery | None:
    """What the photo of this message found, of one that is stored already: its note may be too old by now."""
    message = Message.objects.filter(session_id=session_id, client_id=client_id).first()
    return None if message is None else found_by(message)


def found_by(message: Message) -> SearchQuery | None:
    """What the photo of this message found; None: it had none."""
    kept = message.record.get("photo")
    return None if kept is None else SearchQuery.model_validate(kept)
