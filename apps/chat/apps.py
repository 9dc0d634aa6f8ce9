from django.apps import AppConfig


class ChatConfig(AppConfig):
    name = "apps.chat"
    label = "chat"

    def ready(self) -> None:
        from apps.accounts.console import NavEntry, Step, register, register_step
        from apps.accounts.permissions import Permission
        from apps.chat.assistant import is_set_up
        from apps.chat.widget_settings import is_placed

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
        register(NavEntry("Widget", "console_widget", Permission.MANAGE_WIDGET, 40, "code"))
        register_step(
            Step(
                title="Put the chat on your store",
                text="Copy one line into your pages and name the sites that may open it.",
                url_name="console_widget",
                done=is_placed,
                action="Get the line",
                order=40,
                permission=Permission.MANAGE_WIDGET,
            )
        )
