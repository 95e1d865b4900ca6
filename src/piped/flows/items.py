"""Founts of what is there already."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import islice
from typing import Any

from piped.flows.batch import Batch
from piped.flows.fount import Fount
from piped.flows.reason import END, Reason, failed
from piped.flows.receipt import Answer, Receipt

__all__ = ["Items"]


class Items(Fount):
    """The items of an iterable, some at a time. `told` hears what became of those of each batch."""

    def __init__(
        self,
        items: Iterable[Any],
        *,
        size: int = 100,
        told: Callable[[Answer, list[Any]], object] | None = None,
    ) -> None:
        super().__init__()
        self._items: Iterator[Any] = iter(items)
        self._size = size
        self._told = told
        self._is_running = False  # the iterable is

    def on_flow(self) -> None:
        while self.is_flowing:
            self._read()

    def on_stop(self, reason: Reason) -> None:
        if not self._is_running:
            self._leave()
        self.end(reason)

    def _read(self) -> None:
        items: list[Any] = []
        self._is_running = True
        try:
            items.extend(islice(self._items, self._size))
        except Exception as failure:  # noqa: BLE001 - of the user's iterable
            reason: Reason | None = failed(failure)
        else:
            reason = None if items else END
        finally:
            self._is_running = False
        if self.is_stopped():  # by the iterable itself
            self._leave()
        if items:
            self.emit(Batch(items, self._receipts(items)))
        if reason is not None:
            self.end(reason)

    def _leave(self) -> None:
        items, self._items = self._items, iter(())
        if isinstance(items, Generator):
            items.close()

    def _receipts(self, items: list[Any]) -> list[Receipt] | None:
        told = self._told
        if told is None:
            return None
        return [Receipt(lambda answer: told(answer, items), len(items))] * len(items)
