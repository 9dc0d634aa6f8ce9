"""A store's links to its platforms, and what each synchronisation did."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from apps.accounts.fields import EncryptedTextField, IdentifierField
from apps.accounts.models import Store, User, WorkflowStart


class ConnectorConfig(models.Model):
    """A configured platform link: which platform, where, and with which credentials."""

    class Schedule(models.TextChoices):
        OFF = "off", "Only when started by hand"
        QUARTER = "15m", "Every 15 minutes"
        HOURLY = "hourly", "Every hour"
        SIX_HOURS = "6h", "Every 6 hours"
        DAILY = "daily", "Every day"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="connectors")
    platform = IdentifierField(max_length=32, help_text="Key in the platform registry, e.g. fakestore")
    name = models.CharField(max_length=120)
    settings = models.JSONField(default=dict, help_text="What the platform's settings model holds, secrets apart")
    credentials = EncryptedTextField(blank=True, default="", help_text="JSON object of the secret settings")
    product_prefix = IdentifierField(
        max_length=16, blank=True, help_text="In front of the platform's ids: set on a store's second connector on"
    )
    schedule = models.CharField(
        max_length=8, choices=Schedule.choices, default=Schedule.OFF, db_default=Schedule.OFF
    )
    paused = models.BooleanField(default=False, db_default=False, help_text="Its schedule and webhooks rest")
    full_every = models.PositiveSmallIntegerField(
        default=24,
        db_default=24,
        help_text="Hours after which a sync by schedule or webhook reads everything again",
    )
    synced_until = models.DateTimeField(
        null=True, editable=False, help_text="What the platform changed before this is in the index"
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
        PAUSED = "paused", "Paused"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Mode(models.TextChoices):
        FULL = "full", "Everything"
        CHANGES = "changes", "Changes"

    class Origin(models.TextChoices):
        PERSON = "person", "By hand"
        SCHEDULE = "schedule", "By schedule"
        WEBHOOK = "webhook", "By webhook"
        COMMAND = "command", "By command"
        DEMO = "demo", "By the demo"

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
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.FULL, db_default=Mode.FULL)
    origin = models.CharField(
        max_length=8, choices=Origin.choices, default=Origin.PERSON, db_default=Origin.PERSON
    )
    # Without a constraint: MariaDB would copy the whole table to add one, and nobody could write meanwhile.
    started_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, related_name="+", db_constraint=False
    )
    total = models.PositiveIntegerField(null=True, help_text="Products that the platform announced")
    seen = models.PositiveIntegerField(default=0)
    indexed = models.PositiveIntegerField(default=0, help_text="New or changed: `added` and `changed` together")
    added = models.PositiveIntegerField(default=0, db_default=0, help_text="Products that were not here before")
    changed = models.PositiveIntegerField(default=0, db_default=0, help_text="Products that were here otherwise")
    unchanged = models.PositiveIntegerField(default=0, db_default=0, help_text="Products that were here just so")
    removed = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0, help_text="Products that could not be read")
    bytes = models.PositiveBigIntegerField(default=0, db_default=0, help_text="Of the platform's answers")
    passes = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often the work was begun: only the latest pass may write here"
    )
    failures = models.PositiveIntegerField(default=0, db_default=0, help_text="How many passes failed")
    tries = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often the work was begun since it last got further"
    )
    after = models.CharField(
        max_length=500, blank=True, default="", db_default="", help_text="Where the next pass goes on reading"
    )
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
        return self.state in (SyncRun.State.WAITING, SyncRun.State.RUNNING, SyncRun.State.PAUSED)


class SyncLogLine(models.Model):
    """What happened in a run, in words for the merchant, as it happened."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField(auto_now_add=True)
    text = models.CharField(max_length=500)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return self.text


class SetAsideProduct(models.Model):
    """A product of the platform that could not be read or indexed, until a later run reads it."""

    connector = models.ForeignKey(ConnectorConfig, on_delete=models.CASCADE, related_name="set_aside")
    product_id = IdentifierField(max_length=200, blank=True, help_text="The platform's; empty: it has none")
    title = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500)
    run = models.ForeignKey(
        SyncRun, on_delete=models.SET_NULL, null=True, related_name="+", help_text="The last that met it"
    )
    since = models.DateTimeField(help_text="When a run met it first")

    class Meta:
        ordering: ClassVar = ["pk"]
        indexes: ClassVar = [models.Index(fields=["connector", "product_id"], name="set_aside_by_id")]

    def __str__(self) -> str:
        return f"{self.product_id or self.title}: {self.reason}"


class PlatformNews(models.Model):
    """What a platform told by webhook, and no sync has looked at yet."""

    connector = models.OneToOneField(
        ConnectorConfig, on_delete=models.CASCADE, primary_key=True, related_name="news"
    )
    deleted = models.JSONField(default=list, help_text="Ids of products that left the platform")
    since = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"News of {self.connector_id}"
