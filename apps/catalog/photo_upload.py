"""A photo as the body of a request: its bytes as they came, and how often that may be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.accounts.throttling import ClientThrottle
from apps.catalog.engine.images.decoding import MOST_BYTES

_COSTS = 20


class PhotoParser(BaseParser):
    """The bytes as they came, and one more than may come. Their type is told by themselves."""

    media_type = "image/*"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        return stream.read(MOST_BYTES + 1)


class UntypedPhotoParser(PhotoParser):
    media_type = "application/octet-stream"


class PhotoThrottle(ClientThrottle):
    """A photo costs as much as many searches."""

    def get_rate(self) -> str | None:
        allowed = settings.API_REQUESTS_PER_MINUTE
        return f"{max(1, allowed // _COSTS)}/min" if allowed else None

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        key = super().get_cache_key(request, view) if request.method == "POST" else None  # a preflight is none
        return f"photo.{key}" if key else None
