"""How a store's assistant is set up: reading it, changing it, trying its model."""

from __future__ import annotations

from urllib.parse import urlsplit

from apps.accounts import audit
from apps.accounts.database import one_transaction
from apps.accounts.models import Store, User
from apps.chat.llm.base import LLMConfig
from apps.chat.models import ChatSettings, Mode


def settings_of(store: Store) -> ChatSettings:
    """The store's settings; the defaults, unsaved, until somebody changes them."""
    return ChatSettings.objects.filter(store=store).first() or ChatSettings(store=store)


def is_set_up(store: Store) -> bool:
    """Whether somebody has looked at the assistant's settings and saved them."""
    return ChatSettings.objects.filter(store=store).exists()


def key_for(settings: ChatSettings, *, base_url: str, new_key: str, forget: bool) -> str:
    """The API key that goes with `base_url`: a new one, none, or the stored one if it was stored for that server.

    A stored key never goes to another server: whoever may change the address could read it there.
    """
    if new_key or forget:
        return new_key
    return settings.api_key if _server(base_url) == _server(settings.base_url) else ""


@one_transaction
def update_assistant(
    *, store: Store, actor: User, mode: str, greeting: str, config: LLMConfig | None = None
) -> ChatSettings:
    """Save how the assistant answers. `config` None keeps the model that is set up. The key is never audited."""
    Store.objects.select_for_update().get(pk=store.pk)  # the first two to save settings make one row
    settings = settings_of(store)
    before = {name: getattr(settings, name) for name in ("mode", "greeting", "base_url", "model", "api_key")}
    settings.mode = Mode(mode)
    settings.greeting = greeting
    if config is not None:
        settings.base_url, settings.model, settings.api_key = config.base_url, config.model, config.api_key
    settings.save()
    changed = [name for name, value in before.items() if getattr(settings, name) != value]
    if changed:
        audit.record(store=store, actor=actor, action="assistant.updated", target=settings.mode, changed=changed)
    return settings


def _server(base_url: str) -> tuple[str, str]:
    parts = urlsplit(base_url)
    return parts.scheme, parts.netloc.lower()
