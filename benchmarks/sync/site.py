"""What the parts with workers share: a shop, an index host, a Temporal server, and workers as processes."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import django

from apps.catalog.engine.hosting.host_process import HostProcess
from apps.connectors.tests.replay import Asked, ReplayServer
from apps.connectors.tests.woocommerce_shop import KEY, SECRET, Shop
from benchmarks.search.icecat import models, products
from tests.services.temporal import Temporal

if TYPE_CHECKING:
    from apps.connectors.models import ConnectorConfig, SyncRun

_LONGEST_S = 900.0


@dataclass
class Site:
    """`folder` holds all data; `workers` are those that were ever started."""

    folder: Path
    source: ReplayServer
    shop: Shop
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def connector(self) -> ConnectorConfig:
        """A connector to the shop, in a store of its own."""
        from apps.accounts.models import Store
        from apps.connectors import services
        from apps.connectors.platforms.woocommerce.connector import WooCommerceConnector

        keys = WooCommerceConnector.Settings(base_url=self.source.url, consumer_key=KEY, consumer_secret=SECRET)
        store = Store.objects.create(name="Bench")
        return services.add_connector(store=store, actor=None, platform="woocommerce", name="Bench", settings=keys)

    def start_worker(self, *options: str) -> subprocess.Popen[bytes]:
        """A worker that is ready to work."""
        log = self.folder / f"worker-{len(self.workers)}.log"
        command = [sys.executable, "manage.py", "temporal_worker", *options]
        with log.open("wb") as out:
            worker = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)  # noqa: S603 - our own command
        self.workers.append(worker)
        until(lambda: b"Workflows run on" in log.read_bytes())
        return worker

    def stop_workers(self) -> None:
        for worker in self.workers:
            if worker.poll() is None:
                worker.terminate()
        for worker in self.workers:
            worker.wait()

    def asked_pages(self) -> list[str]:
        """The pages of products that workers asked for, in order."""
        return [
            one.query["page"]
            for one in list(self.source.requests)
            if one.path.endswith("/products") and one.query.get("per_page") == "100"
        ]


@contextmanager
def site(*, size: int, page_s: float = 0.0) -> Iterator[Site]:
    """A shop of so many products, which thinks `page_s` about each page. It sets Django up: one in a process."""
    with tempfile.TemporaryDirectory(prefix="bench-sync-") as name, ExitStack() as stack:
        folder = Path(name)
        shop = Shop(products=[_item(number) for number in range(1, size + 1)])

        def answer(asked: Asked) -> Any:
            time.sleep(page_s if asked.path.endswith("/products") else 0.0)
            return shop(asked)

        source = ReplayServer(answer)
        stack.callback(source.close)
        shop.url = source.url
        temporal = Temporal(folder / "temporal")
        # DEMO and PUBLIC_URL: so that this one private address may be read.
        os.environ.update(EAICHAT_VAR=str(folder / "var"), DEMO="1", PUBLIC_URL=source.url)
        os.environ.update(TEMPORAL_ADDRESS=temporal.address, DJANGO_SETTINGS_MODULE="eaichat.settings")
        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        models()
        host = HostProcess(folder / "var" / "index")
        host.start()
        stack.callback(host.stop)
        temporal.start()
        stack.callback(temporal.stop)
        made = Site(folder, source, shop)
        stack.callback(made.stop_workers)
        yield made


def until(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + _LONGEST_S
    while not condition():
        if time.monotonic() > ends:
            raise TimeoutError
        time.sleep(0.02)


def request(connector: ConnectorConfig) -> SyncRun:
    from apps.connectors import services

    return services.request_sync(connector=connector, actor=None)


def is_over(run: SyncRun) -> bool:
    run.refresh_from_db()
    if run.is_open:
        return False
    assert run.state == "succeeded", run.error_text
    return True


def differences(connector: ConnectorConfig) -> int:
    """Products that the index has otherwise than their source."""
    from apps.connectors.proof import compare

    return compare(connector).differences


def _item(number: int) -> dict[str, Any]:
    product = products()[number - 1]
    return {"id": number, "name": product.title, "description": product.description[:2000], "price": "5"}
