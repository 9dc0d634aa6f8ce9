"""Console pages of the assistant, under /console/."""

from django.urls import path

from apps.chat import assistant_views

urlpatterns = [
    path("assistant/", assistant_views.assistant_page, name="console_assistant"),
    path("assistant/test/", assistant_views.assistant_test, name="console_assistant_test"),
]
