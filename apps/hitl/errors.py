"""What can go wrong at the desk, in words for the person who tried."""

from __future__ import annotations


class DeskError(Exception):
    """`code` is for programs, `text` for people; `retryable`: the same request may succeed later.

    unknown     no such escalation, or one of a store that this person does not answer for
    taken       somebody else took it over first
    not_owner   somebody else answers this conversation now
    closed      the conversation is back with the assistant
    empty, too_long   the reply has no text, or more than the wire allows
    """

    retryable = False

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
