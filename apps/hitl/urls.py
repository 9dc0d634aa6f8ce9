"""The desk's console page, relative to /console/."""

from django.urls import path

from apps.hitl import views

urlpatterns = [path("desk/", views.desk, name="console_desk")]
