"""What the rest of the project asks of connectors."""

from __future__ import annotations

from apps.connectors.linking import connect
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.base import Order, OrderLookup
from apps.connectors.platforms.errors import ConnectorError


def find_order(*, store_id: str, number: str, email: str) -> Order | None:
    """The order that `number` and `email` belong to, from whichever of the store's platforms has it.

    None: no platform knows this pair (nothing tells which of the two was wrong). Raises `ConnectorError` when
    nobody found it and a platform could not be asked. Talks HTTP: call it from a thread.
    """
    failure: ConnectorError | None = None
    for connector in ConnectorConfig.objects.filter(store_id=store_id).select_related("store"):
        try:
            with connect(connector) as platform:
                order = platform.get_order(number, email) if isinstance(platform, OrderLookup) else None
        except ConnectorError as error:
            failure = failure or error
        else:
            if order is not None:
                return order
    if failure is not None:
        raise failure
    return None
