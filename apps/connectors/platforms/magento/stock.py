"""Stock of a Magento store: of its website's own stock where MSI is there (2.3 and later), else by product."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from pydantic import ValidationError

from apps.connectors.platforms.foreign import readable
from apps.connectors.platforms.magento.access import Access
from apps.connectors.platforms.magento.records import Salable, StockItem, StoreConfig, Website

_AT_ONCE = 50  # skus in one address


class Stock:
    def __init__(self, access: Access, view: StoreConfig) -> None:
        self._access = access
        self._stock_id = _stock_of(access, view)
        self._open = False

    def salable(self, skus: Sequence[str]) -> dict[str, bool]:
        """Whether each can be bought, reservations included; empty without MSI."""
        known: dict[str, bool] = {}
        if self._stock_id is None:
            return known
        for start in range(0, len(skus), _AT_ONCE):
            query = {f"skus[{place}]": sku for place, sku in enumerate(skus[start : start + _AT_ONCE])}
            query["stockId"] = self._stock_id
            answer = self._access.find("inventory/are-products-salable", query, may_be_kept=not self._open)
            self._open = self._open or answer is not None
            found = readable(Salable, answer if isinstance(answer, list) else [], [])
            known |= {each.sku: each.salable for each in found}
        return known

    def left(self, sku: str) -> int | None:
        """How many can be bought; None: they are not counted, or nobody says."""
        counted = self._item(sku)
        if counted is None or not counted.manage_stock:
            return None
        if self._stock_id is not None:
            path = f"inventory/get-product-salable-quantity/{quote(sku, safe='')}/{self._stock_id}"
            answer = self._access.find(path)
            return max(0, int(answer)) if isinstance(answer, int | float) else None
        if not counted.is_in_stock:
            return 0
        return None if counted.qty is None else max(0, int(counted.qty))

    def _item(self, sku: str) -> StockItem | None:
        answer = self._access.find(f"stockItems/{quote(sku, safe='')}")
        try:
            return None if answer is None else StockItem.model_validate(answer)
        except ValidationError:
            return None


def _stock_of(access: Access, view: StoreConfig) -> str | None:
    """The id of the stock that the view's website sells from; None without MSI."""
    answer = access.find("store/websites")
    websites = readable(Website, answer if isinstance(answer, list) else [], [])
    code = next((website.code for website in websites if website.id == view.website_id), None)
    if code is None:
        return None
    found = access.find(f"inventory/stock-resolver/website/{quote(code, safe='')}")
    stock_id = found.get("stock_id") if isinstance(found, dict) else None
    return None if stock_id is None else str(stock_id)
