"""What does a compiled key path cost beside the same written by hand?

Run it with `python -m benchmarks.paths`. The last answer is in `paths.txt`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from timeit import repeat
from typing import Any

from piped.paths import getter, setter

ROUNDS = 200_000
BATON: dict[str, Any] = {"a": 1, "b": {"c": 2, "d": {"e": 3}}}


def get_one(baton: dict[str, Any]) -> Any:
    return baton.get("a")


def get_two(baton: dict[str, Any]) -> Any:
    return baton.get("b", {}).get("c", None)


def get_three(baton: dict[str, Any]) -> Any:
    return baton.get("b", {}).get("d", {}).get("e", None)


def set_one(baton: dict[str, Any], value: Any) -> None:
    baton["a"] = value


def set_two(baton: dict[str, Any], value: Any) -> None:
    baton.setdefault("b", {})["c"] = value


PAIRS: dict[str, tuple[Callable[..., object], Callable[..., object], tuple[Any, ...]]] = {
    "read one": (getter("a"), get_one, (BATON,)),
    "read two": (getter("b.c"), get_two, (BATON,)),
    "read three": (getter("b.d.e"), get_three, (BATON,)),
    "write one": (setter("a"), set_one, (BATON, 1)),
    "write two": (setter("b.c"), set_two, (BATON, 1)),
}


def cost(call: Callable[..., object], arguments: tuple[Any, ...]) -> float:
    """Nanoseconds a call, of the best of several runs."""
    names = dict(zip("xy", arguments, strict=False))
    statement = f"call({', '.join(names)})"
    runs = repeat(statement, globals={"call": call, **names}, number=ROUNDS, repeat=9)
    return min(runs) / ROUNDS * 1e9


def main() -> None:
    lines = [f"Python {sys.version.split()[0]}", "", "              ours   by hand  ratio"]
    for name, (ours, by_hand, arguments) in PAIRS.items():
        mine, theirs = cost(ours, arguments), cost(by_hand, arguments)
        lines.append(f"{name:10}{mine:6.0f} ns{theirs:7.0f} ns{mine / theirs:7.2f}")
    answer = "\n".join(lines) + "\n"
    print(answer, end="")
    Path(__file__).with_suffix(".txt").write_text(answer)


if __name__ == "__main__":
    main()
