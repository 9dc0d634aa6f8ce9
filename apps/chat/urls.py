"""The chat's part of the API, relative to /api/v1/."""

from django.urls import path

from apps.chat.api import CartView, MessagesView, StoreConfigView
from apps.chat.photo_api import PhotoView

urlpatterns = [
    path("chat/stores/<str:public_key>/config", StoreConfigView.as_view(), name="chat_store_config"),
    path("chat/sessions/<uuid:session_id>/messages", MessagesView.as_view(), name="chat_messages"),
    path("chat/sessions/<uuid:session_id>/cart", CartView.as_view(), name="chat_cart"),
    path("chat/sessions/<uuid:session_id>/photo", PhotoView.as_view(), name="chat_photo"),
]
