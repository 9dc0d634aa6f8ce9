"""`POST /chat/sessions/<id>/photo`: what looks like a shopper's photo. The photo is the body, and is not kept."""

from __future__ import annotations

import uuid
from typing import Any, NoReturn

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from pydantic import BaseModel
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from apps.accounts.limits import in_words
from apps.accounts.throttling import ClientThrottle
from apps.catalog.photo_upload import PhotoParser, PhotoThrottle, UntypedPhotoParser
from apps.chat import photos
from apps.chat.api import TOKEN, SessionView

_STATUS = {"bad_image": 400, "no_image_model": 404, "with_person": 409}
_WORDS = OpenApiParameter("q", OpenApiTypes.STR, description="The words beside it: limits such as under $50")


class SeenPhoto(BaseModel):
    """`photo` is what the next `message.send` brings along: what was found, signed, good for ten minutes."""

    photo: str


class PhotoRefusal(BaseModel):
    code: str
    text: str


class RefusedPhotoError(APIException):
    def __init__(self, error: photos.PhotoError) -> None:
        self.status_code = _STATUS.get(error.code, 503)
        super().__init__({"code": error.code, "text": error.text})


class SessionPhotoThrottle(SimpleRateThrottle):
    """A tenth of what one conversation may say."""

    def get_rate(self) -> str | None:
        return f"{max(1, settings.CHAT_MESSAGES_PER_MINUTE // 10)}/min"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        return f"photo.session.{view.kwargs['session_id']}" if request.method == "POST" else None


class PhotoView(SessionView):
    throttle_classes = (ClientThrottle, PhotoThrottle, SessionPhotoThrottle)
    parser_classes = (PhotoParser, UntypedPhotoParser)
    cors_method = "POST"
    cors_headers = "authorization, content-type"

    @extend_schema(
        operation_id="searchByPhotoInChat",
        summary="Look at a shopper's photo",
        tags=["Chat"],
        parameters=[TOKEN, _WORDS],
        request={"image/*": bytes},
        responses={
            200: SeenPhoto,
            400: OpenApiResponse(PhotoRefusal, "This is no picture that can be used; `text` says why."),
            404: OpenApiResponse(PhotoRefusal, "No model for pictures is installed."),
            409: OpenApiResponse(PhotoRefusal, "A person has this conversation: the photo was not looked at."),
        },
        auth=[],
    )
    def post(self, request: Request, session_id: uuid.UUID) -> Response:
        """The body is a JPEG, PNG, WebP or GIF of at most 8 MB. It is looked at in memory and kept nowhere; what
        was written in it (place, telephone) is not read. Send the answer's `photo` with the next `message.send`.
        """
        session = self.session_of(request, session_id)
        photo: Any = request.data  # the parser's bytes; it is not asked where no length is announced
        words = " ".join(request.query_params.get("q", "").split())
        try:
            note = photos.look(session=session, photo=photo if isinstance(photo, bytes) else b"", words=words)
        except photos.PhotoError as error:
            raise RefusedPhotoError(error) from error
        return Response(SeenPhoto(photo=note).model_dump())

    def throttled(self, request: Request, wait: float | None) -> NoReturn:
        text = f"Too many photos at once. Try again {in_words(wait or 60)}."
        raise TooManyPhotosError({"code": "rate_limited", "text": text}, wait=wait)

    def finalize_response(self, request: Request, response: Any, *args: Any, **path: Any) -> Response:
        final = super().finalize_response(request, response, *args, **path)
        final["Cache-Control"] = "no-store"
        return final


class TooManyPhotosError(APIException):
    status_code = 429

    def __init__(self, detail: dict[str, str], *, wait: float | None) -> None:
        self.wait = wait  # becomes Retry-After
        super().__init__(detail)
