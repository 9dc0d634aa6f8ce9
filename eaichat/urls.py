"""Every address of the application."""

from django.contrib import admin
from django.urls import include, path

from apps.accounts.token_views import refresh
from apps.chat.widget_urls import public_urlpatterns

urlpatterns = [
    path("admin/", admin.site.urls),
    path("console/", include("apps.accounts.urls")),
    path("api/v1/", include("apps.accounts.api_urls")),
    path("console/", include("apps.chat.widget_urls")),
    path("console/", include("apps.chat.assistant_urls")),
    path("accounts/", include("allauth.urls")),
    # Before allauth's own, which takes and gives the refresh token as JSON.
    path("_allauth/app/v1/tokens/refresh", refresh, name="token_refresh"),
    path("_allauth/", include("allauth.headless.urls")),
    *public_urlpatterns,
]
