"""Text that is unreadable in the database, encrypted with keys apart from SECRET_KEY; a new key goes in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
else:
    _TextField = models.TextField


class EncryptedTextField(_TextField):
    """A text field stored as Fernet tokens. A wrong or missing key fails loudly; it never returns ciphertext."""

    def _fernet(self) -> MultiFernet:
        keys = [key for key in settings.FIELD_KEYS if key]
        if not keys:
            raise ImproperlyConfigured("FIELD_KEYS is empty: set it to one or more Fernet keys, newest first.")
        return MultiFernet([Fernet(key) for key in keys])

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if not value else self._fernet().encrypt(value.encode()).decode()

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> str | None:
        if not value:
            return value
        try:
            return self._fernet().decrypt(value.encode()).decode()
        except InvalidToken as error:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name} was encrypted with a key that is not in FIELD_KEYS: "
                "put the old key back behind the new one."
            ) from error
