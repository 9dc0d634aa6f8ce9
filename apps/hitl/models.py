"""Requests for a person: who waits, why, who took over, and what happened."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from apps.accounts.fields import IdentifierField
from apps.accounts.models import Store
from apps.chat.models import ChatSession, Message

REMIND_AFTER_S = (15, 86_400)  # shortest and longest, in seconds


class HitlSettings(models.Model):
    """How a store wants its people to be reminded."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="hitl_settings")
    remind_after_s = models.PositiveIntegerField(
        "remind after (seconds)",
        default=120,
        validators=[MinValueValidator(REMIND_AFTER_S[0]), MaxValueValidator(REMIND_AFTER_S[1])],
        help_text="How long a shopper waits for an answer before the desk is reminded, again and again",
    )

    class Meta:
        verbose_name = "desk settings"
        verbose_name_plural = "desk settings"

    def __str__(self) -> str:
        return f"Desk of {self.store}"


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def open(self) -> EscalationQuerySet:
        return self.filter(is_open=True)

    def waiting(self) -> EscalationQuerySet:
        """Who waits in the queue, the next one first."""
        return self.filter(state=Escalation.State.WAITING).order_by("requested_at", "pk")


class Escalation(models.Model):
    """A request for a person in one session. A session has at most one open escalation."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ACTIVE = "active", "With a person"
        CLOSED = "closed", "Closed"

    class Outcome(models.TextChoices):
        HANDED_BACK = "handed_back", "Handed back"
        LEFT = "left", "Shopper left"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="escalations")
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="escalations")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    is_open = models.BooleanField(
        null=True,
        default=True,
        editable=False,
        help_text="True or null, so that one unique constraint holds on every database",
    )
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=300, help_text="Why the shopper or the assistant asked for a person")
    summary = models.JSONField(default=dict, help_text="What it was about: see apps.hitl.summary")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="escalations"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    unanswered_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when the shopper waits for a person's answer; null: answered"
    )
    reminders = models.PositiveIntegerField(default=0, help_text="How often the desk was reminded of this wait")
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["state", "requested_at"], name="queue_order"),
            models.Index(fields=["state", "closed_at"], name="newest_closed"),
            models.Index(fields=["store", "state", "closed_at"], name="newest_closed_of_a_store"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "is_open"], name="one_open_escalation_per_session")
        ]

    def __str__(self) -> str:
        return f"{self.reason} ({self.state})"


class EscalationEvent(models.Model):
    """What happened to an escalation, in order."""

    class Kind(models.TextChoices):
        REQUESTED = "requested", "asked for a person"
        REMINDED = "reminded", "desk reminded"
        TAKEN = "taken", "took over"
        REPLIED = "replied", "replied"
        HANDED_BACK = "handed_back", "handed back"
        LEFT = "left", "shopper left"

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    client_id = IdentifierField(max_length=64, null=True, help_text="The desk's id: sent twice, said once")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["escalation", "client_id"], name="one_reply_per_client_id")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%H:%M}"


class AgentPresence(models.Model):
    """When a member of staff was last seen at the desk; beats come from the desk's socket."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user} {self.seen_at:%H:%M:%S}"
