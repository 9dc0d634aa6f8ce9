"""Work that nobody waits for gives way to questions of shoppers."""

from __future__ import annotations

import contextlib
import os
import sys
import threading

# A thread with this niceness gets a third of the time that one without gets, where both want all of it, and is
# interrupted at once by one that just woke up.
_NICENESS = 5


def give_way() -> None:
    """Lowers the priority of the calling thread for its life. Linux only; elsewhere it does nothing."""
    if sys.platform == "linux":  # there a thread's own number is taken for a process's
        with contextlib.suppress(OSError):  # it is nicer still
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)
