"""Console pages of connectors, under /console/."""

from django.urls import path

from apps.connectors import proof_views, trial_views, views

urlpatterns = [
    path("connectors/", views.connectors, name="console_connectors"),
    path("connectors/new/", views.connector_new, name="console_connector_new"),
    path("connectors/test/", trial_views.connector_test, name="console_connector_test"),
    path("connectors/preview/", trial_views.connector_preview, name="console_connector_preview"),
    path("connectors/<uuid:pk>/", views.connector_page, name="console_connector"),
    path("connectors/<uuid:pk>/edit/", views.connector_edit, name="console_connector_edit"),
    path("connectors/<uuid:pk>/check/", trial_views.connector_check, name="console_connector_check"),
    path("connectors/<uuid:pk>/preview/", trial_views.connector_first_page, name="console_connector_first_page"),
    path("connectors/<uuid:pk>/schedule/", views.connector_schedule, name="console_connector_schedule"),
    path("connectors/<uuid:pk>/sync/", views.connector_sync, name="console_connector_sync"),
    path("connectors/<uuid:pk>/steer/", views.connector_steer, name="console_connector_steer"),
    path("connectors/<uuid:pk>/state/", views.connector_state, name="console_connector_state"),
    path("connectors/<uuid:pk>/proof/", proof_views.connector_proof, name="console_connector_proof"),
    path("connectors/<uuid:pk>/delete/", views.connector_delete, name="console_connector_delete"),
]
