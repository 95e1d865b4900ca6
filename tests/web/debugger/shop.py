"""A small shop with a mistake in it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

__all__ = ["Order", "deliver", "total"]

PRICES = {"tea": 4.5, "cake": 3.25}


@dataclass
class Order:
    """What somebody wants."""

    customer: str
    items: list[str]
    voucher: str = ""


def total(baton: dict[str, Any]) -> float:
    """What the order of the baton costs."""
    order: Order = baton["order"]
    amount = 0.0
    for item in order.items:
        price = PRICES[item]
        amount += price
    return round(amount * discount(order), 2)


async def deliver(what: str) -> None:
    """Wait for somebody who does not come."""
    from twisted.internet.defer import fail
    from twisted.python.failure import Failure

    await asyncio.sleep(0)
    await fail(Failure(LookupError(f"{what} is lost")))


def discount(order: Order) -> float:
    """What is left to pay, with a voucher."""
    return 0.9 if order.voucher else 1.0
