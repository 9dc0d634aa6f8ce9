from django.apps import AppConfig


class HitlConfig(AppConfig):
    name = "apps.hitl"
    label = "hitl"
    verbose_name = "Desk"

    def ready(self) -> None:
        from apps.accounts.console import NavEntry, register
        from apps.accounts.permissions import Permission
        from apps.chat import handoff
        from apps.hitl.desk import StaffDesk

        handoff.register(StaffDesk())
        register(NavEntry("Desk", "console_desk", Permission.ANSWER_ESCALATIONS, 50, "inbox"))
