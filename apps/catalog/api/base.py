"""What every address of the products' API has in common: whose store, from which page, how it says no."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import Any

from django.core.exceptions import TooManyFieldsSent
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.utils.cache import get_conditional_response, patch_vary_headers, set_response_etag
from pydantic import BaseModel
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.cors import StoreCorsView
from apps.accounts.database import healed
from apps.accounts.models import Store
from apps.accounts.origins import may_talk
from apps.catalog.api.parameters import STORE_HEADER
from apps.catalog.api.problems import (
    BadParameterError,
    CatalogueAwayError,
    ForeignOriginError,
    NotHereError,
    Problem,
)
from apps.catalog.engine.errors import CatalogError

log = logging.getLogger(__name__)

# Long enough for a page that is opened twice, too short for a price that changed.
_KEEP = "public, max-age=15"


class ProductsView(StoreCorsView):
    """A GET of one store's products. The store is named by its public key, `?store=` or the header."""

    renderer_classes = (JSONRenderer,)
    database_away = False

    @cached_property
    def found(self) -> Store | None:
        try:
            key = self.request.GET.get("store", "").strip() or self.request.headers.get(STORE_HEADER, "")
        except TooManyFieldsSent:  # said by `handle_exception`
            return None
        try:
            return _with_key(key) if key else None
        except (OperationalError, InterfaceError) as error:  # said by `initial`
            log.warning("The API cannot tell whose products are asked for: %s", error)
            self.database_away = True
            return None

    @property
    def store(self) -> Store:
        """The store, once `initial` has let the request in."""
        assert self.found is not None  # noqa: S101 - `initial` refused a request without one
        return self.found

    def store_of(self, request: Request, **path: Any) -> Store | None:
        return self.found

    def initial(self, request: Request, *args: Any, **path: Any) -> None:
        super().initial(request, *args, **path)  # counts the request, also one that is refused
        if self.found is None:
            if self.database_away:
                raise CatalogueAwayError
            given = request.query_params.get("store") or request.headers.get(STORE_HEADER)
            if not given:
                text = f"Say whose products: ?store= or the header {STORE_HEADER}, with the store's public key."
                raise BadParameterError(code="missing", field="store", text=text)
            raise NotHereError(code="unknown_store", field="store", text="There is no store with this key.")
        origin = request.headers.get("origin")
        if not may_talk(store=self.found, origin=origin, host=request.get_host()):
            raise ForeignOriginError

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, CatalogError):
            log.warning("The API has no products to show: %s", exc)
            exc = CatalogueAwayError()
        if isinstance(exc, TooManyFieldsSent):
            text = "The address has more parameters than there are. Send only those that you need."
            exc = BadParameterError(code="too_many", text=text)
        response = super().handle_exception(exc)
        detail = response.data.get("detail")
        if detail is not None:  # a refusal of the framework's own
            response.data = Problem(code=detail.code, text=str(detail)).model_dump(exclude_none=True)
        return response

    def finalize_response(self, request: Request, response: Any, *args: Any, **path: Any) -> Response:
        final = super().finalize_response(request, response, *args, **path)
        patch_vary_headers(final, [STORE_HEADER])
        if final.status_code == 200:
            final["Cache-Control"] = _KEEP
            final.add_post_render_callback(lambda rendered: _unless_known(request, rendered))
        else:
            final["Cache-Control"] = "no-store"
        return final


@healed
def _with_key(key: str) -> Store | None:
    return Store.objects.filter(public_key=key).first()


def answer(body: BaseModel) -> Response:
    return Response(body.model_dump(mode="json"))


def _unless_known(request: Request, response: HttpResponse) -> HttpResponse:
    """304 instead of an answer that the client has; a page of another origin may read that as well."""
    set_response_etag(response)
    known = get_conditional_response(request._request, etag=response["ETag"], response=response)
    final = known or response
    if final is not response and "Access-Control-Allow-Origin" in response:
        final["Access-Control-Allow-Origin"] = response["Access-Control-Allow-Origin"]
    return final
