"""Telling open pages, in every process, that something changed: a nudge, never the data itself.

The database is the truth, so a page that hears a nudge reads what is new. Whoever listens joins a group of this
process (`join`); whoever has news tells every process' group (`broadcast`). Nothing here waits, and nothing here
fails a request, a turn or a commit: groups are this process' own, and between processes news go over the channel
layer (`bridge.py`), which may be away. Listeners of `EVERYBODY` hear

- `live.missed` when something may have been lost on the way: read everything again;
- `live.delayed` when the other processes cannot be heard, and `live.prompt` when they can again.
"""

from apps.accounts.live.door import EVERYBODY, broadcast, is_delayed, join, leave, use_loop
from apps.accounts.live.groups import Hear, Message

__all__ = ["EVERYBODY", "Hear", "Message", "broadcast", "is_delayed", "join", "leave", "use_loop"]
