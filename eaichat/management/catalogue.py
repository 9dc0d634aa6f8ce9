"""What the commands about the catalogue share: which store, and how they say that the index is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management.base import CommandError
from rich.console import Console, RenderableType

from apps.accounts.models import Store
from apps.catalog.engine.errors import CatalogError

# 1 is for what was found wrong; this one says that nothing could be looked at.
AWAY = 2


def find_store(wanted: str | None) -> Store:
    """The store of this key, id or name; without one the only store that there is."""
    stores = list(Store.objects.order_by("name"))
    if wanted:
        stores = [store for store in stores if wanted in (store.public_key, str(store.pk), store.name)]
    if len(stores) == 1:
        return stores[0]
    if wanted and not stores:
        raise CommandError(f"There is no store {wanted!r}. Name it by its key (pk_...), its id or its name.")
    if not stores:
        raise CommandError("There is no store yet.")
    known = ", ".join(f"{store.public_key} ({store.name})" for store in stores[:10])
    raise CommandError(f"Say which store with --store: {known}.")


@contextmanager
def index_answers() -> Iterator[None]:
    """What the index refuses is one line and exit 2."""
    try:
        yield
    except CatalogError as error:
        raise CommandError(error.text, returncode=AWAY) from error


def printed(content: RenderableType) -> str:
    """The content as text: as wide as the terminal, or wide enough for a file."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    with console.capture() as captured:
        console.print(content)
    return captured.get()


def plain(text: str) -> str:
    """A text of a foreign catalogue, without what would move the cursor or change the terminal."""
    return "".join(sign if sign.isprintable() else " " for sign in text)
