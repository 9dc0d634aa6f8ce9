"""The project's addresses with the demo among them, whatever DEMO was when the settings were read."""

from django.urls import include, path

from eaichat.urls import urlpatterns as project

urlpatterns = [path("demo/", include("eaichat.demo.urls")), *project]
