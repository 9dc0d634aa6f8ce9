from django.apps import AppConfig


class CatalogConfig(AppConfig):
    name = "apps.catalog"
    label = "catalog"

    def ready(self) -> None:
        from apps.accounts.console import NavEntry, register
        from apps.accounts.permissions import Permission

        register(NavEntry("Catalogue", "console_catalogue", Permission.VIEW_STORE, 20, "box"))
