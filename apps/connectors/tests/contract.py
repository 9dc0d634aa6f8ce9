"""What a platform says about itself, so that `test_contract.py` can hold its connector to what all promise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from apps.connectors.platforms.base import BasePlatformConnector, ConnectorSettings, Link
from apps.connectors.platforms.fakestore import FakeStoreConnector
from apps.connectors.platforms.http_client import HttpClient
from apps.connectors.platforms.patience import Pace, Patience
from apps.connectors.tests.replay import Exchange, ReplayServer, Responder, said
from eaichat.outbound.client import HttpLimits

_QUICK = Patience(backoff=0.01, longest=5.0)
_LIMITS = HttpLimits(connect=10.0, read=10.0, total=20.0)


@dataclass(frozen=True)
class Case:
    """A connector, and a small catalogue of its platform: two pages at least, where the platform has pages.

    `settings` and `responders` are given the server's address. `product_ids` are all, in the order in which they
    come. `text` is in some title or description and is not ASCII.
    """

    connector: type[BasePlatformConnector]
    settings: Callable[[str], ConnectorSettings]
    responders: Callable[[str], Sequence[Responder]]
    product_ids: Sequence[str]
    text: str
    renews: bool = False  # gets itself a new token when the old one has expired
    nonsense_code: str = "not_json"  # what is said of an answer that cannot be read

    @contextmanager
    def server(self) -> Iterator[ReplayServer]:
        server = ReplayServer()
        server.responders.extend(self.responders(server.url))
        try:
            yield server
        finally:
            server.close()

    def connect(
        self,
        server: ReplayServer,
        *,
        prefix: str = "",
        patience: Patience = _QUICK,
        limits: HttpLimits = _LIMITS,
        also_trusted: int = 0,
    ) -> BasePlatformConnector:
        """A connector of the server; `also_trusted` is another port on loopback."""
        trusted = frozenset({("127.0.0.1", server.port), ("127.0.0.1", also_trusted)})
        http = HttpClient(trusted=trusted, limits=limits, patience=patience, pace=Pace(per_second=1000))
        link = Link("c1", currency="EUR", product_prefix=prefix)
        return self.connector(self.settings(server.url), link=link, http=http)


def _fake_store(_: str) -> list[Responder]:
    items = json.loads((Path(__file__).parent / "catalogue.json").read_text())
    return [
        Exchange("GET", "/products", said([*items, {"id": 77, "title": "Ölzeug für Regen – 雨衣", "price": 30}]))
    ]


FAKE_STORE = Case(
    connector=FakeStoreConnector,
    settings=lambda url: FakeStoreConnector.Settings(base_url=url),
    responders=_fake_store,
    product_ids=["1", "2", "3", "4", "5", "77"],
    text="Ölzeug für Regen – 雨衣",
)
