"""See failing.py."""

from __future__ import annotations

from django.urls import path

from eaichat.urls import urlpatterns as ours
from tests.failing import fail

urlpatterns = [*ours, path("fail/", fail)]
