"""How the threads of a process take turns in Python, of which one runs at a time."""

from __future__ import annotations

import sys

_TURN_S = 0.001


def take_short_turns() -> None:
    """Who wants to run waits a millisecond at most for a thread that calculates, instead of Python's five.

    For a process whose event loop serves while its threads search: a search reads the words of what it found for
    some milliseconds of pure Python, and the loop came late by all of them. The model and the index host's socket
    were never in the way, since they let the others run while they work. A turn is handed over in microseconds, so
    a search costs the same CPU with a thousand of them in a second.
    """
    sys.setswitchinterval(_TURN_S)
