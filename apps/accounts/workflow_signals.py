"""Signals to open workflows, sent from a thread of their own: nobody waits for them.

A signal is a hint and may be lost, with Temporal away for one: what it is about stands in a row, and the workflow
looks there by itself now and then.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import Future, ThreadPoolExecutor

from django.conf import settings

from apps.accounts import workflow_state
from eaichat.temporal import TemporalError, connect, signal

logger = logging.getLogger(__name__)

_SENDING = ThreadPoolExecutor(max_workers=1, thread_name_prefix="temporal-signals")


def send(*, workflow_id: str, name: str) -> Future[bool]:
    """Signal soon. The result tells whether it has arrived."""
    return _SENDING.submit(lambda: asyncio.run(_send(workflow_id, name)))


async def _send(workflow_id: str, name: str) -> bool:
    address = workflow_state.address()
    if address is None:
        return False
    try:
        client = await connect(address, namespace=settings.TEMPORAL_NAMESPACE, access=workflow_state.access())
        return await signal(client, workflow_id=workflow_id, name=name)
    except TemporalError as error:
        logger.info("The signal %s to %s was lost: %s", name, workflow_id, error)
        return False
