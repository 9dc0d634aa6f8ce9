"""A name server that knows one answer, as Docker's does for a service with several containers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

_A = b"\0\1"
_ANSWERS = b"\x81\x80"  # flags: a response, without error
_SAME_NAME, _IN, _SECOND, _FOUR = b"\xc0\x0c", b"\0\1", b"\0\0\0\1", b"\0\4"


class NameServer:
    """Answers every question for an IPv4 address with all of `addresses`, on a loopback port."""

    def __init__(self, addresses: Sequence[str]) -> None:
        self._addresses = [socket.inet_aton(address) for address in addresses]
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._socket.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while query := self._socket.recvfrom(512):
            if not query[0]:
                return
            self._socket.sendto(self._answer(query[0]), query[1])

    def _answer(self, query: bytes) -> bytes:
        end = query.index(b"\0", 12) + 5  # the name, its type, its class
        question = query[12:end]
        found = self._addresses if question[-4:-2] == _A else []
        head = query[:2] + _ANSWERS + b"\0\1" + len(found).to_bytes(2, "big") + b"\0\0\0\0"
        rows = [_SAME_NAME + _A + _IN + _SECOND + _FOUR + address for address in found]
        return head + question + b"".join(rows)
