"""Tubes that work in child processes."""

from __future__ import annotations

import asyncio
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from piped import flows
from piped.clock import LoopClock
from piped.exceptions import ChildLost, FailedElsewhere
from piped.flows import END, Collector, Flow, Items, Reason, processes
from piped.flows.receipt import refused

from .parts import Hand, Source, joined


def work(name: str, **options: Any) -> Any:
    return processes(f"child_work:{name}", **options)


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Children find modules where their parent does."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))


async def until(condition: Callable[[], object]) -> None:
    """Wait for what other processes do."""
    async with asyncio.timeout(40):
        while not condition():  # noqa: ASYNC110 - another process does it
            await asyncio.sleep(0.002)


async def run(items: Any, part: Any) -> list[Any]:
    kept = Collector()
    async with asyncio.timeout(40):
        assert await Flow(Items(items), part, kept).run() is END
    return kept.items


async def all_done(source: Source, hand: Hand) -> None:
    """End it, confirm all, and wait until no process is left."""
    source.end(END)
    part: Any = source.drain

    def is_done() -> bool:
        hand.settle_all()
        return bool(hand.is_done and part.is_done)

    await until(is_done)


@pytest.mark.parametrize("parallel", [1, 3])
async def test_a_function_works_elsewhere_in_order(parallel: int) -> None:
    made = await run(range(500), work("negated", parallel=parallel))
    assert made == [-number for number in range(500)]


async def test_several_processes_work_at_once(tmp_path: Path) -> None:
    items = [(number, str(tmp_path)) for number in range(500)]
    made = await run(items, work("met", parallel=2, ahead=4, ordered=False))
    assert sorted(made) == list(range(500))
    assert len(list(tmp_path.iterdir())) == 2


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("digits", [1, 2, 3]),
        ("later", [13, 4]),
        ("counted", [*range(12), 0, 1, 2]),
        ("both", [-12, -3, 1, 2, 3]),
        ("lists", [[13, 4]]),
        ("Summed", [15]),
    ],
)
async def test_whatever_can_be_a_tube_can_work_elsewhere(name: str, made: list[Any]) -> None:
    found = await run([12, 3], work(name))
    assert (sorted(found) if name == "both" else found) == made


async def test_a_series_may_hold_any_number_of_items_and_so_may_what_follows_it() -> None:
    made = await run(range(250), flows.series(work("hundreds", ahead=2), flows.batch(10)))
    assert [len(items) for [*lists] in made for items in lists] == [100, 100, 50]


async def test_an_item_is_confirmed_when_what_came_of_it_is_stored() -> None:
    source, hand = Source(), Hand()
    joined(source, work("digits"), hand)
    await until(lambda: source.is_flowing)
    source.push(12, 3)
    await until(lambda: hand.items == [1, 2, 3])
    assert source.confirmed == []
    hand.settle_all()
    await until(lambda: source.confirmed == [12, 3])
    await all_done(source, hand)


async def test_answers_cross_over_to_a_series_and_back() -> None:
    source, hand = Source(), Hand()
    joined(source, work("lists"), hand)
    source.push(1, 2, 3, 4, 5)
    await until(lambda: hand.items == [[2, 3, 4]])
    hand.settle(refused(ValueError("no")))
    await until(lambda: len([each for each in source.answers.values() if each]) == 3)
    assert [type(answers[0].failure) for answers in list(source.answers.values())[:3]] == [
        ValueError
    ] * 3
    await all_done(source, hand)
    assert hand.items == [[2, 3, 4], [5, 6]]
    assert source.confirmed == [4, 5]


async def test_what_fails_is_refused_alone_with_its_failure() -> None:
    source, hand = Source(), Hand()
    joined(source, work("failing"), hand)
    source.push(1, 2, 3, 4)
    await until(lambda: hand.items == [2, 4])
    hand.settle_all()
    await all_done(source, hand)
    assert source.confirmed == [2, 4]
    assert type(source.answers[1][0].failure) is ValueError


@pytest.mark.parametrize("name", ["strangely_failing", "unsendable"])
async def test_what_cannot_come_back_says_what_it_was(name: str) -> None:
    source, hand = Source(), Hand()
    joined(source, work(name), hand)
    source.push(1)
    await until(lambda: source.answers[1])
    assert isinstance(source.answers[1][0].failure, Exception)
    if name == "strangely_failing":
        assert type(source.answers[1][0].failure) is FailedElsewhere
    await all_done(source, hand)


async def test_what_cannot_be_sent_is_refused_alone() -> None:
    def local() -> None: ...

    source, hand = Source(), Hand()
    joined(source, work("negated"), hand)
    source.push(1, local, 2)
    await until(lambda: hand.items == [-1, -2])
    assert source.answers[local][0].badness == 2
    await all_done(source, hand)


async def test_what_a_dead_child_had_under_way_is_refused_and_another_one_goes_on() -> None:
    source, hand = Source(), Hand()
    joined(source, work("deadly", ahead=1), hand, time=LoopClock())
    source.push(1, 2, 3, 4, 5)
    await until(lambda: hand.items[-1:] == [5])
    await all_done(source, hand)
    assert type(source.answers[3][0].failure) is ChildLost
    assert source.confirmed == hand.items
    assert len(source.confirmed) >= 3, "the dead one had two under way at most"


