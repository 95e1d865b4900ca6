"""What goes over between the two processes, and the work that is done there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from piped import flows


@dataclass
class Number:
    """One that is to be taken apart."""

    number: int


@dataclass
class Factors:
    """A number, and the primes that it is made of."""

    number: int
    primes: list[int]


@flows.tube
def read(line: str) -> Number:
    """The number of a line."""
    number = int(line)
    if number < 1:
        raise ValueError(f"{number} has no factors")
    return Number(number)


@flows.tube
def factored(asked: Number) -> Factors:
    """Take a number apart, by trying: that takes as long as it takes."""
    return Factors(asked.number, list(primes_of(asked.number)))


@flows.tube
def row(factors: Factors) -> list[object]:
    """What is stored of it."""
    return [factors.number, " ".join(map(str, factors.primes))]


def primes_of(number: int) -> Iterator[int]:
    """The primes that it is the product of."""
    divisor = 2
    while divisor * divisor <= number:
        while number % divisor == 0:
            yield divisor
            number //= divisor
        divisor += 1
    if number > 1:
        yield number
