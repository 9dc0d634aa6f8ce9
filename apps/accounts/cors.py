"""Cross-origin answers of the public API: exactly the store's origins, nobody else's pages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import Store
from apps.accounts.origins import cors_origin


class StoreCorsView(APIView):
    """A public endpoint of one store. A subclass says which; no cookie is ever read or allowed."""

    # What a preflight allows besides OPTIONS.
    cors_method = "GET"
    cors_headers = "authorization"

    authentication_classes = ()
    permission_classes = ()

    def store_of(self, request: Request, **path: Any) -> Store | None:
        """The store that the address belongs to, before anything is known of who asks."""
        raise NotImplementedError

    def options(self, request: HttpRequest, *args: Any, **path: Any) -> Response:
        """A preflight: which methods and headers a listed origin may use."""
        return Response(status=204)

    def finalize_response(self, request: Request, response: Any, *args: Any, **path: Any) -> Response:
        final = super().finalize_response(request, response, *args, **path)
        final["Vary"] = "Origin"
        store = self.store_of(request, **path)
        allowed = cors_origin(store=store, origin=request.headers.get("origin")) if store is not None else None
        if allowed is not None:
            final["Access-Control-Allow-Origin"] = allowed
            if request.method == "OPTIONS":
                final["Access-Control-Allow-Methods"] = f"{self.cors_method}, OPTIONS"
                final["Access-Control-Allow-Headers"] = self.cors_headers
                final["Access-Control-Max-Age"] = "600"
        return final