async def test_what_a_dead_child_had_not_begun_is_sent_to_another_one() -> None:
    source, hand = Source(), Hand()
    joined(source, work("deadly", ahead=16), hand, time=LoopClock())
    source.push(*range(10))
    await until(lambda: hand.items[-1:] == [9])
    await all_done(source, hand)
    assert hand.items == [0, 1, 2, 4, 5, 6, 7, 8, 9]
    assert type(source.answers[3][0].failure) is ChildLost


async def test_what_a_dead_child_had_under_way_may_be_sent_again(tmp_path: Path) -> None:
    items = [(number, str(tmp_path)) for number in range(6)]
    made = await run(items, work("dying", parallel=2, retry=4))
    assert made == list(range(6))


async def test_what_a_dead_child_has_made_is_not_made_again(tmp_path: Path) -> None:
    path = tmp_path / "die"
    source, hand = Source(), Hand()
    joined(source, work("dying_later", retry=1), hand, time=LoopClock())
    source.push(*[(number, str(path)) for number in (1, 2, 3)])
    await until(lambda: hand.items == [1])
    hand.settle()
    path.touch()
    await until(lambda: hand.items == [1, 2, 3])
    await all_done(source, hand)
    assert len(source.confirmed) == 3


@pytest.mark.parametrize(("seed", "ordered"), [(1, True), (2, False)])
async def test_every_item_comes_once_however_many_children_are_killed(
    seed: int, ordered: bool
) -> None:
    chance = random.Random(seed)
    source, hand = Source(), Hand()
    part_of = work("negated", parallel=2, retry=100, ahead=8, ordered=ordered)
    joined(source, part_of, hand, time=LoopClock())
    part: Any = source.drain
    killed = 0
    for first in range(0, 600, 20):
        await until(lambda: source.is_flowing)
        source.push(*range(first, first + 20))
        if chance.random() < 0.4:
            hand.pause()
        if chance.random() < 0.3 and part._workers:
            chance.choice(list(part._workers)).kill()
            killed += 1
        if hand.pauses:
            hand.resume()
        hand.settle_all()
    await until(lambda: len(hand.items) == 600)
    await all_done(source, hand)
    assert killed > 3
    if ordered:
        assert hand.items == [-number for number in range(600)]
    assert sorted(source.confirmed) == list(range(600))
    assert len(set(hand.items)) == 600


async def test_who_pauses_holds_back_the_children_and_the_source() -> None:
    source, hand = Source(), Hand()
    joined(source, work("negated", ahead=4), hand)
    hand.pause()
    part: Any = source.drain
    sent = 0
    await until(lambda: source.is_flowing)
    while source.is_flowing and sent < 10_000:
        source.push(*range(sent, sent + 4))
        sent += 4
        for _ in range(20):
            await asyncio.sleep(0.001)
    assert sent < 100, "what waits is bounded"
    assert part.waiting < 100
    hand.resume()
    await until(lambda: len(hand.items) == sent)
    assert hand.items == [-number for number in range(sent)]
    await all_done(source, hand)


async def test_a_stop_ends_the_processes_in_order(tmp_path: Path) -> None:
    path = tmp_path / "go on"
    source, hand = Source(), Hand()
    joined(source, work("waiting"), hand)
    part: Any = source.drain
    source.push(str(path), str(path) + "2")
    await until(lambda: part._jobs)
    hand.stop(Reason("enough"))
    path.touch()
    Path(str(path) + "2").touch()
    await until(lambda: hand.is_done and part.is_done)
    assert [answers[0].badness for answers in source.answers.values()] == [2, 2]
    assert hand.items == []


async def test_a_process_that_does_not_end_is_killed(tmp_path: Path) -> None:
    from piped.testing import ManualClock

    source, hand, clock = Source(), Hand(), ManualClock()
    joined(source, work("waiting"), hand, time=clock)
    part: Any = source.drain
    source.push(str(tmp_path / "never"))
    await until(lambda: part._jobs)
    hand.stop(Reason("enough"))
    await clock.advance(10)
    await until(lambda: hand.is_done and part.is_done)
    assert [answers[0].badness for answers in source.answers.values()] == [2]


def test_a_child_ends_when_its_parent_is_gone() -> None:
    ours, theirs = socket.socketpair()
    command = [sys.executable, "-m", "piped.flows.child", str(theirs.fileno()), "1"]
    path = os.pathsep.join(filter(None, sys.path))
    with theirs:
        child = subprocess.Popen(
            [*command, "child_work:negated"],
            pass_fds=[theirs.fileno()],
            env=os.environ | {"PYTHONPATH": path},
        )
    ours.close()
    assert child.wait(40) == 0


async def test_a_target_that_is_not_there_ends_the_flow() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        await run([1], work("nothing"))


@pytest.mark.parametrize(
    "options",
    [{"target": "module"}, {"target": "a:b", "parallel": 0}, {"target": "a:b", "ahead": 0}],
)
def test_what_cannot_be_is_told_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"module:attribute|at least"):
        processes(**options)


async def test_a_drain_that_takes_its_time_gets_all_that_several_children_make() -> None:
    kept: list[int] = []

    async def keep(items: list[int]) -> None:
        await asyncio.sleep(0)
        kept.extend(items)

    async with asyncio.timeout(60):
        tube = flows.processes("operator:neg", parallel=2)
        await flows.Flow(flows.Items(range(50)), tube, flows.drain(keep)).run()
    assert kept == [-number for number in range(50)]
