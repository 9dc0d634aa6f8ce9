"""The demo's API in the shape of fakestoreapi.com, for `FakeStoreConnector` and for whoever wants to try one.

Read-only. Like the original it answers an unknown id with 200 and `null`, has no paging beyond `limit`, and is
open: the checkout tells shoppers to use a made-up email address.
"""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, JsonResponse

from eaichat.demo import shop
from eaichat.demo.models import DemoOrder
from eaichat.demo.orders import total
from eaichat.demo.serving import demo_page


def _json(data: Any) -> JsonResponse:
    return JsonResponse(data, safe=False, json_dumps_params={"ensure_ascii": False})


def _number(text: str) -> int:
    """An id of the address as a number; 0, which nothing has, for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _some(request: HttpRequest, items: list[shop.Item]) -> JsonResponse:
    found = items[::-1] if request.GET.get("sort") == "desc" else items
    limit = _number(request.GET.get("limit", ""))
    return _json([item.api_item(settings.PUBLIC_URL) for item in (found[:limit] if limit else found)])


@demo_page
def products(request: HttpRequest) -> JsonResponse:
    return _some(request, list(shop.items()))


@demo_page
def product(request: HttpRequest, number: str) -> JsonResponse:
    item = shop.item(_number(number))
    return _json(item and item.api_item(settings.PUBLIC_URL))


@demo_page
def categories(request: HttpRequest) -> JsonResponse:
    return _json([shelf.category for _, shelves in shop.departments() for shelf in shelves])


@demo_page
def category(request: HttpRequest, name: str) -> JsonResponse:
    return _some(request, [item for item in shop.items() if item.category == name])


@demo_page
def cart(request: HttpRequest, number: str) -> JsonResponse:
    order = DemoOrder.objects.filter(number=_number(number)).first()
    return _json(order and _cart(order))


@demo_page
def carts_of_user(request: HttpRequest, number: str) -> JsonResponse:
    person = DemoOrder.objects.filter(number=_number(number)).first()
    orders = DemoOrder.objects.filter(email=person.email).order_by("number") if person else ()
    return _json([_cart(order) for order in orders])


@demo_page
def user(request: HttpRequest, number: str) -> JsonResponse:
    order = DemoOrder.objects.filter(number=_number(number)).first()
    return _json(order and _user(order))


def _cart(order: DemoOrder) -> dict[str, Any]:
    return {
        "id": order.number,
        "userId": order.number,  # the demo has no customers, only orders: each is its own user
        "date": order.placed_at.isoformat(),
        "products": [
            {"productId": _number(line["productId"]) or line["productId"], "quantity": line["quantity"]}
            for line in order.lines
        ],
        "status": order.status,
        "tracking": order.tracking,
        "total": total(order.lines),
    }


def _user(order: DemoOrder) -> dict[str, Any]:
    first, _, last = order.name.partition(" ")
    return {
        "id": order.number,
        "email": order.email,
        "username": order.email.partition("@")[0],
        "name": {"firstname": first, "lastname": last},
    }
