"""The log: JSON lines for machines, readable ones for a terminal, with the ids of what is under way. A leaf.

Code says `logging.getLogger(__name__).info("turn answered", extra={"ms": 12})`; ids come by themselves from
`bind_ids`. Only the fields named here get in, whatever else a record carries.
"""

from __future__ import annotations

import fcntl
import logging
import os
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, Literal

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars
from structlog.typing import EventDict

from eaichat.redaction import described, redacted, speakable

Format = Literal["json", "text"]

IDS = frozenset({"request", "connection", "session", "turn", "workflow", "run", "activity"})
FIELDS = frozenset({"method", "path", "status", "ms", "mode", "state", "tool", "code", "attempt"})

_MADE = "_eaichat_line"

# Libraries that tell of every request, with its address, at INFO.
_TALKATIVE = ("httpx", "httpx2", "httpcore", "urllib3", "openai", "anthropic", "google_genai", "qdrant_client")


def bind_ids(**ids: object) -> None:
    """From now on lines of this task (and of threads and tasks that it starts) carry these ids."""
    unknown = ids.keys() - IDS
    if unknown:
        raise ValueError(f"no id of the log: {', '.join(sorted(unknown))}")
    bind_contextvars(**{name: str(value) for name, value in ids.items()})


def forget_ids() -> None:
    """A new request or socket starts without the ids of whatever ran before it."""
    clear_contextvars()


class Formatter(structlog.stdlib.ProcessorFormatter):
    """One record as one line. Exceptions are told by what they are and where, not by what they quote."""

    def __init__(self, kind: Format, *, colors: bool = False) -> None:
        renderer: Any = structlog.processors.JSONRenderer(ensure_ascii=False, default=str)
        if kind == "text":
            renderer = structlog.dev.ConsoleRenderer(colors=colors, pad_event_to=0)
        super().__init__(
            foreign_pre_chain=[
                structlog.contextvars.merge_contextvars,
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.stdlib.ExtraAdder(allow=FIELDS),
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                self.remove_processors_meta,
                _tell_exception,
                redacted,
                *([_one_line] if kind == "text" else []),
                renderer,
            ],
        )

    def format(self, record: logging.LogRecord) -> str:
        """The line; of two handlers that share a formatter the second gets what the first has made."""
        made: tuple[Formatter, str] | None = getattr(record, _MADE, None)
        if made is not None and made[0] is self:
            return made[1]
        safe = logging.makeLogRecord(record.__dict__)
        if isinstance(safe.args, tuple):
            safe.args = tuple(speakable(one) if isinstance(one, BaseException) else one for one in safe.args)
        line = super().format(safe)
        setattr(record, _MADE, (self, line))
        return line


def _tell_exception(logger: Any, name: str, event: EventDict) -> EventDict:
    info = event.pop("exc_info", None)
    if isinstance(info, tuple) and info[1] is not None:
        event["exception"] = described(info[1])
    return event


def _one_line(logger: Any, name: str, event: EventDict) -> EventDict:
    """A terminal obeys control characters, and a line break in a value would look like a line of ours."""
    return {
        key: value if key == "exception" or not isinstance(value, str) else _printable(value)
        for key, value in event.items()
    }


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(one if one.isprintable() else " " for one in text)


class SharedFileHandler(RotatingFileHandler):
    """A file that all processes of an installation write and one of them rotates.

    The standard handler of each process would rotate once more, and four of them push every older line out.
    """

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - the base's name
        """Whether the file is full. The base makes the line once more to see whether this very one still fits."""
        self._follow()
        if self.stream is None:
            self.stream = self._open()
        if not self.stream.seekable():  # a pipe, or a terminal
            return False
        return self.stream.seek(0, os.SEEK_END) >= self.maxBytes

    def doRollover(self) -> None:  # noqa: N802 - the base's name
        with Path(f"{self.baseFilename}.lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._follow():  # else another process was quicker
                super().doRollover()

    def _follow(self) -> bool:
        """Go on in the file that has the name now; says whether that is another one."""
        if self.stream is None:
            return False
        try:
            named, ours = Path(self.baseFilename).stat(), os.fstat(self.stream.fileno())
            moved = (named.st_dev, named.st_ino) != (ours.st_dev, ours.st_ino)
        except FileNotFoundError:  # taken away, or between two names right now
            moved = True
        if moved:
            self.stream.close()
            self.stream = self._open()
        return moved


def configuration(*, kind: Format, level: str, file: Path, colors: bool, quiet_console: bool) -> dict[str, Any]:
    """Django's LOGGING: a file that keeps the last 40 MB, and the standard error stream.

    `level` is for our own code; libraries never say more than INFO. A quiet console shows warnings and worse.
    """
    formatter = {"()": Formatter, "kind": kind}
    colored = {**formatter, "colors": colors}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"file": formatter, "console": colored} if kind == "text" else {"line": formatter},
        "handlers": {
            "file": {
                "class": "eaichat.logs.SharedFileHandler",
                "filename": file,
                "maxBytes": 10_000_000,
                "backupCount": 3,
                "formatter": "file" if kind == "text" else "line",
            },
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "console" if kind == "text" else "line",
                "level": "WARNING" if quiet_console else "DEBUG",
            },
        },
        "root": {"handlers": ["file", "console"], "level": "INFO"},
        "loggers": {
            "apps": {"level": level},
            "eaichat": {"level": level},
            "django": {"handlers": [], "level": "INFO"},  # not Django's own handlers, the root's
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.request": {"level": "ERROR"},  # what a client did wrong stands in the access line
            **{name: {"level": "WARNING"} for name in _TALKATIVE},
        },
    }
