"""Why rows of a feed are left out: the first thousand reasons, and how many more there are."""

from __future__ import annotations

from collections.abc import Iterable

_MOST = 1000


class Reasons(list[str]):
    """Takes any number of them. In place of those behind the first thousand there is one that counts them."""

    def __init__(self) -> None:
        super().__init__()
        self._more = 0

    def append(self, reason: str) -> None:
        if len(self) < _MOST:
            super().append(reason)
        else:
            self._count(1)

    def extend(self, reasons: Iterable[str]) -> None:
        further = reasons._more if isinstance(reasons, Reasons) else 0
        for reason in list(reasons)[:_MOST]:
            self.append(reason)
        if further:
            self._count(further)

    def clear(self) -> None:
        super().clear()
        self._more = 0

    def _count(self, further: int) -> None:
        self._more += further
        self[_MOST:] = [f"{self._more} more of the feed’s rows are left out."]
