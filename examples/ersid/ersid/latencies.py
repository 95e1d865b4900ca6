"""How long answers took: percentiles, and a histogram for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10

__all__ = ["Latencies", "histogram", "told"]

PERCENTILES = (50.0, 75.0, 90.0, 99.0, 99.9)
_EIGHTHS = " ▏▎▍▌▋▊▉█"
# A bar of the histogram is so much wider than the one above it: ten have the latencies tenfold.
_BARS_A_DECADE = 5


@dataclass(frozen=True)
class Latencies:
    """Seconds, in order."""

    ordered: Sequence[float]

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latencies:
        return cls(sorted(seconds))

    def percentile(self, percent: float) -> float:
        """The time within which so many of a hundred were answered."""
        at = ceil(len(self.ordered) * percent / 100) - 1
        return self.ordered[min(max(at, 0), len(self.ordered) - 1)]

    @property
    def mean(self) -> float:
        return sum(self.ordered) / len(self.ordered)

    def summary(self) -> dict[str, float]:
        """By their names."""
        percentiles = {f"p{percent:g}": self.percentile(percent) for percent in PERCENTILES}
        return {"mean": self.mean, **percentiles, "max": self.ordered[-1]}


def buckets(seconds: Sequence[float]) -> list[tuple[float, int]]:
    """Where bars begin, and how many fall into each; without a gap, from the first to the last."""
    places = [floor(log10(max(each, 1e-9)) * _BARS_A_DECADE) for each in seconds]
    counts = dict.fromkeys(range(min(places), max(places) + 1), 0)
    for place in places:
        counts[place] += 1
    return [(10 ** (place / _BARS_A_DECADE), count) for place, count in counts.items()]


def histogram(seconds: Sequence[float], width: int = 40) -> Iterator[str]:
    """Lines with bars. Each is labelled with the time at which it begins."""
    bars = buckets(seconds)
    most = max(count for _, count in bars)
    for begin, count in bars:
        yield f"{told(begin):>8} {_bar(count / most * width):{width}} {count:,}".rstrip()


def _bar(length: float) -> str:
    whole, rest = divmod(ceil(length * 8), 8)
    return "█" * whole + _EIGHTHS[rest].strip()


def told(seconds: float) -> str:
    """A time for people."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"
