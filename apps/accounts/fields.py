"""Fields of our own: identifiers that are compared letter by letter, addresses, and text that is encrypted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import lookups

if TYPE_CHECKING:
    _TextField = models.TextField[str, str]
    _CharField = models.CharField[Any, Any]  # also null
    _EmailField = models.EmailField[str, str]
else:
    _TextField, _CharField, _EmailField = models.TextField, models.CharField, models.EmailField


def _by_the_byte(parameters: Any, connection: BaseDatabaseWrapper) -> Any:
    """Column parameters of text that is compared byte by byte, as SQLite does by itself.

    MySQL's usual collations take "A" for "a" and "é" for "e".
    """
    return {**parameters, "collation": "utf8mb4_bin"} if connection.vendor == "mysql" else parameters


class IdentifierField(_CharField):
    """A token, key or id of a machine: "ABC" and "abc" are two.

    MySQL ignores blanks at the end here too: what comes from outside is stripped or refused at the door.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return _by_the_byte(super().db_parameters(connection), connection)


class AddressField(_EmailField):
    """An e-mail address, kept and looked for in small letters, so that case never makes two people of one."""

    def db_parameters(self, connection: BaseDatabaseWrapper) -> Any:
        return _by_the_byte(super().db_parameters(connection), connection)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return prepared.lower() if isinstance(prepared, str) else prepared

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = self.get_prep_value(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value


class _Small:
    """Makes the text of a lookup small, as the addresses are."""

    rhs: Any

    def get_prep_lookup(self) -> Any:
        return self.rhs.lower() if isinstance(self.rhs, str) else self.rhs


for _lookup in (lookups.IExact, lookups.IContains, lookups.IStartsWith, lookups.IEndsWith):
    AddressField.register_lookup(type(f"Small{_lookup.__name__}", (_Small, _lookup), {}))


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
