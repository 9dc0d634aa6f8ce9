"""What a foreign address answers, read piece by piece: unpacked, and never more than the limits allow."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from eaichat.outbound.errors import OutboundError
from eaichat.outbound.target import Target

_PACKED = frozenset({"gzip", "deflate", "x-gzip"})
_PIECE = 256 * 1024  # bytes unpacked at once


@dataclass(frozen=True)
class Answer:
    """What the last address of a chain of redirects said. `body` is unpacked and within the limits.

    The names of `headers` are in lower case.
    """

    target: Target
    status: int
    headers: Mapping[str, str]
    body: bytes


class Incoming:
    """An answer whose body is still on its way: its connection is open."""

    def __init__(
        self, target: Target, status: int, headers: Mapping[str, str], raw: Iterable[bytes], limit: int
    ) -> None:
        self.target = target
        self.status = status
        self.headers = headers
        self._raw = raw
        self._limit = limit

    def chunks(self) -> Iterator[bytes]:
        """The body, unpacked; never more than the limits say, also where it unpacks to more than was sent."""
        packed = self.headers.get("content-encoding", "").strip().lower() in _PACKED
        size = 0
        for chunk in _unpacked(self._raw) if packed else self._raw:
            size += len(chunk)
            if size > self._limit:
                raise OutboundError("too_large", f"The answer is larger than {self._limit // (1024 * 1024)} MB.")
            yield chunk

    def whole(self) -> Answer:
        return Answer(self.target, self.status, self.headers, b"".join(self.chunks()))


def _unpacked(raw: Iterable[bytes]) -> Iterator[bytes]:
    unpack = zlib.decompressobj(wbits=47)
    begun = False
    for chunk in raw:
        begun = begun or bool(chunk)
        rest = chunk
        while rest and not unpack.eof:
            try:
                yield unpack.decompress(rest, _PIECE)
            except zlib.error as error:
                raise OutboundError("damaged", "The answer is damaged (broken compression).") from error
            rest = unpack.unconsumed_tail
    if begun and not unpack.eof:
        raise OutboundError("damaged", "The answer is damaged (it ends in the middle).", retryable=True)
