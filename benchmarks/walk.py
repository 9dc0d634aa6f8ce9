"""The walk in figures: one client over the WebSocket of a whole installation with the demo store.

An answer is compared with its parts, measured in the same rounds on the same data: one query embedding, one index
query, two commits.
"""

from __future__ import annotations

import asyncio
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from benchmarks.report import Report
from tests.installation import Installation, resident_megabytes

ROUNDS = 150
WARM_UP = 10
# Every question is asked once, so that no cache of an earlier embedding makes an answer look fast.
QUESTIONS = [
    f"{kind} {thing} {limit}".strip()
    for thing in ("jacket for men", "mug", "headphones", "boots", "backpack", "dress", "lamp", "tent")
    for kind in ("warm", "light", "red", "green", "cheap", "cosy", "sturdy")
    for limit in ("", "under $90", "in stock")
]


def main() -> None:
    report = Report("walk")
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "var")
        installation.environment["CHAT_MESSAGES_PER_MINUTE"] = "100000"  # one client asks faster than a person
        installation.environment["CHAT_CONVERSATIONS_PER_ADDRESS"] = "0"
        installation.start()
        installation.stop()
        starts = []
        for _ in range(3):
            starts.append(installation.start())
            if len(starts) < 3:
                installation.stop()
        report.add("second start until healthy", starts, unit="s", at="max", bar=10)
        try:
            _turns(report, installation)
        finally:
            installation.stop()
    report.finish()


def _turns(report: Report, installation: Installation) -> None:
    parts = _parts(installation)
    first, whole, baseline = asyncio.run(_converse(installation, parts))
    report.add("sent to first delta, p50", first, unit="ms", bar=50)
    report.add("sent to turn.end, p50", whole, unit="ms")
    report.add("sent to turn.end, p99", whole, unit="ms", at="p99", bar=150)
    for name in parts:
        report.add(f"part: {name}, p50", [row[name] for row in baseline], unit="ms")
    sums = [sum(row.values()) for row in baseline]
    parts_p50 = report.add("parts together, p50", sums, unit="ms")
    ratio = sorted(whole)[len(whole) // 2] / parts_p50
    report.add("whole answer p50 / parts p50", [ratio], unit="x", bar=3)
    assert installation.process is not None
    memory = resident_megabytes(installation.process.pid)
    report.add("memory of the web process after the rounds", [memory], unit="MB", bar=700)


def _parts(installation: Installation) -> dict[str, Callable[[str], None]]:
    """The parts of a turn, run in this process on the installation's own database and index host."""
    os.environ.update(installation.environment)
    import django

    django.setup()
    from django.db import transaction

    from apps.accounts.models import Store
    from apps.catalog.engine.embedding import to_bytes
    from apps.catalog.engine.words.lexical import query_vector
    from apps.catalog.runtime import catalog
    from apps.chat.models import ChatSession, Message

    engine = catalog()
    store = Store.objects.get(is_demo=True)
    session = ChatSession.objects.create(store=store)
    vectors: dict[str, Any] = {}

    def embed(question: str) -> None:
        vectors[question] = engine.embeddings.embedder.embed([question])[0]

    def query(question: str) -> None:
        engine.vectors.hybrid(
            store_id=str(store.pk),
            where=(),
            dense=to_bytes(vectors[question]),
            sparse=query_vector(question),
            limit=30,
        )

    def commit_twice(question: str) -> None:
        for _ in range(2):
            with transaction.atomic():
                session.last_seq += 1
                session.save(update_fields=["last_seq"])
                Message.objects.create(session=session, seq=session.last_seq, author="shopper", text=question)

    return {"one query embedding": embed, "one index query": query, "two commits": commit_twice}


async def _converse(
    installation: Installation, parts: dict[str, Callable[[str], None]]
) -> tuple[list[float], list[float], list[dict[str, float]]]:
    key = installation.ask(
        "__import__('apps.accounts.models', fromlist=['Store']).Store.objects.get(is_demo=True).public_key"
    )
    first: list[float] = []
    whole: list[float] = []
    baseline: list[dict[str, float]] = []
    address = f"ws://localhost:{installation.port}/ws/chat/{key}/"
    async with connect(address, origin=installation.url) as socket:  # type: ignore[arg-type] # a plain str is an origin
        await socket.send(json.dumps({"type": "hello", "v": 1}))
        for number in range(WARM_UP + ROUNDS):
            question = QUESTIONS[number]
            row = {}
            for name, part in parts.items():
                began = time.perf_counter()
                await asyncio.to_thread(part, question)
                row[name] = (time.perf_counter() - began) * 1000
            times = await _turn(socket, question)
            if number >= WARM_UP:
                baseline.append(row)
                first.append(times[0])
                whole.append(times[1])
    return first, whole, baseline


async def _turn(socket: ClientConnection, question: str) -> tuple[float, float]:
    """Send one message; milliseconds until its first delta and until its end."""
    began = time.perf_counter()
    first = 0.0
    await socket.send(json.dumps({"type": "message.send", "id": uuid.uuid4().hex, "text": question}))
    while True:
        frame = json.loads(await asyncio.wait_for(socket.recv(), 10))
        now = (time.perf_counter() - began) * 1000
        if frame["type"] == "message.delta" and not first:
            first = now
        elif frame["type"] == "turn.end":
            assert frame["state"] == "complete", frame
            assert first, f"no text was streamed for {question!r}"
            return first, now
        elif frame["type"] == "error":
            raise AssertionError(f"{question!r}: {frame}")
