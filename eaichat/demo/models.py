"""The demo store's orders; its products live in the index like any store's."""

from __future__ import annotations

from django.db import models

from apps.accounts.fields import AddressField


class DemoOrder(models.Model):
    """An order of the demo store, served by its Fake-Store-shaped API as a cart with a status."""

    number = models.PositiveIntegerField(unique=True)
    email = AddressField()
    name = models.CharField(max_length=120)
    status = models.CharField(max_length=40, default="processing")
    lines = models.JSONField(default=list, help_text="What was ordered: see eaichat.demo.orders.Line")
    placed_at = models.DateTimeField()
    tracking = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"#{self.number}"
