"""The console's page Catalogue: what is in the index, what a shopper's words would find, and why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.permissions import Permission
from apps.catalog import placing, search_page
from apps.catalog.api.problems import BadParameterError
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.images.decoding import MOST_BYTES
from apps.catalog.engine.queries import SearchQuery
from apps.catalog.engine.statistics import statistics_of
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT
from apps.catalog.models import SearchRule
from apps.catalog.rules import RuleError
from apps.catalog.runtime import catalog
from apps.catalog.search_page import HITS, alike, cleaned


@console_view(Permission.VIEW_STORE)
def catalogue(request: ConsoleRequest) -> HttpResponseBase:
    given = cleaned(request.GET)
    context = _frame(request) | {"text": given.get("q", ""), "address": given.urlencode()}
    try:
        context |= _shown(request, given)
    except CatalogError as error:
        # The page itself stands: it says what is wrong, and what is still true.
        context["failure"] = error.text
    return render(request, "catalog/catalogue.html", context)


@require_POST
@console_view(Permission.VIEW_STORE)
def photo_search(request: ConsoleRequest) -> HttpResponseBase:
    """What looks like a photo. The answer is the page itself, since the photo is kept nowhere."""
    upload = request.FILES.get("photo")
    if upload is None:
        messages.error(request, f"Choose a photo of at most {MOST_BYTES // 1024**2} MB.")
        return redirect("console_catalogue")
    context = _frame(request) | {"count": None}
    index, store_id = catalog(), str(request.store.pk)
    try:
        hits = index.search_image(store_id=store_id, photo=upload.read(), query=SearchQuery(limit=HITS))
        context |= {"count": index.count(store_id=store_id), "alike": alike(hits)}
    except CatalogError as error:
        if error.code not in ("bad_image", "no_image_model"):
            context["failure"] = error.text
        else:
            messages.error(request, error.text)
            return redirect("console_catalogue")
    return render(request, "catalog/catalogue.html", context)


def _frame(request: ConsoleRequest) -> dict[str, Any]:
    """What the page says whatever was searched."""
    index = catalog()
    return {
        "longest": LONGEST_TEXT,
        "health": index.health(),
        "knows_pictures": index.embeddings.image_model is not None,
        "may_connect": request.membership.allows(Permission.MANAGE_CONNECTORS),
        "may_rule": request.membership.allows(Permission.MANAGE_CATALOGUE),
    }


def _shown(request: ConsoleRequest, given: QueryDict) -> dict[str, Any]:
    index, store_id = catalog(), str(request.store.pk)
    count = index.count(store_id=store_id)
    context: dict[str, Any] = {"count": count, "categories": index.categories(store_id=store_id)}
    if not given:
        context["index"] = statistics_of(index.vectors.health())
    elif count:
        try:
            context["shown"] = search_page.shown(
                index, store_id=store_id, given=given, currency=request.store.currency
            )
        except BadParameterError as error:
            context["refusal"] = error.text
    return context


@require_POST
@console_view(Permission.MANAGE_CATALOGUE)
def place_add(request: ConsoleRequest) -> HttpResponseBase:
    """Pin or bury a hit for the words that found it."""
    phrase, product_id = request.POST.get("phrase", ""), request.POST.get("product", "")
    kind = SearchRule.Kind.BURY if request.POST.get("kind") == SearchRule.Kind.BURY else SearchRule.Kind.PIN
    try:
        found = catalog().get(store_id=str(request.store.pk), product_ids=[product_id])
        if found:
            placing.place(store=request.store, actor=request.user, kind=kind, phrase=phrase, product_id=product_id)
            where = "first" if kind == SearchRule.Kind.PIN else "last"
            messages.success(request, f"{found[0].title} comes {where} for “{phrase}”.")
        else:
            messages.error(request, "This product has left the catalogue.")
    except (RuleError, CatalogError) as error:
        messages.error(request, error.text)
    return _back(request)


@require_POST
@console_view(Permission.MANAGE_CATALOGUE)
def place_remove(request: ConsoleRequest) -> HttpResponseBase:
    """Undo it."""
    try:
        rule_id = UUID(request.POST.get("rule", ""))
    except ValueError:
        return _back(request)
    placing.take_back(
        store=request.store, actor=request.user, rule_id=rule_id, product_id=request.POST.get("product", "")
    )
    messages.success(request, "It has its own place again.")
    return _back(request)


def _back(request: ConsoleRequest) -> HttpResponseBase:
    """To the search from which the button was pressed."""
    address = cleaned(QueryDict(request.POST.get("address", ""))).urlencode()
    return redirect(f"{reverse('console_catalogue')}?{address}")
