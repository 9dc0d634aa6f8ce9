from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from apps.accounts.models import Store


class ConnectorsConfig(AppConfig):
    name = "apps.connectors"
    label = "connectors"

    def ready(self) -> None:
        from apps.accounts.console import NavEntry, Step, register, register_step
        from apps.accounts.permissions import Permission

        register(NavEntry("Connectors", "console_connectors", Permission.VIEW_STORE, 20, "plug"))
        register_step(
            Step(
                title="Connect your store",
                text="Say where your products are, and bring them in.",
                url_name="console_connectors",
                done=_has_connector,
                action="Connect",
                order=10,
                permission=Permission.MANAGE_CONNECTORS,
            )
        )


def _has_connector(store: Store) -> bool:
    from apps.connectors.models import ConnectorConfig

    return ConnectorConfig.objects.filter(store=store).exists()
