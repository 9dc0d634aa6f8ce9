"""Production's parts under load: 32 shoppers through two web processes, MariaDB and Redis, in intent mode.

Turns per second are compared, per web process, with the embedded installation under the same load in the same run.
Then each part is killed and started again under that load, and every acknowledged message is looked up afterwards.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.load import Shopper, talk, talk_for
from benchmarks.report import Report
from tests.installation import Installation
from tests.services.mariadb import NAME, MariaDB
from tests.services.server import LocalServer
from tests.stack import Stack

SHOPPERS = 32
ROUNDS = 3  # of each installation, one after the other, so that a busy moment of the machine meets both
SECONDS = 15.0
BEFORE, AWAY, AFTER = 4.0, 3.0, 10.0  # seconds of load around a part's absence
KEY = "__import__('apps.accounts.models', fromlist=['Store']).Store.objects.get(is_demo=True).public_key"
FAST = {"CHAT_MESSAGES_PER_MINUTE": "100000"}  # one shopper asks faster than a person


def main() -> None:
    report = Report("stack")
    with tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder) / "embedded")
        installation.environment.update(FAST)
        stack = Stack(Path(folder) / "stack", durable=True)
        stack.environment.update(FAST)
        with installation, stack:
            _throughput(report, installation, stack)
        with stack:
            _restarts(report, stack)
    report.finish()


def _throughput(report: Report, installation: Installation, stack: Stack) -> None:
    webs = [web.port for web in stack.webs]
    alone: list[float] = []
    together: list[float] = []
    waits: list[float] = []
    spread: list[float] = []
    errors = 0
    keys = installation.ask(KEY), stack.ask(KEY)
    for _ in range(ROUNDS):
        shoppers, per_second = _load([installation.port], keys[0])
        alone.append(per_second)
        shoppers, per_second = _load(webs, keys[1])
        together.append(per_second / len(webs))
        round_waits = sorted((turn.ended - turn.sent) * 1000 for shopper in shoppers for turn in shopper.turns)
        waits += round_waits
        spread.append(round_waits[int(len(round_waits) * 0.99)] / round_waits[len(round_waits) // 2])
        errors += sum(len(shopper.errors) + shopper.reconnects for shopper in shoppers)
        errors += sum(not turn.complete for shopper in shoppers for turn in shopper.turns)
    base = report.add("embedded: turns/s", alone, unit="1/s")
    each = report.add("stack: turns/s per web process", together, unit="1/s")
    report.add("stack per web process / embedded", [each / base], unit="x", bar=0.8, side="at least")
    report.add("stack: sent to whole answer, p50", waits, unit="ms")
    report.add("stack: sent to whole answer, p99", waits, unit="ms", at="p99")
    report.add("stack: p99 / p50", spread, unit="x", bar=5)
    report.add("stack: errors, lost sockets, cut answers", [errors], unit="", bar=0)


def _load(ports: Sequence[int], key: str) -> tuple[list[Shopper], float]:
    asyncio.run(talk_for([Shopper(ports, key, seed) for seed in range(SHOPPERS)], 2))  # to warm up
    shoppers = [Shopper(ports, key, seed) for seed in range(SHOPPERS)]
    took = asyncio.run(talk_for(shoppers, SECONDS))
    return shoppers, sum(len(shopper.turns) for shopper in shoppers) / took


def _restarts(report: Report, stack: Stack) -> None:
    parts: list[LocalServer] = [stack.mariadb, stack.redis, stack.temporal, stack.webs[1]]
    for part in parts:
        shoppers, returned = asyncio.run(_restarted(stack, part))
        found = _look_up(stack.mariadb, shoppers)
        report.add(f"{part.name} killed: acknowledged messages", [found["acknowledged"]], unit="")
        report.add(f"{part.name} killed: of them put something into a cart", [found["added"]], unit="")
        report.add(f"{part.name} killed: of them lost", [found["lost"]], unit="", bar=0)
        report.add(f"{part.name} killed: duplicates", [found["duplicates"]], unit="", bar=0)
        report.add(f"{part.name} killed: answers cut off", [found["cut"]], unit="")
        report.add(f"{part.name} killed: asked to try again", [found["errors"]], unit="")
        back = [_first_answer_after(returned, shopper) - returned for shopper in shoppers]
        report.add(f"{part.name} killed: last shopper answered after its return", back, unit="s", at="max", bar=5)


async def _restarted(stack: Stack, part: LocalServer) -> tuple[list[Shopper], float]:
    """Load, with `part` killed in its midst and started again. Returns the moment when the part answered again."""
    key = await asyncio.to_thread(stack.ask, KEY)
    shoppers = [Shopper([web.port for web in stack.webs], key, seed) for seed in range(SHOPPERS)]
    until = asyncio.Event()
    load = asyncio.create_task(talk(shoppers, until=until))
    await asyncio.sleep(BEFORE)
    part.kill()
    await asyncio.sleep(AWAY)
    part.launch()
    await asyncio.to_thread(part.wait)
    returned = time.monotonic()
    await asyncio.sleep(AFTER)
    until.set()
    await load
    return shoppers, returned


def _first_answer_after(moment: float, shopper: Shopper) -> float:
    """When the shopper was next answered; infinitely late when never."""
    return min((turn.ended for turn in shopper.turns if turn.ended > moment), default=float("inf"))


def _look_up(mariadb: MariaDB, shoppers: Sequence[Shopper]) -> Counter[str]:
    """What the database holds of the messages that were acknowledged."""
    turns = [turn for shopper in shoppers for turn in shopper.turns]
    acknowledged = {turn.client_id: turn.turn for turn in turns if turn.acknowledged}
    found = Counter(acknowledged=len(acknowledged), errors=sum(len(shopper.errors) for shopper in shoppers))
    connection = mariadb.connect(database=NAME)
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT client_id, turn FROM chat_message WHERE client_id IS NOT NULL")
        asked = Counter(client_id for client_id, turn in cursor.fetchall() if client_id in acknowledged)
        cursor.execute("SELECT turn, complete FROM chat_message WHERE author = 'assistant'")
        ours = set(acknowledged.values())
        answers = [(str(turn), complete) for turn, complete in cursor.fetchall() if str(turn) in ours]
        cursor.execute("SELECT id FROM chat_toolcall WHERE name = 'add_to_cart'")
        added = Counter(call.partition(":")[0] for (call,) in cursor.fetchall())
        cursor.execute("SELECT COALESCE(SUM(quantity), 0) FROM chat_cartitem")
        ((in_carts,),) = cursor.fetchall()
    answered = Counter(turn for turn, complete in answers)
    found["lost"] = sum(client_id not in asked or turn not in answered for client_id, turn in acknowledged.items())
    found["duplicates"] = sum(count > 1 for counts in (asked, answered, added) for count in counts.values())
    found["duplicates"] += int(in_carts) - added.total()
    found["added"] = sum(turn in added for turn in ours)
    found["cut"] = sum(not complete for turn, complete in answers)
    return found
