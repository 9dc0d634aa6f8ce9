"""Conversations: sessions, their messages, the shopper's cart, and how a store's assistant is set up."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.accounts.fields import EncryptedTextField, IdentifierField
from apps.accounts.models import Store


class Mode(models.TextChoices):
    INTENT = "intent", "Built-in (no language model)"
    LLM = "llm", "Language model"


class ChatSettings(models.Model):
    """How a store's assistant answers."""

    store = models.OneToOneField(Store, on_delete=models.CASCADE, primary_key=True, related_name="chat_settings")
    mode = models.CharField(max_length=8, choices=Mode.choices, default=Mode.INTENT)
    greeting = models.CharField(max_length=300, default="Hi! What are you looking for today?")
    base_url = models.URLField(
        blank=True, help_text="An OpenAI-compatible address, e.g. http://localhost:11434/v1"
    )
    model = models.CharField(max_length=120, blank=True)
    api_key = EncryptedTextField(blank=True, default="")

    def __str__(self) -> str:
        return f"Assistant of {self.store}"


class ChatSession(models.Model):
    """One conversation of a visitor with a store."""

    class Owner(models.TextChoices):
        ASSISTANT = "assistant", "Assistant"
        QUEUE = "queue", "Waiting for a person"
        AGENT = "agent", "A person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="sessions")
    visitor = models.UUIDField(default=uuid.uuid4, db_index=True, help_text="The anonymous shopper; owns the cart")
    owner = models.CharField(max_length=10, choices=Owner.choices, default=Owner.ASSISTANT)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    # An answer is committed only at the version at which it began: a person who took over meanwhile wins, also
    # when the conversation was handed back before the answer was ready.
    owner_version = models.PositiveIntegerField(default=0, help_text="Grows by one whenever the owner changes")
    mode = models.CharField(max_length=8, choices=Mode.choices, blank=True, help_text="Empty: the store's mode")
    last_seq = models.PositiveIntegerField(default=0)
    dialogue = models.JSONField(default=dict, help_text="What the assistant remembers: see apps.chat.dialogue")
    # The lease: see apps.chat.leases. Written only together with a message, never by itself.
    answering_by = models.UUIDField(null=True, db_index=True, help_text="The process that owes answers here")
    waiting_from = models.PositiveIntegerField(null=True, help_text="Seq of the oldest message without its answer")
    recoveries = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often that message was taken up again"
    )
    stop_until = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Messages up to this seq are not to be answered"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["updated_at"], name="newest_sessions"),
            models.Index(fields=["created_at"], name="sessions_by_day"),
            models.Index(fields=["store", "updated_at"], name="sessions_of_a_store"),
        ]

    def __str__(self) -> str:
        return f"{self.store} · {self.id}"


class WebProcess(models.Model):
    """A process that answers shoppers, for as long as it says that it is there: see apps.chat.leases."""

    id = models.UUIDField(primary_key=True, editable=False)
    seen_at = models.DateTimeField(help_text="By the database's clock, which all processes share")

    def __str__(self) -> str:
        return str(self.id)


class Message(models.Model):
    """One persistent line of a conversation; `seq` orders them and lets a client resume."""

    class Author(models.TextChoices):
        SHOPPER = "shopper", "Shopper"
        ASSISTANT = "assistant", "Assistant"
        AGENT = "agent", "Agent"
        SYSTEM = "system", "System"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="messages")
    seq = models.PositiveIntegerField()
    author = models.CharField(max_length=10, choices=Author.choices)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    client_id = IdentifierField(max_length=64, null=True, help_text="The client's id of a shopper's message")
    turn = models.UUIDField(null=True, db_index=True)
    text = models.TextField(blank=True, help_text="All that it says, as plain text")
    parts = models.JSONField(default=list, help_text="Stored parts: see apps.chat.parts; products by id only")
    complete = models.BooleanField(default=True, help_text="False: stopped or cut off in the middle")
    record = models.JSONField(default=dict, help_text="Mode, intent, tool calls, usage, timings, trace id")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "seq"], name="one_message_per_seq"),
            models.UniqueConstraint(fields=["session", "client_id"], name="one_message_per_client_id"),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:60]}"


class CartItem(models.Model):
    """A product in a visitor's cart; title, price and picture come from the index."""

    store = models.ForeignKey(Store, on_delete=models.CASCADE, related_name="+")
    visitor = models.UUIDField()
    product_id = IdentifierField(max_length=200)
    quantity = models.PositiveIntegerField()
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["added_at", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["store", "visitor", "product_id"], name="one_line_per_product")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"


class ToolCall(models.Model):
    """A tool call that ran; its id makes a retried turn return the first result instead of acting twice."""

    id = IdentifierField(primary_key=True, max_length=100, help_text="<turn>:<call>")
    session = models.ForeignKey(ChatSession, on_delete=models.CASCADE, related_name="tool_calls")
    name = models.CharField(max_length=64)
    arguments = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} {self.id}"
