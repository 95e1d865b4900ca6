"""What an order is."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

PRICES = {"difference": 17_470, "analytical": 60_000}


class Engine(BaseModel):
    """One that is ordered."""

    kind: Literal["difference", "analytical"]
    count: Annotated[int, Field(ge=1, le=12)] = 1


class Order(BaseModel):
    """Who orders, and what."""

    name: Annotated[str, Field(min_length=1)]
    engines: Annotated[list[Engine], Field(min_length=1)]

    def total(self) -> int:
        return sum(PRICES[each.kind] * each.count for each in self.engines)
