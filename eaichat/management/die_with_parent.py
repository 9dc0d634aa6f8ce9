"""`python die_with_parent.py PARENT COMMAND...`: becomes COMMAND, which the kernel kills when PARENT dies.

A child outlives a SIGKILL of its parent unless it asks not to. Asking before the program starts, in a process of
our own, avoids running Python between fork and exec of a process with many threads.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, command = int(arguments[0]), arguments[1:]
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # may have been inherited as ignored
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it died before we could ask
        raise SystemExit(1)
    os.execvp(command[0], command)  # noqa: S606 - the command is our own caller's


if __name__ == "__main__":
    main(sys.argv[1:])
