"""The project itself as a Django app: its commands and templates are found through it."""

from django.apps import AppConfig


class EaichatConfig(AppConfig):
    name = "eaichat"
    label = "eaichat"
    verbose_name = "eaichat"
