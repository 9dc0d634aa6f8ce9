"""Addresses of the widget: `urlpatterns` under /console/, `public_urlpatterns` at the root."""

from django.urls import path

from apps.chat import widget_views

urlpatterns = [
    path("widget/", widget_views.widget, name="console_widget"),
    path("widget/origins/remove/", widget_views.widget_origin_remove, name="console_widget_origin_remove"),
    path("widget/preview/", widget_views.widget_preview, name="console_widget_preview"),
]

public_urlpatterns = [
    path("widget.js", widget_views.script, name="widget_script"),
    path("chat/<str:public_key>/", widget_views.page, name="chat_page"),
]
