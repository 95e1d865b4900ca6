"""The rules of starting and stopping, in a notation of their own.

A scenario is a list of phases, "a b!open c!close": what opens or closes is told in order.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

import pytest
from hypothesis import given, strategies as st
from twisted.internet.defer import Deferred

from piped.daemon.phases import Phase, PhaseFailed, Phases, PhaseStuck
from piped.testing.clock import ManualClock

#   what is tried: (phases, what happens in order, what is told to have failed)
SCENARIOS = {
    "phases close in reverse": ("a b c", "+a +b +c -c -b -a", ""),
    "nothing to close is fine": ("a b?", "+a +b -a", ""),
    "no phases at all": ("", "", ""),
    "a failing phase closes what was open": ("a b c!open d", "+a +b +c! -b -a", "c:open"),
    "the first may fail, too": ("a!open b", "+a!", "a:open"),
    "one that does not close keeps no other open": (
        "a b!close c",
        "+a +b +c -c -b! -a",
        "b:close",
    ),
    "all that fail in closing are told": (
        "a!close b!close c",
        "+a +b +c -c -b! -a!",
        "b:close a:close",
    ),
    "a failure in closing does not hide the one in opening": (
        "a!close b c!open",
        "+a +b +c! -b -a!",
        "c:open a:close",
    ),
}


class Stage:
    """Phases that write down what they do. Asynchronous ones give the others a turn first."""

    def __init__(self, scenario: str, *, asynchronous: bool) -> None:
        self.told: list[str] = []
        self.asynchronous = asynchronous
        self.phases = [self.phase(*each.partition("!")) for each in scenario.split()]

    def phase(self, name: str, _: str, fails: str) -> Phase:
        plain = name.rstrip("?")
        close = None if name.endswith("?") else self.act("-" + plain, fails=fails == "close")
        return Phase(plain, self.act("+" + plain, fails=fails == "open"), close)

    def act(self, what: str, *, fails: bool) -> Callable[[], object]:
        def now() -> None:
            self.told.append(what + "!" * fails)
            if fails:
                raise RuntimeError(what)

        async def later() -> None:
            await asyncio.sleep(0)
            now()

        return later if self.asynchronous else now


@pytest.mark.parametrize("asynchronous", [False, True], ids=["plain", "asynchronous"])
@pytest.mark.parametrize(("scenario", "happens", "failing"), SCENARIOS.values(), ids=SCENARIOS)
async def test_scenario(scenario: str, happens: str, failing: str, asynchronous: bool) -> None:
    stage = Stage(scenario, asynchronous=asynchronous)
    failures = await start_and_stop(Phases(stage.phases))
    assert stage.told == happens.split()
    assert [f"{each.phase}:{each.msg.split()[-1]}" for each in failures] == failing.split()
    assert all(isinstance(each.cause, RuntimeError) for each in failures)


async def start_and_stop(phases: Phases) -> list[PhaseFailed]:
    try:
        await phases.start()
    except PhaseFailed as failed:
        assert phases.open == ()
        return [failed, *failed.closing]
    return list(await phases.stop())


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=6), st.booleans())
def test_whatever_opens_is_closed_once_in_reverse(
    plan: list[tuple[bool, bool, bool]], asynchronous: bool
) -> None:
    logging.getLogger("piped.daemon.phases").disabled = True
    marks = ["!open" * opens or "!close" * closes for opens, closes, _ in plan]
    stage = Stage(
        " ".join(f"p{n}{mark}" for n, mark in enumerate(marks)), asynchronous=asynchronous
    )
    asyncio.run(start_and_stop(Phases(stage.phases)))
    opened = [each[1:] for each in stage.told if each[0] == "+" and each[-1] != "!"]
    closed = [each[1:].rstrip("!") for each in stage.told if each[0] == "-"]
    assert closed == opened[::-1]


async def test_a_failure_says_which_phase_and_keeps_its_cause() -> None:
    cause = OSError("address in use")

    def burst() -> None:
        raise cause

    with pytest.raises(PhaseFailed) as caught:
        await Phases([Phase("web", burst)]).start()
    assert caught.value.cause is cause
    assert caught.value.msg == "web did not open"
    assert "OSError: address in use" in str(caught.value)


async def test_a_deferred_is_waited_for_as_anything_else() -> None:
    opened, closed = Deferred[None](), Deferred[None]()
    phases = Phases([Phase("old", lambda: opened, lambda: closed)])
    starting = asyncio.create_task(phases.start())
    await ManualClock().settle()
    assert phases.open == ()
    opened.callback(None)
    await starting
    stopping = asyncio.create_task(phases.stop())
    await ManualClock().settle()
    assert not stopping.done()
    closed.callback(None)
    assert await stopping == ()


async def test_what_is_under_way_has_a_name() -> None:
    seen = []

    def act() -> None:
        seen.append(phases.current)

    phases = Phases([Phase("a", act, act), Phase("b", act, act)])
    await phases.start()
    assert (phases.current, phases.open) == ("", ("a", "b"))
    await phases.stop()
    assert seen == ["a", "b", "b", "a"]
    assert (phases.current, phases.open) == ("", ())


async def test_stopping_twice_closes_once() -> None:
    stage = Stage("a", asynchronous=False)
    phases = Phases(stage.phases)
    await phases.start()
    await phases.stop()
    await phases.stop()
    assert stage.told == ["+a", "-a"]


async def test_starting_twice_is_our_mistake() -> None:
    phases = Phases(Stage("a", asynchronous=False).phases)
    await phases.start()
    with pytest.raises(AssertionError, match="started already"):
        await phases.start()


async def test_a_cancelled_start_closes_what_was_open() -> None:
    stage, entered = Stage("a b", asynchronous=True), asyncio.Event()

    async def hang() -> None:
        entered.set()
        await asyncio.Event().wait()

    start = asyncio.create_task(Phases([*stage.phases, Phase("slow", hang)]).start())
    await entered.wait()
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert stage.told == ["+a", "+b", "-b", "-a"]


async def test_a_phase_that_hangs_is_named_cancelled_and_left_behind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock, stage, cancelled = ManualClock(), Stage("a", asynchronous=True), asyncio.Event()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    phases = Phases([*stage.phases, Phase("slow", str, hang)], limit=5, clock=clock)
    await phases.start()
    stopping = asyncio.create_task(phases.stop())
    await clock.advance(4.9)
    assert not stopping.done()
    await clock.advance(0.1)
    [failure] = await stopping
    await cancelled.wait()
    assert isinstance(failure.cause, PhaseStuck)
    assert stage.told == ["+a", "-a"]
    assert "slow was still closing after 5 seconds" in caplog.messages[-1]
    assert clock.waiting == 0


async def test_one_left_behind_that_fails_late_is_told_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    clock = ManualClock()

    async def hang() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise RuntimeError("half closed") from None

    phases = Phases([Phase("slow", str, hang)], limit=5, clock=clock)
    await phases.start()
    stopping = asyncio.create_task(phases.stop())
    await clock.advance(5)
    await stopping
    await clock.settle()
    assert caplog.messages[-1] == "slow failed to close, late"
    assert "half closed" in caplog.text


async def test_a_closing_that_is_cancelled_by_others_closes_the_rest() -> None:
    stage = Stage("a", asynchronous=True)

    async def give_up() -> None:
        raise asyncio.CancelledError

    phases = Phases([*stage.phases, Phase("odd", str, give_up)])
    await phases.start()
    [failure] = await phases.stop()
    assert "the closing of odd was cancelled" in str(failure)
    assert stage.told == ["+a", "-a"]
