"""`searchCriteria`, Magento's way to filter, sort and page."""

from __future__ import annotations

from typing import NamedTuple


class Filter(NamedTuple):
    field: str
    value: str
    condition: str = "eq"


def criteria(*filters: Filter, size: int, number: int = 1, by: str = "") -> dict[str, str]:
    """The query for the items that pass all filters, sorted upwards `by` a field where one is named."""
    query = {"searchCriteria[pageSize]": str(size), "searchCriteria[currentPage]": str(number)}
    for group, each in enumerate(filters):
        start = f"searchCriteria[filter_groups][{group}][filters][0]"
        query |= {f"{start}[field]": each.field, f"{start}[value]": each.value}
        query[f"{start}[condition_type]"] = each.condition
    if by:
        query |= {"searchCriteria[sortOrders][0][field]": by, "searchCriteria[sortOrders][0][direction]": "ASC"}
    return query
