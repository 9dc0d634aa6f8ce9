"""The storefront's pages. The cart lives in the widget, so the pages that show it are filled by `shop.js`."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.chat.sessions import SessionError, resume
from eaichat.demo import orders, shop
from eaichat.demo.checkout import CheckoutError, place_order
from eaichat.demo.forms import CheckoutForm
from eaichat.demo.models import DemoOrder
from eaichat.demo.serving import demo_only, demo_page
from eaichat.demo.store import BRAND, NAME, demo_store

_BEST = 8
_PRICES = (25, 50, 100)
_PICKS = ("Harbour Rain Jacket", "Dome Table Lamp", "Speckled Tea Mug", "Cloud Runner")
_QUESTIONS = (
    "a warm jacket for men under 60 dollars",
    "waterproof boots",
    "a present under $30",
    "where is my order?",
)
_MORE_QUESTIONS = (
    *_QUESTIONS,
    "headphones between 40 and 80 dollars",
    "do you sell submarines?",
    "I want to talk to a human",
)


def _page(request: HttpRequest, template: str, *, status: int = 200, **context: Any) -> HttpResponse:
    shell = {
        "departments": shop.departments(),
        "store": demo_store(),
        "brand": BRAND,
        "store_name": NAME,
        "free_from": orders.FREE_FROM,
        "fee": orders.FEE,
    }
    return render(request, f"demo/{template}.html", {**shell, **context}, status=status)


@demo_page
def home(request: HttpRequest) -> HttpResponse:
    best = sorted((item for item in shop.items() if item.in_stock), key=lambda item: -item.rating.count)[:_BEST]
    tiles = [(whole, shop.on_shelf(whole)[0]) for whole, _ in shop.departments()]
    picks = [shop.titled(title) for title in _PICKS]
    return _page(request, "home", best=best, tiles=tiles, picks=picks, questions=_QUESTIONS)


@demo_page
def category(request: HttpRequest, department: str, shelf: str = "") -> HttpResponse:
    found = shop.find_shelf(department, shelf)
    if found is None:
        return not_found(request)
    whole = found if not found.name else shop.find_shelf(department)
    siblings = next(shelves for entry, shelves in shop.departments() if entry == whole)
    return _page(
        request,
        "category",
        shelf=found,
        whole=whole,
        siblings=siblings,
        **_filtered(request, shop.on_shelf(found)),
    )


@demo_page
def search(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()[:200]
    return _page(request, "search", text=text, **_filtered(request, shop.matching(text)))


def _filtered(request: HttpRequest, found: list[shop.Item]) -> dict[str, Any]:
    chosen = _Choice(request)
    items = shop.arrange(found, sort=chosen.sort, in_stock=chosen.in_stock, price_max=chosen.price_max)
    return {"items": items, "found": len(found), "sorts": shop.SORTS, "prices": _PRICES, "chosen": chosen}


class _Choice:
    """The shopper's filters in the address; what makes no sense there is as if it were not."""

    def __init__(self, request: HttpRequest) -> None:
        sort = request.GET.get("sort", "")
        self.sort = sort if sort in shop.SORTS else "featured"
        self.in_stock = request.GET.get("stock") == "1"
        self.price_max = _price(request.GET.get("max", ""))


def _price(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


@demo_page
def product(request: HttpRequest, number: int) -> HttpResponse:
    item = shop.item(number)
    if item is None:
        return not_found(request)
    whole, shelf = next(
        (whole, entry)
        for whole, shelves in shop.departments()
        for entry in shelves
        if entry.category == item.category
    )
    return _page(request, "product", item=item, whole=whole, shelf=shelf, related=shop.related(item))


@demo_page
def cart(request: HttpRequest) -> HttpResponse:
    return _page(request, "cart")


@demo_only
@require_http_methods(["GET", "HEAD", "POST"])
def checkout(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return _page(request, "checkout", form=CheckoutForm())
    form = CheckoutForm(request.POST)
    if form.is_valid():
        try:
            order = _order(form)
        except (CheckoutError, SessionError) as error:
            form.add_error(None, error.text)
        else:
            return HttpResponseRedirect(reverse("demo:order", args=[orders.receipt_key(order)]))
    return _page(request, "checkout", status=422, form=form)


def _order(form: CheckoutForm) -> DemoOrder:
    store = demo_store()
    token = form.cleaned_data["token"]
    if store is None or not token:
        raise CheckoutError("Your cart is empty. Put something in it first.")
    return place_order(
        store=store,
        visitor=resume(token=token, store=store).visitor,
        name=form.cleaned_data["name"],
        email=form.cleaned_data["email"],
    )


@demo_page
def order(request: HttpRequest, key: str) -> HttpResponse:
    found = orders.by_receipt_key(key)
    if found is None:
        return not_found(request)
    lines = [
        {
            **line,
            "sum": line["price"] * line["quantity"],
            "item": shop.item(int(line["productId"])) if line["productId"].isdigit() else None,
        }
        for line in found.lines
    ]
    return _page(
        request,
        "order",
        order=found,
        lines=lines,
        subtotal=orders.subtotal(found.lines),
        delivery=orders.delivery(found.lines),
        total=orders.total(found.lines),
    )


@demo_page
def help_page(request: HttpRequest) -> HttpResponse:
    samples = DemoOrder.objects.filter(number__in=[sample.number for sample in orders.SAMPLES]).order_by("number")
    return _page(request, "help", samples=samples, questions=_MORE_QUESTIONS)


def not_found(request: HttpRequest) -> HttpResponse:
    return _page(request, "not_found", status=404)
