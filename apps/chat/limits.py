"""How much a shopper may say and open. The counts are the whole installation's (apps/accounts/limits.py)."""

from __future__ import annotations

from collections import Counter

from django.conf import settings

from apps.accounts.limits import Limit


def messages_limit(per_minute: int) -> Limit:
    """A third of a minute's messages at once, but at least ten, and not more in the long run."""
    at_once = max(10, per_minute // 3)
    return Limit("messages", at_once, round(60 * at_once / per_minute))


MESSAGES = messages_limit(settings.CHAT_MESSAGES_PER_MINUTE)  # of one conversation
CONVERSATIONS = Limit("conversations", settings.CHAT_CONVERSATIONS_PER_ADDRESS, 600)
SOCKETS = Limit("sockets", settings.CHAT_SOCKETS_PER_ADDRESS, 60)


class OpenSockets:
    """How many sockets each address holds open here. Each process counts its own."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def open(self, party: str) -> bool:
        """Count one more, unless there are too many. Without an address nothing is counted."""
        most = settings.CHAT_SOCKETS_PER_ADDRESS
        if party and most and self._open[party] >= most:
            return False
        self._open[party] += 1
        return True

    def close(self, party: str) -> None:
        self._open[party] -= 1
        if self._open[party] <= 0:
            del self._open[party]


OPEN_SOCKETS = OpenSockets()
