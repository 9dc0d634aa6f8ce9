"""The accounts room's part of /api/v1/."""

from django.urls import path

from apps.accounts import api

urlpatterns = [
    path("me", api.MeView.as_view(), name="api_me"),
    path("stores/<uuid:store_id>", api.StoreView.as_view(), name="api_store"),
]
