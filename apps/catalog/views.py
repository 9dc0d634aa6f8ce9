"""The console's page Catalogue: what is in the index, and what a shopper's words would find."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.permissions import Permission
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT
from apps.catalog.runtime import catalog

_HITS = 20


@console_view(Permission.VIEW_STORE)
def catalogue(request: ConsoleRequest) -> HttpResponseBase:
    text = request.GET.get("q", "").replace("\0", "")[:LONGEST_TEXT].strip()
    context: dict[str, Any] = {
        "text": text,
        "longest": LONGEST_TEXT,
        "health": catalog().health(),
        "may_connect": request.membership.allows(Permission.MANAGE_CONNECTORS),
    }
    try:
        context |= _shown(str(request.store.pk), text)
    except CatalogError as error:
        # The page itself stands: it says what is wrong, and what is still true.
        context["failure"] = error.text
    return render(request, "catalog/catalogue.html", context)


def _shown(store_id: str, text: str) -> dict[str, Any]:
    index = catalog()
    shown: dict[str, Any] = {
        "count": index.count(store_id=store_id),
        "categories": index.categories(store_id=store_id),
    }
    if text:
        query = index.parse(store_id=store_id, text=text)
        shown["result"] = index.search(store_id=store_id, query=query.model_copy(update={"limit": _HITS}))
    return shown
