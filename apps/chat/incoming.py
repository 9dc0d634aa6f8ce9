"""From bytes on a socket to a client frame, or to an error that says what is wrong with them."""

from __future__ import annotations

import json
import re

from pydantic import ValidationError

from apps.chat.events import CLIENT_FRAME, MAX_FRAME_BYTES, MAX_TEXT, ClientFrame, ErrorFrame

# Everything below space but tab and newline, delete, and the marks that reverse or hide text.
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\ufeff]")


class FrameError(Exception):
    """A frame is refused; `frame` is the answer to it. Codes: bad_frame, unknown_type, too_long, empty_text."""

    def __init__(self, code: str, text: str, frame_id: str | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.frame = ErrorFrame(code=code, text=text, id=frame_id)


def parse(text: str | None) -> ClientFrame:
    """The frame that `text` holds (None: it was binary). Raises FrameError."""
    if text is None:
        raise FrameError("bad_frame", "Frames are JSON text, not binary.")
    if len(text) > MAX_FRAME_BYTES or len(text.encode(errors="replace")) > MAX_FRAME_BYTES:
        raise FrameError("too_long", f"A frame has at most {MAX_FRAME_BYTES} bytes.")
    try:
        return CLIENT_FRAME.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if first["type"] == "union_tag_invalid":
            raise FrameError("unknown_type", "This server does not know that frame type.", _id_of(text)) from error
        where = ".".join(str(step) for step in first["loc"])
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise FrameError("bad_frame", what[:300], _id_of(text)) from error


def clean_text(text: str, frame_id: str, *, beside_photo: bool = False) -> str:
    """What a shopper wrote, without invisible characters and outer blanks. Raises FrameError."""
    cleaned = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    if not cleaned and not beside_photo:
        raise FrameError("empty_text", "Write something first.", frame_id)
    if len(cleaned) > MAX_TEXT:
        raise FrameError("too_long", f"A message has at most {MAX_TEXT} characters.", frame_id)
    return cleaned


def _id_of(text: str) -> str | None:
    """The id of a frame that is otherwise wrong, so that its sender knows which one was refused."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    found = frame.get("id") if isinstance(frame, dict) else None
    return found if isinstance(found, str) and 0 < len(found) <= 64 else None
