"""A store's links to its platforms, and what each synchronisation did."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from apps.accounts.fields import EncryptedTextField, IdentifierField
from apps.accounts.models import Store, WorkflowStart


class ConnectorConfig(models.Model):
    """A configured platform link: which platform, where, and with which credentials."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="connectors")
    platform = IdentifierField(max_length=32, help_text="Key in the platform registry, e.g. fakestore")
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict, help_text="What the platform's settings model holds, secrets apart")
    credentials = EncryptedTextField(blank=True, default="", help_text="JSON object of the secret settings")
    product_prefix = IdentifierField(
        max_length=16, blank=True, help_text="In front of the platform's ids: set on a store's second connector on"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class SyncRun(models.Model):
    """One synchronisation of a connector's catalogue into the index."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for workflows"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connector = models.ForeignKey(ConnectorConfig, on_delete=models.CASCADE, related_name="runs")
    workflow = models.OneToOneField(
        WorkflowStart,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="What runs it; none: a command in the foreground",
    )
    state = models.CharField(max_length=16, choices=State.choices, default=State.WAITING)
    total = models.PositiveIntegerField(null=True, help_text="Products that the platform announced")
    seen = models.PositiveIntegerField(default=0)
    indexed = models.PositiveIntegerField(default=0, help_text="New or changed products that were embedded")
    removed = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0, help_text="Products that could not be read")
    passes = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often the work was begun: only the latest pass may write here"
    )
    failures = models.PositiveIntegerField(default=0, db_default=0, help_text="How many passes failed")
    notes = models.JSONField(default=list, help_text="Why products were left out: the first reasons, in words")
    error_code = models.CharField(max_length=32, blank=True)
    error_text = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(auto_now=True, help_text="The last sign of life")
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["created_at"], name="newest_runs"),
            models.Index(fields=["connector", "created_at"], name="runs_of_a_connector"),
            models.Index(fields=["connector", "state"], name="open_runs"),
        ]

    def __str__(self) -> str:
        return f"{self.connector} · {self.state}"

    @property
    def is_open(self) -> bool:
        """Whether this run still has something to do."""
        return self.state in (SyncRun.State.WAITING, SyncRun.State.RUNNING)
