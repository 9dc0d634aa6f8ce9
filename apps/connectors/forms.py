"""The form of a connector, made from the settings that its platform declares."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from django import forms
from django.conf import settings as django_settings
from django.core.files.uploadedfile import UploadedFile
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from apps.connectors import uploads
from apps.connectors.linking import read_settings
from apps.connectors.models import ConnectorConfig
from apps.connectors.platforms.base import BasePlatformConnector, ConnectorSettings
from apps.connectors.platforms.errors import ConnectorError
from apps.connectors.setting_fields import form_field, given_values, holds_text

FULL_EVERY = ((6, "Every 6 hours"), (24, "Every day"), (72, "Every 3 days"), (168, "Every week"))
_ADDRESSES = frozenset({"base_url", "url"})  # what a setting is called that says where a store or its feed is


class ConnectorForm(forms.Form):
    """A name, and one field for each setting. `settings` holds the checked result after `is_valid()`.

    A field left empty takes its default. Secrets are never sent back to the browser: an empty secret keeps the
    stored one, but only while the other texts stay the same, so that a key is never sent to an address that it was
    not given for.
    """

    settings: ConnectorSettings
    upload: UploadedFile[bytes] | None = None

    def __init__(
        self,
        data: Any = None,
        files: Any = None,
        *,
        platform: type[BasePlatformConnector],
        connector: ConnectorConfig | None = None,
    ) -> None:
        super().__init__(data, files)
        self._platform = platform
        self._connector = connector
        stored = connector.settings if connector else None
        for key, declared in platform.Settings.model_fields.items():
            self.fields[key] = form_field(key, declared, stored=stored)
        for key in _ADDRESSES & self.fields.keys():
            self.fields[key].widget.attrs |= {"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}
        if django_settings.DEMO and platform.key == "fakestore":
            demo = f"{django_settings.PUBLIC_URL}/demo/api"
            self.fields["base_url"].help_text += f" The demo store has one too: {demo}."
        self.fields["name"] = forms.CharField(
            label="Name",
            max_length=120,
            required=False,
            initial=connector.name if connector else None,
            help_text="What you call it here. Left empty, it is named after its address.",
        )

    def clean(self) -> dict[str, Any]:
        given = dict(super().clean() or {})
        name = given.pop("name", "")
        if self.errors:
            return given
        self._take_file(given)
        try:
            declared = self._platform.Settings.model_fields
            self.settings = self._platform.Settings(**given_values(declared, self._with_stored_secrets(given)))
        except ValidationError as error:
            for problem in error.errors(include_url=False, include_input=False):
                field = str(problem["loc"][0]) if problem["loc"] else None
                self.add_error(field if field in self.fields else None, _words(problem))
        return {**given, "name": name or self._host() or self._platform.label}

    def _take_file(self, given: dict[str, Any]) -> None:
        """The setting is the file's name. A stored file stays, unless an address is given in its place."""
        wanted = {name for name, field in self.fields.items() if isinstance(field, forms.FileField)}
        for key in wanted & given.keys():
            self.upload = given[key]
            stored = self._connector.settings.get(key) if self._connector else ""
            address = any(given.get(name) for name in _ADDRESSES)
            kept = "" if address else stored
            given[key] = str(self.upload.name)[-200:] if self.upload else kept

    def opener(self) -> Callable[[], BinaryIO] | None:
        """Opens the file that was uploaded now, else the stored one."""
        if self.upload is not None:
            content = self.upload.read()
            return lambda: BytesIO(content)
        return uploads.opener(self._connector) if self._connector else None

    def _with_stored_secrets(self, given: dict[str, Any]) -> dict[str, Any]:
        if self._connector is None:
            return given
        try:
            stored = read_settings(self._connector).model_dump()
        except ConnectorError:  # settings of an older version of the platform: all is asked again
            return given
        secret = self._platform.Settings.secret_names()
        declared = self._platform.Settings.model_fields
        same = all(
            (stored.get(key) or "") == value
            for key, value in given.items()
            if key not in secret and holds_text(declared[key])
        )
        return {
            key: stored.get(key) if same and key in secret and not value else value for key, value in given.items()
        }

    def _host(self) -> str:
        read = self.settings.model_dump() if hasattr(self, "settings") else {}
        address = next((read[key] for key in _ADDRESSES & read.keys()), "")
        host = urlsplit(address).netloc[:120] if isinstance(address, str) else ""
        return host or (str(self.upload.name)[:120] if self.upload else "")


class ScheduleForm(forms.Form):
    """When a connector is synced by itself."""

    schedule = forms.ChoiceField(label="Sync", choices=ConnectorConfig.Schedule.choices)
    full_every = forms.TypedChoiceField(
        label="Read everything",
        choices=FULL_EVERY,
        coerce=int,
        help_text="In between, only changes are asked for. Some deletions are seen only when all is read.",
    )
    paused = forms.BooleanField(
        label="Pause", required=False, help_text="The schedule and webhooks rest. “Sync now” still works."
    )

    def __init__(self, data: Any = None, *, connector: ConnectorConfig) -> None:
        now = {"schedule": connector.schedule, "full_every": connector.full_every, "paused": connector.paused}
        super().__init__(data, initial=now)


def _words(problem: ErrorDetails) -> str:
    """A validator of ours speaks for itself; pydantic's own messages get a capital and a full stop."""
    ours = problem.get("ctx", {}).get("error")
    return str(ours) if isinstance(ours, ValueError) else f"{problem['msg'].capitalize()}."
