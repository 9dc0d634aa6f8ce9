"""The catalogue's pages, under /console/."""

from django.urls import path

from apps.catalog import views

urlpatterns = [path("catalogue/", views.catalogue, name="console_catalogue")]
