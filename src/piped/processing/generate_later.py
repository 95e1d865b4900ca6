"""Write the coroutine function that goes on, once an output comes later.

It has the positions of `run` (see `piped.processing.generate`), so that it can begin at any of them
that is in no `except` clause. The ways to a position are walked without doing what stands there.
"""

from __future__ import annotations

from piped.processing.generate import Run, Spot, Written
from piped.processing.plan import Plan

__all__ = ["written_later"]


def written_later(plan: Plan, *, loops: bool = True) -> Written:
    """The function `later` for `plan`. The positions are those of `run`."""
    return _Later(plan, loops=loops).written()


class _Later(Run):
    """Writes `later`: each line asks whether it is passed over."""

    before = -1

    def pause(self) -> str:
        return "await sleep(0)"

    def head(self) -> list[str]:
        first = f"async def later(at, out, {self.held()}):"
        # It begins in the place of a turn that took too long.
        return [
            first,
            "    turns = 0",
            "    if at < 0: await sleep(0)",
            "    try:",
            "        while True:",
        ]

    def tail(self, end: str = "return await arrive(rest)") -> list[str]:
        return super().tail(end)

    def call(self, step: int, before: Spot, after: Spot) -> None:
        at, call = after.at, self.text_of(step, f"v{before.variable}")
        self.line(after, f"if at < {at}: at = {at}; out = {call}")
        self.line(after, f"if at == {at}:")
        self.line(after, "    if type(out) not in ordinary and waits(out):")
        # As `settled` has it. A call less is much here.
        self.line(after, "        try: out = await (Begun(out, out.send(None))")
        self.line(
            after,
            "            if type(out) is Coroutine and not out.cr_suspended else settled(out))",
        )
        self.line(after, "        except StopIteration as ended: out = ended.value")
        self.line(after, "        if type(out) not in ordinary: raise_failure_in(out)")
        self.line(after, f"    v{after.variable} = out")

    def result(self, spot: Spot, baton: str) -> None:
        result = f"results.append({baton})" if self.forks else f"return [{baton}]"
        self.line(spot, f"if at == {spot.at}: {result}")

    def choose(self, choice: str, spot: Spot) -> None:
        self.line(spot, f"chosen = {choice} if at == {spot.at} else None")

    def within(self, first: int, last: int) -> str:
        return f" or {first} <= at <= {last}"

    def unless_past(self, at: int) -> str:
        return f"if at < {at}: "
