"""What must not get into the log, taken out at its door: the second line of defence. A leaf.

The first is that nobody logs a shopper's words, a token or a key. But an exception may quote them (a database
error names the value that it refused), an address may carry them, and libraries log what they like.
"""

from __future__ import annotations

import os
import re
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from structlog.typing import EventDict

GONE = "[redacted]"

_SECRET_NAME = re.compile(
    r"token|passw|authorization|api_?key|secret|cookie|credential|private_?key|signature", re.IGNORECASE
)

_PATTERNS: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=:-]{12,}"), rf"\1 {GONE}"),
    (re.compile(r"\beyJ[\w-]{8,}([.:][\w-]+)*"), GONE),  # a JWT, or Django's signed JSON
    (re.compile(r"\b(sk|rk|pk_live|shpat|shpss|ghp|xox[bp]|AIza|gAAAAA)[-_]?[A-Za-z0-9_=-]{8,}"), GONE),
    (re.compile(r"(?<=://)[^/\s@'\"]+@"), f"{GONE}@"),  # user:password@ of an address
    (
        re.compile(r"(?i)([?&;](?:[\w-]*(?:token|key|secret|passw|signature|code|auth)[\w-]*)=)[^&;\s'\"]+"),
        rf"\1{GONE}",
    ),
    (
        re.compile(
            r"(?i)(['\"]?[\w-]*(?:token|passw\w*|authorization|api[_-]?key|secret|cookie)['\"]?\s*[:=]\s*)"
            r"(?!\[redacted\])(?:'[^']*'|\"[^\"]*\"|[^\s,;)}]+)"
        ),
        rf"\1{GONE}",
    ),
    (re.compile(r"(exception=\w+)\(.*\)"), r"\1(…)"),  # asyncio shows what a task ended with
    (re.compile(r"(?<=/)[\w.=%-]{20,}(?=[/\s?#'\"]|$)"), lambda found: _segment(found[0])),
)
_HINTS = re.compile(r"[/@=:.?&]|(?i:bearer|basic|sk|rk|gAAAA|AIza|eyJ|gh|xox|shp)")
_UUID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)

# Exceptions that name our code or the machine, never what a person wrote.
_SPEAKING = (OSError, TypeError, AttributeError, NameError, ImportError, NotImplementedError)
_SPEAKING_MODULES = frozenset({"builtins", "socket", "ssl"})  # others derive from OSError and quote addresses
_SPEAKING_NAMES = frozenset({"ImproperlyConfigured", "TemporalError", "InstallationError", "ProvisioningError"})
_AWAY_NAMES = frozenset({"ConnectionError", "ConnectError", "AuthenticationError", "RPCError"})
_MYSQL_OF_THE_SERVER = frozenset({1040, 1044, 1045, 1049, 1146, 1205, 1213})  # below 2000; those quote no value


def redacted(logger: Any, name: str, event: EventDict) -> EventDict:
    """A structlog processor: values of secret names, and whatever looks like a secret anywhere."""
    return {key: GONE if _SECRET_NAME.search(key) else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: GONE if _SECRET_NAME.search(str(key)) else _clean(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(one) for one in value]
    return value


def masked(text: str) -> str:
    """`text` without what looks like a secret."""
    if not _HINTS.search(text):
        return text
    if "Traceback (most recent call last)" in text:  # daphne logs them as plain text
        text = _mute_traceback(text)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def _segment(part: str) -> str:
    """A part of a path that is as long and as mixed as a token, and no id and no store's public key."""
    mixed = re.search(r"\d", part) and re.search(r"[A-Za-z]", part)
    return GONE if mixed and not part.startswith("pk_") and not _UUID.fullmatch(part) else part


def _mute_traceback(text: str) -> str:
    """Keep files, lines and functions, and the class of the exception; its words may be anybody's."""
    kept = []
    for line in text.splitlines():
        if line.startswith(("  File ", "Traceback ", "During handling", "The above exception")):
            kept.append(line)
        elif re.match(r"[\w.]+(:|$)", line):
            kept.append(line.partition(":")[0])
    return "\n".join(kept)


def speakable(error: BaseException) -> str:
    """What an exception is, with its code; with its own words only when these quote nobody."""
    kind = type(error).__name__
    code = getattr(error, "code", None)
    named = f"{kind}[{code}]" if isinstance(code, str | int) and code != "" else kind
    words = _own_words(error)
    return f"{named}: {masked(words)}" if words else named


def _own_words(error: BaseException) -> str:
    kind, module = type(error).__name__, type(error).__module__
    if module.startswith(("MySQLdb", "django.db")):
        number = error.args[0] if error.args and isinstance(error.args[0], int) else None
        if number is None:  # SQLite names tables and columns
            return str(error)
        return str(error) if number >= 2000 or number in _MYSQL_OF_THE_SERVER else f"({number})"
    plain = isinstance(error, _SPEAKING) and module in _SPEAKING_MODULES
    speaks = plain or module == "sqlite3" or kind in _SPEAKING_NAMES | _AWAY_NAMES
    return str(error) if speaks else ""


def described(error: BaseException) -> str:
    """The exception and those behind it, each with its frames: files, lines and functions, no values."""
    return "\nwhich came from\n".join("\n".join((speakable(one), *_frames(one))) for one in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        if isinstance(one, BaseExceptionGroup):
            waiting.extend(one.exceptions)
        behind = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
        if behind is not None:
            waiting.append(behind)


def _frames(error: BaseException) -> list[str]:
    """Innermost last, as Python has them."""
    frames = traceback.extract_tb(error.__traceback__, limit=-25)
    return [f"  {_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames]


def _short(path: str) -> str:
    inside = path.rpartition(f"{os.sep}site-packages{os.sep}")[2]
    return inside.removeprefix(f"{Path.cwd()}{os.sep}")
