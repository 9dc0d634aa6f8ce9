"""`POST /api/v1/connectors/ID/webhook`: where a platform tells of changes.

Whoever is not the platform gets one answer, whatever was wrong: no such connector, a platform that sends nothing,
no secret, another signature. Genuine news are never throttled: platforms stop sending after a few refusals.
"""

from __future__ import annotations

import logging
import re
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import APIException, Throttled
from rest_framework.permissions import AllowAny
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.throttling import ClientThrottle
from apps.connectors import news
from apps.connectors.linking import connect
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.base import WebhookNews, Webhooks
from apps.connectors.platforms.errors import ConnectorError

log = logging.getLogger(__name__)

MOST_BYTES = 2_000_000
# What WooCommerce sends, unsigned, when a webhook is made; it takes another answer than 200 for a wrong address.
_GREETING = re.compile(rb"webhook_id=\d{1,20}")


class StrangerThrottle(ClientThrottle):
    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        key = super().get_cache_key(request, view)
        return f"webhook.{key}" if key else None


class _TooLargeError(APIException):
    status_code = 413
    default_detail = "That is longer than any news."
    default_code = "too_large"


class _StrangerError(APIException):
    status_code = 401
    default_detail = "The message is not signed with the secret of a connector here."
    default_code = "not_signed"


class WebhookView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)
    throttle_classes = ()  # see `_refuse`
    renderer_classes = (JSONRenderer,)

    @extend_schema(exclude=True)  # for platforms: nobody writes a client for it
    def post(self, request: Request, connector_id: UUID) -> Response:
        body = _body(request)
        if _GREETING.fullmatch(body):
            return Response({})
        told = _told(connector_id, request, body)
        if told is None:
            self._refuse(request)
        else:
            news.note(connector_id=connector_id, news=told)
        return Response({})

    def _refuse(self, request: Request) -> None:
        throttle = StrangerThrottle()
        if not throttle.allow_request(request, self):
            raise Throttled(throttle.wait())
        raise _StrangerError


def _body(request: Request) -> bytes:
    try:
        announced = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        announced = 0
    body: bytes = b"" if announced > MOST_BYTES else request._request.read(MOST_BYTES + 1)
    if announced > MOST_BYTES or len(body) > MOST_BYTES:
        raise _TooLargeError
    return body


def _told(connector_id: UUID, request: Request, body: bytes) -> WebhookNews | None:
    """What the platform told; None: it was not the platform."""
    connector = ConnectorConfig.objects.select_related("store").filter(pk=connector_id).first()
    if connector is None:
        return None
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        with connect(connector) as platform:
            return platform.verify_webhook(headers, body) if isinstance(platform, Webhooks) else None
    except ConnectorError as error:
        log.info("A webhook of connector %s was refused: %s", connector_id, error.code)
        return None
