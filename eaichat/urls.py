"""Every address of the application."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.templatetags.static import static
from django.urls import include, path
from django.views.generic import RedirectView

from apps.chat.widget_urls import public_urlpatterns
from eaichat import api
from eaichat.health import healthz
from eaichat.landing import landing

urlpatterns = [
    path("", landing, name="landing"),
    path("favicon.ico", RedirectView.as_view(url=static("img/mark.svg"))),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("", include("apps.accounts.entrance_urls")),
    path("api/", include(api)),
    path("console/", include("apps.accounts.urls")),
    path("console/", include("apps.catalog.urls")),
    path("console/", include("apps.connectors.urls")),
    path("console/", include("apps.chat.assistant_urls")),
    path("console/", include("apps.chat.widget_urls")),
    path("console/", include("apps.hitl.urls")),
    *public_urlpatterns,
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("eaichat.demo.urls")))
