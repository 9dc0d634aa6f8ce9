from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "eaichat.demo"
    label = "demo"
    verbose_name = "Demo store"
