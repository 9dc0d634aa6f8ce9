"""Who listens in this process, and to what."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable
from typing import Any

Message = dict[str, Any]
Hear = Callable[[Message], None]

log = logging.getLogger(__name__)

_AT_ONCE = 20  # listeners told to read again before the others' turn comes,
_PAUSE = 0.1  # and the seconds between: a thousand pages that read at once would lock everybody out


class Groups:
    """Listeners by group. All methods but `join` before the server runs belong to the loop that serves."""

    def __init__(self) -> None:
        self._members: defaultdict[str, dict[Hear, None]] = defaultdict(dict)

    def join(self, group: str, hear: Hear) -> None:
        self._members[group][hear] = None

    def leave(self, group: str, hear: Hear) -> None:
        members = self._members.get(group, {})
        members.pop(hear, None)
        if not members:
            self._members.pop(group, None)

    def tell(self, group: str, message: Message) -> None:
        """Call every listener of `group`; one that breaks does not keep it from the others."""
        for hear in list(self._members.get(group, ())):
            _call(hear, message)

    async def tell_slowly(self, group: str, message: Message) -> None:
        """The same a few at a time, for what makes each of them read."""
        members = list(self._members.get(group, ()))
        for start in range(0, len(members), _AT_ONCE):
            if start:
                await asyncio.sleep(_PAUSE)
            for hear in members[start : start + _AT_ONCE]:
                if hear in self._members.get(group, ()):
                    _call(hear, message)


def _call(hear: Hear, message: Message) -> None:
    try:
        hear(message)
    except Exception:
        log.exception("A listener broke over %s", message.get("type"))
