"""The page at `/`: where everything is."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.accounts.models import Store


def landing(request: HttpRequest) -> HttpResponse:
    demo = Store.objects.filter(is_demo=True).first() if settings.DEMO else None
    return render(request, "landing.html", {"demo": demo})
