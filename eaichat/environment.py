"""The environment, read strictly: a value that cannot work ends the process in one line that says what to write.

An empty value counts as absent: compose files pass `NAME=${NAME:-}`.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import environ

_LINE = re.compile(r"(export )?\w+=.*", re.ASCII)  # what django-environ takes; it skips whatever else there is
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def refuse(text: str) -> NoReturn:
    """End here. SystemExit, because Django shows what fails in its settings as a traceback."""
    raise SystemExit(text)


class Environment:
    """Reads variables, first the process's own, then those of a `.env` file.

    `names` are those that were asked for, `written` those in the file.
    """

    def __init__(self, dotenv: Path) -> None:
        self.names: set[str] = set()
        lines = _lines(dotenv)
        self.written = {line.removeprefix("export ").partition("=")[0] for line in lines}
        environ.Env.read_env(io.StringIO("\n".join(lines)), overwrite=False)

    def given(self, name: str) -> bool:
        return bool(self._read(name))

    def text(self, name: str, default: str = "") -> str:
        return self._read(name) or default

    def flag(self, name: str, *, default: bool) -> bool:
        value = self._read(name).lower()
        if value and value not in _TRUE | _FALSE:
            refuse(f"{name}={self._read(name)} is neither yes nor no: write 1 or 0.")
        return value in _TRUE if value else default

    def number(self, name: str, default: int, *, least: int = 0, most: int | None = None) -> int:
        value = self._read(name)
        span = f"from {least} to {most}" if most is not None else f"of {least} or more"
        try:
            number = int(value) if value else default
        except ValueError:
            refuse(f"{name}={value} is no number: write a whole number {span}.")
        if number < least or (most is not None and number > most):
            refuse(f"{name}={value} is out of range: write a whole number {span}.")
        return number

    def choice(self, name: str, default: str, among: Sequence[str]) -> str:
        value = self._read(name) or default
        if value not in among:
            refuse(f"{name}={value} is unknown: write one of {', '.join(among)}.")
        return value

    def words(self, name: str, default: Sequence[str] = ()) -> list[str]:
        """Values between commas."""
        found = [word.strip() for word in self._read(name).split(",")]
        words = [word for word in found if word]
        if self._read(name) and not words:
            refuse(f"{name} names nothing: write values between commas, or leave it out.")
        return words or list(default)

    def address(self, name: str, default: str = "", *, schemes: Sequence[str], example: str) -> str:
        """An URL without a slash at its end. Its text is never shown: it may hold a password."""
        value = self._read(name) or default
        if not value:
            return ""
        try:
            parts = urlsplit(value)
            good = parts.scheme in schemes and bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:  # a port that is no number, a bracket that is not closed
            good = False
        if not good:
            refuse(f"{name} is no address that works here: write it like {example}")
        return value.rstrip("/")

    def file(self, name: str) -> Path | None:
        """A file that this process can read."""
        value = self._read(name)
        if not value:
            return None
        path = Path(value)
        if not (path.is_file() and os.access(path, os.R_OK)):
            refuse(f"{name}={value} cannot be read: write the path of a file that this user may read.")
        return path

    def _read(self, name: str) -> str:
        self.names.add(name)
        return os.environ.get(name, "").strip()


def _lines(dotenv: Path) -> list[str]:
    """The settings of a file. One that is skipped would mean a default: another database, other secrets."""
    if not dotenv.exists():
        return []
    try:
        lines = [line.strip() for line in dotenv.read_text(encoding="utf-8-sig").splitlines()]
    except OSError as error:
        refuse(f"{dotenv} cannot be read ({error.strerror}): let this user read it, or take it away.")
    except UnicodeDecodeError:
        refuse(f"{dotenv} is no UTF-8 text: save it as UTF-8.")
    for number, line in enumerate(lines, 1):
        if line and not line.startswith("#") and not _LINE.fullmatch(line):  # never shown: it may be part of a key
            refuse(f"{dotenv}, line {number} is no setting: write NAME=value on one line, no blanks around =.")
    return [line for line in lines if line and not line.startswith("#")]
