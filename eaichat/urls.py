"""Every address of the application."""

from django.contrib import admin
from django.urls import include, path

from apps.chat.widget_urls import public_urlpatterns

urlpatterns = [
    path("admin/", admin.site.urls),
    path("console/", include("apps.accounts.urls")),
    path("console/", include("apps.chat.widget_urls")),
    path("accounts/", include("allauth.urls")),
    path("_allauth/", include("allauth.headless.urls")),
    *public_urlpatterns,
]
