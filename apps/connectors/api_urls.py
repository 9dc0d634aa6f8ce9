"""The connectors' part of /api/v1/."""

from django.urls import path

from apps.connectors.webhooks import WebhookView

urlpatterns = [path("connectors/<uuid:connector_id>/webhook", WebhookView.as_view(), name="api_connector_webhook")]
