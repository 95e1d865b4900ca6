"""A buffer that goes on to the disk, and survives crashes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from piped.exceptions import FlowError
from piped.flows import CONFIRMED, END, Collector, Flow, Items, Reason, spill
from piped.flows.receipt import refused

from .parts import Hand, Source, joined


async def until(condition: Callable[[], object]) -> None:
    """Wait for what a thread does."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a thread does it
            await asyncio.sleep(0.001)


async def begun(folder: Path, **options: Any) -> tuple[Source, Any, Hand]:
    """A source, what spills to the folder, and a hand that takes nothing."""
    source, hand = Source(), Hand()
    joined(source, spill(folder, **options), hand)
    hand.pause()
    part: Any = source.drain
    await until(lambda: part.journal.unread or part._task is None)
    return source, part, hand


async def over(source: Source, hand: Hand) -> None:
    """Take and confirm all, and wait for the end."""
    source.end(END)
    while hand.pauses:
        hand.resume()

    def ended() -> bool:
        hand.settle_all()
        return hand.is_done and source.drain.is_done  # type: ignore[union-attr]

    await until(ended)


async def closed(source: Source, part: Any, hand: Hand) -> None:
    """Stop it, as somebody does who has to go."""
    hand.stop(Reason("the end of the day"))
    hand.settle_all(refused(RuntimeError("the end of the day")))
    await until(lambda: hand.reason is not None and part.is_done)


async def test_what_is_taken_at_once_passes(tmp_path: Path) -> None:
    source, part, hand = await begun(tmp_path)
    hand.resume()
    source.push("a", "b")
    assert hand.items == ["a", "b"]
    assert source.confirmed == []
    hand.settle()
    assert source.confirmed == ["a", "b"]
    assert part.journal.size == 0
    await over(source, hand)


async def test_what_waits_in_memory_is_confirmed_when_it_is_stored(tmp_path: Path) -> None:
    source, part, hand = await begun(tmp_path, items=2)
    source.push("a", "b")
    assert source.confirmed == []
    hand.resume()
    hand.settle()
    assert source.confirmed == ["a", "b"]
    assert part.journal.size == 0
    await over(source, hand)


async def test_what_is_beyond_is_confirmed_when_it_is_on_the_disk(tmp_path: Path) -> None:
    source, part, hand = await begun(tmp_path, items=2)
    source.push("a", "b", "c", "d")
    await until(lambda: source.confirmed)
    assert source.confirmed == ["c", "d"]
    assert part.journal.left == 2
    await over(source, hand)
    assert hand.items == ["a", "b", "c", "d"]
    assert source.confirmed == ["a", "b", "c", "d"]
    assert part.journal.left == 0
    assert list(tmp_path.glob("*.segment")) == []


async def test_what_comes_later_does_not_overtake_what_is_on_the_disk(tmp_path: Path) -> None:
    source, _, hand = await begun(tmp_path, items=2)
    source.push(1, 2, 3, 4)
    await until(lambda: source.confirmed)
    hand.resume()
    for number in range(5, 200):
        source.push(number)
        if number % 7 == 0:
            hand.settle_all()
            await asyncio.sleep(0)
    await over(source, hand)
    assert hand.items == list(range(1, 200))


async def test_what_is_on_the_disk_comes_first_the_next_time(tmp_path: Path) -> None:
    source, part, hand = await begun(tmp_path, items=1)
    source.push("a", "b", "c")
    await until(lambda: source.confirmed)
    await closed(source, part, hand)
    assert [answers[0].badness for answers in source.answers.values()] == [2, 0, 0]
    source, part, hand = await begun(tmp_path, items=1)
    source.push("d")
    await over(source, hand)
    assert hand.items == ["b", "c", "d"]


async def test_what_was_refused_behind_stays_for_the_next_time(tmp_path: Path) -> None:
    source, part, hand = await begun(tmp_path, items=1)
    source.push("a", "b", "c")
    await until(lambda: len(source.confirmed) == 2)
    hand.resume()
    await until(lambda: hand.items == ["a", "b", "c"])
    for batch in hand.batches:
        answer = refused(ValueError()) if "b" in batch.items else CONFIRMED
        for receipt in batch.receipts or ():
            receipt.settle(answer)
    hand.batches.clear()
    await over(source, hand)
    assert part.kept >= 1
    source, part, hand = await begun(tmp_path, items=5)
    await over(source, hand)
    assert hand.items[0] == "b"


async def test_too_much_on_the_disk_holds_the_source_back(tmp_path: Path) -> None:
    source, part, hand = await begun(tmp_path, items=1, disk=100)
    source.push("a", "b" * 200)
    await until(lambda: not source.is_flowing and not part._task)
    hand.resume()
    await until(lambda: len(hand.items) == 2)
    assert not source.is_flowing
    hand.settle_all()
    await until(lambda: source.is_flowing)
    await over(source, hand)


async def test_what_cannot_be_written_down_is_refused_alone(tmp_path: Path) -> None:
    source, _, hand = await begun(tmp_path, items=1)
    source.push("a", (1, 2), "b")
    await until(lambda: source.answers[1, 2])
    await over(source, hand)
    assert hand.items == ["a", "b"]
    assert type(source.answers[1, 2][0].failure) is FlowError


async def test_a_codec_says_how_items_are_written_down(tmp_path: Path) -> None:
    class Pairs:
        def encode(self, item: Any) -> bytes:
            return b"%d %d" % item

        def decode(self, data: bytes) -> Any:
            return tuple(map(int, data.split()))

    source, _, hand = await begun(tmp_path, items=1, codec=Pairs())
    source.push((1, 2), (3, 4))
    await over(source, hand)
    assert hand.items == [(1, 2), (3, 4)]


async def test_memory_is_bounded_by_the_size_of_items_too(tmp_path: Path) -> None:
    source, part, hand = await begun(tmp_path, size=10)
    source.push("a" * 6, "b" * 6)
    await until(lambda: source.confirmed)
    assert source.confirmed == ["b" * 6]
    assert part.weight <= 10 + 6, "the bound, and one item"
    await over(source, hand)
    assert hand.items == ["a" * 6, "b" * 6]


async def test_a_folder_of_somebody_else_ends_the_flow(tmp_path: Path) -> None:
    source, _, hand = await begun(tmp_path)
    with pytest.raises(FlowError, match="somebody else's"):
        await Flow(Items([1]), spill(tmp_path), Collector()).run()
    await over(source, hand)


async def test_a_disk_that_cannot_be_written_refuses_what_would_go_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(payloads: list[bytes]) -> None:
        raise OSError("no space left")

    source, part, hand = await begun(tmp_path, items=1)
    monkeypatch.setattr(part.journal, "append", full)
    source.push("a", "b")
    await until(lambda: source.answers["b"])
    assert source.answers["b"][0].badness == 2
    monkeypatch.undo()
    source.push("c")
    await over(source, hand)
    assert hand.items == ["a", "c"]


async def test_a_flow_through_a_slow_drain_keeps_its_order(tmp_path: Path) -> None:
    stored: list[int] = []

    async def slow(items: list[int]) -> None:
        await asyncio.sleep(0)
        stored.extend(items)

    from piped.flows import drain

    told: list[int] = []
    fount = Items(range(5000), size=50, told=lambda answer, items: told.extend(items))
    flow = Flow(fount, spill(tmp_path, items=20), drain(slow))
    async with asyncio.timeout(60):
        await flow.run()
    assert stored == list(range(5000))
    assert sorted(told) == list(range(5000))
