"""Every address of the application."""

from django.contrib import admin
from django.urls import include, path

from apps.chat.widget_urls import public_urlpatterns

urlpatterns = [
    path("admin/", admin.site.urls),
    path("console/", include("apps.accounts.urls")),
    path("console/", include("apps.catalog.urls")),
    path("api/v1/", include("apps.accounts.api_urls")),
    path("console/", include("apps.connectors.urls")),
    path("console/", include("apps.chat.widget_urls")),
    path("console/", include("apps.chat.assistant_urls")),
    path("", include("apps.accounts.entrance_urls")),
    *public_urlpatterns,
]
