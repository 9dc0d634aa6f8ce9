"""The platforms, by dotted path: nothing is imported until it is used. They are offered in this order."""

from __future__ import annotations

from functools import cache
from importlib import import_module

from apps.connectors.platforms.base import BasePlatformConnector
from apps.connectors.platforms.errors import ConnectorError

PLATFORMS: dict[str, str] = {
    "shopify": "apps.connectors.platforms.shopify.connector.ShopifyConnector",
    "woocommerce": "apps.connectors.platforms.woocommerce.connector.WooCommerceConnector",
    "magento": "apps.connectors.platforms.magento.connector.MagentoConnector",
    "odoo": "apps.connectors.platforms.odoo.connector.OdooConnector",
    "feed": "apps.connectors.platforms.feed.connector.FeedConnector",
    "fakestore": "apps.connectors.platforms.fakestore.FakeStoreConnector",
}


@cache
def platform(key: str) -> type[BasePlatformConnector]:
    """The connector class of a platform; `ConnectorError("unknown_platform")` when there is none of that name."""
    path = PLATFORMS.get(key)
    if path is None:
        raise ConnectorError("unknown_platform", f"There is no platform named {key}.")
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name)
    if not (isinstance(found, type) and issubclass(found, BasePlatformConnector)):
        raise TypeError(f"{path} is not a BasePlatformConnector")
    return found


def platforms() -> list[type[BasePlatformConnector]]:
    """Every platform, in the order above."""
    return [platform(key) for key in PLATFORMS]
