"""What the assistant remembers of a conversation between turns; stored as JSON in ChatSession.dialogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError, ValidatorFunctionWrapHandler, field_validator

from apps.catalog.engine.queries import SearchQuery

Awaiting = Literal["order_number", "order_email", "handoff_answer", "which_product"]


class Dialogue(BaseModel):
    """`last_products`: ids in the order in which they were last shown or named; "the second one" counts here.

    `wish`: the words of the last search without its limits, which are in `last_query`; a refinement adds to both.
    `shown`: how many of its hits were shown, for "more". `understood`: the query whose limits the shopper last saw
    as chips, which is another one where nothing kept them all. `pending`: what was to be done with
    `pending_quantity` pieces of the product that the assistant asked for.
    """

    # A field that an older or newer version wrote must not break the conversation.
    model_config = ConfigDict(extra="ignore")

    last_products: list[str] = []
    focus: str = ""
    focus_among: list[str] = []
    wish: str = ""
    last_query: SearchQuery | None = None
    understood: SearchQuery | None = None
    shown: int = 0
    awaiting: Awaiting | None = None
    pending: Literal["add", "set", "remove"] | None = None
    pending_quantity: int | None = None
    order_number: str = ""
    order_tries: int = 0
    misses: int = 0

    @field_validator("last_query", "understood", mode="wrap")
    @classmethod
    def _forget_what_is_foreign(cls, value: Any, handler: ValidatorFunctionWrapHandler) -> SearchQuery | None:
        """A query that another version stored, and this one cannot read, is forgotten."""
        try:
            query: SearchQuery | None = handler(value)
        except ValidationError:
            return None
        return query

    def showed(self, product_ids: Sequence[str]) -> None:
        """These products are what "the first one" and "that one" mean from now on."""
        self.last_products = list(product_ids)
        self.focus = ""

    def talk_about(self, product_id: str) -> None:
        """ "it" means this product until other products are shown."""
        self.focus = product_id
        self.focus_among = list(self.last_products)

    @property
    def subject(self) -> str:
        """The product that "it" means, or "". A focus is stale once other products were shown or named."""
        if self.focus and self.focus_among == self.last_products:
            return self.focus
        return self.last_products[0] if len(self.last_products) == 1 else ""

    def stop_waiting(self) -> None:
        """The shopper has moved on: a question that was asked is not open any more."""
        self.awaiting = None
        self.pending = None
        self.pending_quantity = None
        self.order_number = ""
        self.order_tries = 0
