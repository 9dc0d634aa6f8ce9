"""The file that a feed came as: packed or not, in whatever encoding, never read whole into memory."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator
from functools import cached_property
from typing import BinaryIO

from apps.connectors.platforms.errors import ConnectorError

_PIECE = 64 * 1024
_MOST = 4 * 1024**3  # bytes, unpacked
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_LEGACY = "cp1252"  # what programs of the West write when it is not UTF-8


class Source:
    """A feed's bytes. `complete`: whether these are all of them, or only the beginning: with `most`, it ends after
    about so many bytes, unpacked."""

    def __init__(self, file: BinaryIO, *, complete: bool = True, most: int | None = None) -> None:
        self._file = file
        self._packed = self.head(packed=True, size=2) == b"\x1f\x8b"
        self._most: int | None = None
        self.complete = complete
        if most is not None and self._is_longer_than(most):
            self._most, self.complete = most, False

    def head(self, size: int = _PIECE, *, packed: bool = False) -> bytes:
        self._file.seek(0)
        return self._file.read(size) if packed else next(self.chunks(), b"")[:size]

    def digest(self) -> str:
        """Differs from that of any other file."""
        self._file.seek(0)
        digest = hashlib.sha256()
        while piece := self._file.read(_PIECE):
            digest.update(piece)
        return digest.hexdigest()[:16]

    def chunks(self) -> Iterator[bytes]:
        """The bytes, unpacked, piece by piece from the start."""
        self._file.seek(0)
        stream: BinaryIO | gzip.GzipFile = gzip.GzipFile(fileobj=self._file) if self._packed else self._file
        size = 0
        while True:
            try:
                chunk = stream.read(_PIECE)
            except EOFError as error:
                if not self.complete:
                    return
                raise ConnectorError("bad_shape", "The feed is packed, and ends in the middle.") from error
            except (gzip.BadGzipFile, zlib.error) as error:
                raise ConnectorError("bad_shape", "The feed is packed, but its packing is broken.") from error
            size += len(chunk)
            if size > _MOST:
                raise ConnectorError("too_large", f"The feed unpacks to more than {_MOST // 1024**3} GB.")
            if not chunk or (self._most is not None and size > self._most):
                return
            yield chunk

    def _is_longer_than(self, most: int) -> bool:
        size = 0
        return any((size := size + len(chunk)) > most for chunk in self.chunks())

    def text(self) -> io.TextIOWrapper:
        """The feed as text: UTF-8 or UTF-16 where it is, else the old encoding of the West."""
        raw = io.BufferedReader(_Reader(self.chunks()), _PIECE)
        return io.TextIOWrapper(raw, encoding=self._encoding, errors="replace", newline="")

    @cached_property
    def _encoding(self) -> str:
        marked = next((name for mark, name in _MARKS if self.head(4).startswith(mark)), None)
        return marked or ("utf-8" if self._is_utf8() else _LEGACY)

    def _is_utf8(self) -> bool:
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            for chunk in self.chunks():
                decoder.decode(chunk)
            decoder.decode(b"", final=self.complete)
        except UnicodeDecodeError:
            return False
        return True


class _Reader(io.RawIOBase):
    """Pieces as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override] # what io hands it
        if not self._rest:
            self._rest = next(self._chunks, b"")
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
