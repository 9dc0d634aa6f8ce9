"""Whether the last hosts of a directory ended well, or died."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

# One death may be anything. Two in a row may come of a file that kills whoever reads it.
_SUSPICIOUS = 2


class UncleanEnds:
    """Counts the hosts in a row that began and never ended. Held by the one host that has the directory."""

    def __init__(self, directory: Path) -> None:
        self._file = directory / "unclean"

    def begin(self) -> bool:
        """Notes that a host begins. True: so many died before it that the index itself is to be suspected."""
        count = 0
        with suppress(FileNotFoundError, ValueError):
            count = int(self._file.read_text())
        self._file.write_text(str(count + 1))
        return count >= _SUSPICIOUS

    def end(self) -> None:
        self._file.unlink(missing_ok=True)
