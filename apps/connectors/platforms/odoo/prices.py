"""What a product costs by one of Odoo's pricelists.

Since version 16 no method that may be called from outside tells it, so the rules themselves are read. Only what
follows from them exactly is a price: fixed prices, and a discount on the sales price in the same currency. A
product whose price comes from a formula, its cost or another currency has none, since only Odoo knows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

from apps.connectors.platforms.odoo.records import PriceRule

_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Prices:
    """A pricelist's rules that hold now. `categories` are the ids of a product's category and all above it."""

    currency: str = ""
    rules: Sequence[PriceRule] = field(default=())

    def of(
        self, listed: float, *, currency: str, template_id: int, variant_id: int | None, categories: frozenset[int]
    ) -> float | None:
        """The price of one piece; None: only Odoo knows it."""
        rule = next(
            (rule for rule in _in_order(self.rules) if _fits(rule, template_id, variant_id, categories)), None
        )
        if rule is not None and rule.compute_price == "fixed":
            return rule.fixed_price
        if self.currency and self.currency != currency:
            return None
        if rule is None:
            return listed
        if rule.compute_price == "percentage" and rule.base in ("", "list_price"):
            left = Decimal(str(listed)) * (100 - Decimal(str(rule.percent_price))) / 100
            return float(left.quantize(_CENT, ROUND_HALF_UP))
        return None


def _in_order(rules: Sequence[PriceRule]) -> list[PriceRule]:
    """Odoo takes the first that fits: the narrowest, then that for most pieces, then the newest."""
    return sorted(rules, key=lambda rule: (rule.applied_on, -rule.min_quantity, -_category(rule), -rule.id))


def _category(rule: PriceRule) -> int:
    return rule.categ_id.id if rule.categ_id else 0


def _fits(rule: PriceRule, template_id: int, variant_id: int | None, categories: frozenset[int]) -> bool:
    if rule.min_quantity > 1:
        return False
    match rule.applied_on:
        case "0_product_variant":
            return rule.product_id is not None and rule.product_id.id == variant_id
        case "1_product":
            return rule.product_tmpl_id is not None and rule.product_tmpl_id.id == template_id
        case "2_product_category":
            return rule.categ_id is not None and rule.categ_id.id in categories
    return rule.applied_on == "3_global"
