"""A plan in blocks."""

from __future__ import annotations

import pytest

from piped.processing.blocks import LONGEST, Blocks
from piped.processing.plan import Plan, Step


def block(index: int, *steps: Step) -> tuple[list[int], tuple[int, ...]]:
    """The steps of a block, and who gets what comes of it."""
    found = Blocks(Plan("it", steps))[index]
    return [at for at, _ in found.calls], found.consumers


def a(*consumers: int, errors: tuple[int, ...] = ()) -> Step:
    return Step("a", str, consumers, errors)


CASES = {
    "goes on while there is one consumer": (0, (a(1), a(2), a(3, 3), a()), [0, 1, 2], (3, 3)),
    "ends before a step with error consumers": (0, (a(1), a(2, errors=(3,)), a(), a()), [0], (1,)),
    "may begin with one": (1, (a(1), a(2, errors=(3,)), a(), a()), [1, 2], ()),
    "ends before it goes back": (0, (a(1), a(0)), [0, 1], (0,)),
    "begins behind a step, too": (4, (a(1), a(2), a(3), a()), [1, 2, 3], ()),
    "which may be the last": (1, (a(),), [], ()),
}


@pytest.mark.parametrize(("index", "steps", "calls", "consumers"), CASES.values(), ids=CASES)
def test_a_block(
    index: int, steps: tuple[Step, ...], calls: list[int], consumers: tuple[int, ...]
) -> None:
    assert block(index, *steps) == (calls, consumers)


def test_a_block_ends_at_a_choice() -> None:
    found = Blocks(Plan("it", (Step("a", str, (1,), choose=lambda _: ()), a())))[0]
    assert len(found.calls) == 1
    assert found.choose is not None


def test_a_step_leaves_a_mark_when_it_begins_and_not_behind_it() -> None:
    blocks = Blocks(Plan("it", (a(errors=(1,)), a())))
    assert [blocks[index].entry for index in (0, 2)] == [~0, None]


def test_blocks_are_short() -> None:
    steps = [a(at + 1) for at in range(LONGEST * 2)]
    calls, consumers = block(0, *steps, a())
    assert (len(calls), consumers) == (LONGEST, (LONGEST,))


def test_a_step_that_repeats_is_called_alone_and_put_back() -> None:
    again = Step("again", print, (2,), repeats=True)
    blocks = Blocks(Plan("it", (a(1), again, a())))
    assert [[at for at, _ in blocks[index].calls] for index in range(3)] == [[0], [1], [2]]
    assert [blocks[index].entry for index in (1, 4)] == [1, None]
    assert blocks[4].calls == ()
