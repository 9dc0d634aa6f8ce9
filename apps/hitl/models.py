"""Requests for a person: who waits, why, who took over, and what happened."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.accounts.models import Store
from apps.chat.models import ChatSession


class EscalationQuerySet(models.QuerySet["Escalation"]):
    def open(self) -> EscalationQuerySet:
        return self.exclude(state=Escalation.State.CLOSED)

    def waiting(self) -> EscalationQuerySet:
        return self.filter(state=Escalation.State.WAITING).order_by("requested_at")


class Escalation(models.Model):
    """A request for a person in one session."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        ACTIVE = "active", "With a person"
        CLOSED = "closed", "Closed"

    class Outcome(models.TextChoices):
        HANDED_BACK = "handed_back", "Handed back"
        LEFT = "left", "Shopper left the queue"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="escalations")
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="escalations")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    reason = models.CharField(max_length=300, help_text="Why the shopper or the assistant asked for a person")
    summary = models.TextField(blank=True, help_text="What the conversation was about, for who takes over")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="escalations"
    )
    requested_at = models.DateTimeField(auto_now_add=True)
    taken_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["state", "requested_at"], name="queue_order")]

    def __str__(self) -> str:
        return f"{self.reason} ({self.state})"


class EscalationEvent(models.Model):
    """What happened to an escalation, in order."""

    class Kind(models.TextChoices):
        REQUESTED = "requested", "Requested"
        REMINDED = "reminded", "Staff reminded"
        TAKEN = "taken", "Taken over"
        REPLIED = "replied", "Replied"
        HANDED_BACK = "handed_back", "Handed back"
        LEFT = "left", "Shopper left"

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.at:%H:%M}"


class AgentPresence(models.Model):
    """When a member of staff was last seen at the desk; beats come from the desk's socket."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    seen_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user} {self.seen_at:%H:%M:%S}"
