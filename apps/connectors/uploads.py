"""Files that a merchant gave instead of an address: one for each connector, beside the database, never in it.

Whoever reads them, web and workers alike, shares `VAR_DIR`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from apps.connectors.models import ConnectorConfig


def path(connector_id: UUID) -> Path:
    return _folder() / str(connector_id)


def opener(connector: ConnectorConfig) -> Callable[[], BinaryIO]:
    """Opens the stored file; FileNotFoundError when there is none."""
    found = path(connector.pk)
    return lambda: found.open("rb")


def keep(*, connector_id: UUID, upload: UploadedFile[bytes]) -> None:
    """Store a file, in place of the one before, when the transaction under way is committed."""
    _folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor, name = tempfile.mkstemp(dir=_folder(), prefix="new-")  # for nobody else to read
    try:
        with os.fdopen(descriptor, "wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
    except BaseException:
        Path(name).unlink()
        raise
    transaction.on_commit(lambda: Path(name).replace(path(connector_id)))


def remove(*, connector_id: UUID) -> None:
    """Delete the file, if there is one, when the transaction under way is committed."""
    transaction.on_commit(lambda: path(connector_id).unlink(missing_ok=True))


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "feeds"
