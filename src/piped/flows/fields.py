"""Texts that are fields with something between them."""

from __future__ import annotations

from operator import methodcaller
from typing import TYPE_CHECKING, Any

from piped.exceptions import MalformedFrame
from piped.flows.batch import Batch
from piped.flows.tube import Tube
from piped.flows.working import Failing, Mapping

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["fields"]


class Fields(Mapping):
    """Splits texts, all of a batch at once."""

    def __init__(self, separator: str | None, count: int, failing: Failing) -> None:
        self._split: Callable[[Any], list[str]] = methodcaller("split", separator, count - 1)
        self._count = count
        super().__init__(self._checked, failing)

    def receive(self, batch: Batch) -> None:
        try:
            made = list(map(self._split, batch.items))
        except Exception:  # noqa: BLE001 - it is found which one it was
            made = []
        if set(map(len, made)) == {self._count}:
            self.emit(Batch(made, batch.receipts))
        else:
            super().receive(batch)

    def _checked(self, item: str) -> list[str]:
        fields = self._split(item)
        if len(fields) != self._count:
            raise MalformedFrame(f"{item[:60]!r} has {len(fields)} fields, and not {self._count}")
        return fields


def fields(count: int, separator: str | None = None, *, failing: Failing = "refuse") -> Tube:
    """Lists of so many fields of a text; the last has all the rest.

    Between fields stands the separator, or any white space.
    """
    if count < 1 or separator == "":
        raise ValueError("a text has one field at least, and something between two")
    return Tube(lambda: Fields(separator, count, failing), "fields", str, list)
