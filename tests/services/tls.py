"""TLS in front of a server that has none: certificates made on the spot, and a proxy that ends TLS."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hpack import Decoder
from hyperframe.frame import ContinuationFrame, Frame, HeadersFrame

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


@dataclass(frozen=True)
class Pair:
    certificate: Path
    key: Path


class Authority:
    """Signs certificates; its own lies in `FOLDER/NAME.pem`."""

    def __init__(self, folder: Path, name: str = "ca") -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(name, self._key.public_key(), ca=True)

    def issue(self, name: str) -> Pair:
        """A certificate for a server or a client called `name`."""
        key = ec.generate_private_key(ec.SECP256R1())
        path = self._folder / f"{name}.key"
        kind, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, kind, plain))
        return Pair(self._sign(name, key.public_key(), ca=False), path)

    def _sign(self, name: str, key: ec.EllipticCurvePublicKey, *, ca: bool) -> Path:
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=1))
            .not_valid_after(now + timedelta(hours=1))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        path = self._folder / f"{name}.pem"
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        return path


@dataclass
class Proxy:
    """What passed through: `headers` are the HTTP/2 headers that clients sent."""

    address: str = ""
    received: list[bytearray] = field(default_factory=list)

    def headers(self) -> list[tuple[str, str]]:
        return [pair for stream in self.received for pair in _headers(bytes(stream))]


@asynccontextmanager
async def in_front_of(upstream: str, context: ssl.SSLContext | None) -> AsyncIterator[Proxy]:
    """Listens on a free port of loopback and hands on to `upstream` (host:port), in clear. No context: no TLS."""
    proxy = Proxy()
    host, _, port = upstream.rpartition(":")

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, seen: bytearray) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                seen += data
                writer.write(data)
                await writer.drain()
        writer.close()

    open_ones: set[asyncio.StreamWriter] = set()
    serving: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_ones.add(writer)
        inner_reader, inner_writer = await asyncio.open_connection(host, int(port))
        open_ones.add(inner_writer)
        seen = bytearray()
        proxy.received.append(seen)
        await asyncio.gather(pump(reader, inner_writer, seen), pump(inner_reader, writer, bytearray()))

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(serve(reader, writer))
        serving.add(task)
        task.add_done_callback(serving.discard)

    server = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=context)
    proxy.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        for writer in open_ones:
            writer.transport.abort()
        await asyncio.gather(*serving, return_exceptions=True)
        await asyncio.sleep(0.05)  # the loop closes what was aborted


def server_context(pair: Pair, *, clients_of: Path | None = None) -> ssl.SSLContext:
    """`clients_of`: only clients with a certificate of this authority get in."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.set_alpn_protocols(["h2"])
    if clients_of is not None:
        context.load_verify_locations(clients_of)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _headers(stream: bytes) -> list[tuple[str, str]]:
    decoder, found = Decoder(), []
    rest = memoryview(stream.removeprefix(_PREFACE))
    while len(rest) >= 9:
        frame, length = Frame.parse_frame_header(rest[:9])
        if len(rest) < 9 + length:
            break
        frame.parse_body(rest[9 : 9 + length])
        if isinstance(frame, HeadersFrame | ContinuationFrame):
            found += [(str(name), str(value)) for name, value in decoder.decode(bytes(frame.data))]
        rest = rest[9 + length :]
    return found
