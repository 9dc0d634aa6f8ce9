"""The console's page that proves a sync: source and index compared, and where one product is."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.cache import never_cache

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.permissions import Permission
from apps.catalog.engine.errors import CatalogError
from apps.connectors.missing import why_missing
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.proof import Comparison, Finding, compare

WITHIN = 20.0  # seconds that somebody waits for a page; the command reads as long as it takes
_HEADINGS = {
    Finding.MISSING: "Missing in the catalogue",
    Finding.DIFFERENT: "Different in the catalogue",
    Finding.EXTRA: "Only in the catalogue",
}


@never_cache
@console_view(Permission.MANAGE_CONNECTORS)
def connector_proof(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    """GET shows the two questions; POST asks one of them."""
    found = ConnectorConfig.objects.select_related("store")
    connector = get_object_or_404(found, pk=pk, store=request.store)
    asked = request.POST.get("product", "").strip()[:200]
    context: dict[str, object] = {"connector": connector, "asked": asked}
    if request.method == "POST":
        try:
            if asked:
                context["answer"] = why_missing(connector, asked, within=WITHIN)
            elif "product" not in request.POST:
                context |= _shown(compare(connector, within=WITHIN))
            else:
                context["nothing_asked"] = True
        except (ConnectorError, CatalogError) as error:
            context["problem"] = error.text
    return render(request, "connectors/proof.html", context)


def _shown(comparison: Comparison) -> dict[str, object]:
    # A template cannot look up by an enum's member.
    kinds = [
        (heading, comparison.counts[finding], comparison.examples[finding])
        for finding, heading in _HEADINGS.items()
        if comparison.counts[finding]
    ]
    return {"comparison": comparison, "same": comparison.counts[Finding.SAME], "kinds": kinds}
