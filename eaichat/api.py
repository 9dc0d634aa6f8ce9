"""The HTTP API: its description and its pages."""

from __future__ import annotations

from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

# Swagger UI writes inline styles and images; scripts stay ours.
_docs = csp_update({"style-src": ["'self'", "'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)

urlpatterns = [
    path("docs/", _docs, name="api-docs"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("v1/", include("apps.accounts.api_urls")),
    path("v1/", include("apps.catalog.api.urls")),
    path("v1/", include("apps.connectors.api_urls")),
    path("v1/", include("apps.chat.urls")),
]
