"""The project itself as a Django app: its commands and templates are found through it."""

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import register

from eaichat import telemetry
from eaichat.checks import check_installation


class EaichatConfig(AppConfig):
    name = "eaichat"
    label = "eaichat"
    verbose_name = "eaichat"

    def ready(self) -> None:
        telemetry.configure(
            public_key=settings.LANGFUSE_PUBLIC_KEY,
            secret_key=settings.LANGFUSE_SECRET_KEY,
            base_url=settings.LANGFUSE_BASE_URL,
        )
        register(check_installation, "installation")
