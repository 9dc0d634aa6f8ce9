from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "apps.chat"
    label = "chat"

    def ready(self) -> None:
        from apps.accounts.console import NavEntry, Step, register, register_step
        from apps.accounts.permissions import Permission
        from apps.chat.assistant import is_set_up

        register(NavEntry("Assistant", "console_assistant", Permission.MANAGE_ASSISTANT, 30, "spark"))
        register_step(
            Step(
                "Choose how the assistant answers",
                "Built-in and free, or by a language model of your choice; and how it greets your shoppers.",
                "console_assistant",
                is_set_up,
                order=30,
                permission=Permission.MANAGE_ASSISTANT,
            )
        )
