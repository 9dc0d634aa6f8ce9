"""News that Shopify sends by itself."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping

from pydantic import ValidationError

from apps.connectors.platforms.base import WebhookNews
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.platforms.foreign import Name, Record


class _Delivered(Record):
    id: Name


def news(headers: Mapping[str, str], body: bytes, *, secret: str, product_prefix: str) -> WebhookNews:
    """What changed; `ConnectorError("bad_signature")` unless `body` was signed with the app's secret."""
    sent = {name.lower(): value for name, value in headers.items()}
    signature = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest())
    given = sent.get("x-shopify-hmac-sha256", "").encode()
    if not secret or not hmac.compare_digest(given, signature):
        raise ConnectorError("bad_signature", "The message is not signed with the secret of this connector.")
    topic = sent.get("x-shopify-topic", "")
    if topic.startswith(("inventory_", "collections/", "variants/")):
        return WebhookNews(everything=True)  # these name no product
    if not topic.startswith("products/"):
        return WebhookNews()
    try:
        ids = (f"{product_prefix}{_Delivered.model_validate_json(body).id}",)
    except ValidationError:
        return WebhookNews(everything=True)
    return WebhookNews(deleted=ids) if topic == "products/delete" else WebhookNews(changed=ids)
