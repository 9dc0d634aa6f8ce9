from django.apps import AppConfig


class HitlConfig(AppConfig):
    name = "apps.hitl"
    label = "hitl"
