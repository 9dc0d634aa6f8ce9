"""News that WooCommerce sends by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from pydantic import ValidationError

from apps.connectors.platforms.base import WebhookNews
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import Record, Text

_GONE = frozenset({"product.deleted"})


class _Delivered(Record):
    id: Text = ""
    parent_id: Text = ""


def news(headers: Mapping[str, str], body: bytes, *, secret: str, product_prefix: str) -> WebhookNews:
    """What changed; `ConnectorError("bad_signature")` unless `body` was signed with the webhook's secret."""
    sent = {name.lower(): value for name, value in headers.items()}
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    given = sent.get("x-wc-webhook-signature", "").encode()
    if not secret or not hmac.compare_digest(given, signature):
        raise ConnectorError("bad_signature", "The message is not signed with the secret of this connector.")
    topic = sent.get("x-wc-webhook-topic", "")
    if not topic.startswith("product."):
        return WebhookNews()
    try:
        product = _Delivered.model_validate_json(body)
    except ValidationError:
        return WebhookNews(everything=True)
    # A variation belongs to the product above it.
    name = product.parent_id if product.parent_id not in ("", "0") else product.id
    ids = (f"{product_prefix}{name}",) if name else ()
    if topic in _GONE and name == product.id:
        return WebhookNews(deleted=ids)
    return WebhookNews(changed=ids)
