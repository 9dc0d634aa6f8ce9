"""Every tool there is. A new one is a file beside this and a line here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from apps.chat.tools.base import Tool
from apps.chat.tools.cart import AddToCart, UpdateCart, ViewCart
from apps.chat.tools.handoff import EscalateToHuman
from apps.chat.tools.orders import GetOrderStatus
from apps.chat.tools.search import SearchProducts

_ALL: list[Tool[Any]] = [
    SearchProducts(),
    AddToCart(),
    UpdateCart(),
    ViewCart(),
    GetOrderStatus(),
    EscalateToHuman(),
]
TOOLS: Mapping[str, Tool[Any]] = {tool.name: tool for tool in _ALL}
