from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "apps.accounts"
    label = "accounts"
    verbose_name = "People and stores"  # allauth's own section of the admin is called Accounts

    def ready(self) -> None:
        from django.core.checks import register as register_check

        from apps.accounts.checks import check_collation, check_console_addresses
        from apps.accounts.console import NavEntry, register
        from apps.accounts.permissions import Permission

        register(NavEntry("Home", "console_home", Permission.VIEW_STORE, 0, "home"))
        register(NavEntry("Team", "console_team", Permission.VIEW_STORE, 80, "users"))
        register(NavEntry("Activity", "console_activity", Permission.VIEW_AUDIT, 85, "clock"))
        register(NavEntry("Store settings", "console_store", Permission.MANAGE_STORE, 90, "settings"))
        register_check(check_console_addresses, "urls")
        register_check(check_collation, "database")
