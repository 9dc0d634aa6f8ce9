"""The chat over HTTP: what a store's own page may read. Sessions are proven by their token, never by a cookie."""

from __future__ import annotations

import uuid
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from pydantic import BaseModel
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.cors import StoreCorsView
from apps.accounts.models import Store
from apps.chat import messages, sessions, wire
from apps.chat.events import Config, MessageFrame
from apps.chat.models import ChatSession
from apps.chat.parts import Cart

PAGE = 200
TOKEN = OpenApiParameter(
    "Authorization", OpenApiTypes.STR, OpenApiParameter.HEADER, description="`Session <token>`", required=True
)
_AFTER = OpenApiParameter("after", OpenApiTypes.INT, description="Only messages after this seq")


class Transcript(BaseModel):
    """`seq` is the session's last; `messages` come oldest first."""

    seq: int
    messages: list[MessageFrame]


class TokenError(APIException):
    """No token, a wrong one, or one of another session."""

    status_code = 401

    def __init__(self, code: str, text: str) -> None:
        super().__init__({"code": code, "text": text})


class StoreConfigView(StoreCorsView):
    """What the widget shows before a conversation: name, greeting, accent, first questions."""

    def store_of(self, request: Request, **path: Any) -> Store | None:
        return Store.objects.filter(public_key=path["public_key"]).first()

    @extend_schema(summary="What the chat shows before it begins", tags=["Chat"], responses=Config, auth=[])
    def get(self, request: Request, public_key: str) -> Response:
        store = self.store_of(request, public_key=public_key)
        if store is None:
            raise NotFound({"code": "unknown_store", "text": "There is no store with this key."})
        return Response(wire.config(store, wire.settings_of(store)).model_dump(mode="json"))


class SessionView(StoreCorsView):
    """A public endpoint of one conversation."""

    def store_of(self, request: Request, **path: Any) -> Store | None:
        found = ChatSession.objects.select_related("store").filter(pk=path["session_id"]).first()
        return found.store if found is not None else None

    def session_of(self, request: Request, session_id: uuid.UUID) -> ChatSession:
        """The session of the request's token, which must be the address's own. Raises TokenError."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Session" or not token:
            raise TokenError("bad_token", "Send the session's token: Authorization: Session <token>.")
        try:
            session = sessions.by_token(token)
        except sessions.SessionError as error:
            raise TokenError(error.code, error.text) from error
        if session.pk != session_id:
            raise TokenError("bad_token", "This token belongs to another session.")
        return session


class MessagesView(SessionView):
    """The newest messages of a conversation, oldest first, as the frames that the socket sends."""

    @extend_schema(
        summary="The messages of a conversation",
        tags=["Chat"],
        parameters=[TOKEN, _AFTER],
        responses=Transcript,
        auth=[],
    )
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        session = self.session_of(request, session_id)
        given = request.query_params.get("after", "0")
        after = int(given) if given.isascii() and given.isdigit() and len(given) < 10 else 0
        rows = messages.after(session_id=session.pk, seq=after, limit=PAGE)
        frames = wire.message_frames(session=session, messages=rows)
        return Response({"seq": session.last_seq, "messages": [frame.model_dump(mode="json") for frame in frames]})


class CartView(SessionView):
    """The visitor's cart with what the index says now."""

    @extend_schema(
        summary="The cart of a conversation",
        tags=["Chat"],
        parameters=[TOKEN],
        responses=Cart,
        auth=[],
    )
    def get(self, request: Request, session_id: uuid.UUID) -> Response:
        session = self.session_of(request, session_id)
        return Response(wire.cart_now(store=session.store, visitor=session.visitor).model_dump(mode="json"))
