from django.apps import AppConfig


class HitlConfig(AppConfig):
    name = "apps.hitl"
    label = "hitl"
    verbose_name = "Desk"

    def ready(self) -> None:
        from apps.chat import handoff
        from apps.hitl.desk import StaffDesk

        handoff.register(StaffDesk())
