"""The console's pages of search rules: the list, and one rule with its products."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.console import ConsoleRequest, console_view
from apps.accounts.permissions import Permission
from apps.catalog import placing, rules
from apps.catalog.engine.errors import CatalogError
from apps.catalog.engine.understanding.parsing import LONGEST_TEXT
from apps.catalog.forms import RuleForm, initial_of
from apps.catalog.models import SearchRule
from apps.catalog.product import Product
from apps.catalog.rules import Kind, RuleError
from apps.catalog.runtime import catalog

_NAMED = 3  # products of a rule that the list names
_FOUND = 8


@console_view(Permission.VIEW_STORE)
def rule_list(request: ConsoleRequest) -> HttpResponseBase:
    found = list(SearchRule.objects.of(request.store))
    placements = [rule for kind in (Kind.PIN, Kind.BURY) for rule in found if rule.kind == kind]
    products = _products(request, [id_ for rule in placements for id_ in rule.product_ids[:_NAMED]])
    context = {
        "placements": [
            (
                rule,
                [products[id_].title for id_ in rule.product_ids[:_NAMED] if id_ in products],
                max(0, len(rule.product_ids) - _NAMED),
            )
            for rule in placements
        ],
        "synonyms": [rule for rule in found if rule.kind == Kind.SYNONYM],
        "may_rule": request.membership.allows(Permission.MANAGE_CATALOGUE),
    }
    return render(request, "catalog/rules.html", context)


@console_view(Permission.MANAGE_CATALOGUE)
def rule_new(request: ConsoleRequest, kind: str) -> HttpResponseBase:
    if kind not in SearchRule.Kind:
        raise Http404("There is no such kind of rule.")
    form = RuleForm(request.POST or None, kind=Kind(kind))
    if request.method == "POST" and form.is_valid():
        try:
            rule = rules.add_rule(store=request.store, actor=request.user, draft=form.draft())
        except RuleError as error:
            form.add_error(error.field, error.text)
        else:
            messages.success(request, "Saved. Search uses it at once.")
            return redirect("console_rules") if kind == Kind.SYNONYM else redirect("console_rule", rule.pk)
    return render(request, "catalog/rule_new.html", {"form": form, "kind": kind})


@console_view(Permission.VIEW_STORE)
def rule_page(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    rule = _own(request, pk)
    may_rule = request.membership.allows(Permission.MANAGE_CATALOGUE)
    form = RuleForm(request.POST or None, kind=Kind(rule.kind), initial=initial_of(rule)) if may_rule else None
    if form is not None and request.method == "POST" and form.is_valid():
        try:
            rules.change_rule(rule=rule, actor=request.user, draft=form.draft())
        except RuleError as error:
            form.add_error(error.field, error.text)
        else:
            messages.success(request, "Saved. Search uses it at once.")
            return redirect("console_rule", pk)
    context: dict[str, Any] = {"rule": rule, "form": form, "may_rule": may_rule}
    if rule.kind != Kind.SYNONYM:
        products = _products(request, rule.product_ids)
        context["products"] = [(id_, products.get(id_)) for id_ in rule.product_ids]
        context |= _finding(request, rule) if may_rule else {}
    return render(request, "catalog/rule.html", context)


@require_POST
@console_view(Permission.MANAGE_CATALOGUE)
def rule_move(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    """Add a product, remove it, or move it up or down."""
    rule, product_id = _own(request, pk), request.POST.get("product", "")
    try:
        move = placing.Move(request.POST.get("move", ""))
    except ValueError as error:
        raise Http404("There is no such move.") from error
    try:
        if move != placing.Move.ADD or catalog().get(store_id=str(request.store.pk), product_ids=[product_id]):
            placing.move(rule=rule, actor=request.user, product_id=product_id, move=move)
        else:
            messages.error(request, "This product has left the catalogue.")
    except (RuleError, CatalogError) as error:
        messages.error(request, error.text)
    return redirect("console_rule", pk)


@require_POST
@console_view(Permission.MANAGE_CATALOGUE)
def rule_switch(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    active = request.POST.get("active") == "1"
    try:
        rules.switch_rule(rule=_own(request, pk), actor=request.user, active=active)
    except RuleError as error:
        messages.error(request, error.text)
    else:
        messages.success(request, "It acts again." if active else "Paused. Search does without it.")
    return redirect("console_rule", pk) if request.POST.get("stay") else redirect("console_rules")


@require_POST
@console_view(Permission.MANAGE_CATALOGUE)
def rule_delete(request: ConsoleRequest, pk: UUID) -> HttpResponseBase:
    rules.delete_rule(rule=_own(request, pk), actor=request.user)
    messages.success(request, "Deleted.")
    return redirect("console_rules")


def _own(request: ConsoleRequest, pk: UUID) -> SearchRule:
    found = SearchRule.objects.of(request.store).select_related("store", "created_by")
    return get_object_or_404(found, pk=pk)


def _products(request: ConsoleRequest, product_ids: Iterable[str]) -> dict[str, Product]:
    """By their ids; empty while the index is away: the rules can be read all the same."""
    ids = list(dict.fromkeys(product_ids))
    try:
        found = catalog().get(store_id=str(request.store.pk), product_ids=ids) if ids else []
    except CatalogError as error:
        messages.warning(request, f"The products cannot be shown right now. {error.text}")
        return {}
    return {product.product_id: product for product in found}


def _finding(request: ConsoleRequest, rule: SearchRule) -> dict[str, Any]:
    """Products to add: those that the words find, which are the rule's own until somebody types others."""
    words = "".join(sign for sign in request.GET.get("find", "") if sign.isprintable())[:LONGEST_TEXT].strip()
    try:
        index, store_id = catalog(), str(request.store.pk)
        query = index.parse(store_id=store_id, text=words or rule.phrases[0])
        hits = index.search(store_id=store_id, query=query.model_copy(update={"limit": _FOUND})).hits
    except CatalogError:
        hits = []
    return {
        "words": words,
        "longest": LONGEST_TEXT,
        "found": [hit.product for hit in hits if hit.product.product_id not in rule.product_ids],
    }
