"""A child that cannot outlive its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(sign: int = signal.SIGTERM, *, parent: int | None = None) -> None:
    """The kernel sends `sign` to this process when the thread that started it ends, even by SIGKILL.

    Linux only; elsewhere it does nothing. Call it first thing in the child. Who knows the parent's process id
    names it: Python takes a second to get here, and the parent may have died meanwhile.
    """
    if sys.platform != "linux":
        return
    parent = parent or os.getppid()
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, sign, 0, 0, 0)
    if os.getppid() != parent:  # the parent died before the kernel was told
        os.kill(os.getpid(), sign)
