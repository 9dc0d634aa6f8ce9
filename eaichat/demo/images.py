"""The product pictures over HTTP."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control

from eaichat.demo import shop
from eaichat.demo.serving import demo_page


@demo_page
@cache_control(public=True, max_age=31_536_000, immutable=True)
def image(request: HttpRequest, number: int) -> HttpResponse:
    item = shop.item(number)
    if item is None:
        raise Http404("No such picture.")
    return HttpResponse(item.svg, content_type="image/svg+xml; charset=utf-8")
