"""A failure that leaves the pipeline."""

from __future__ import annotations

import asyncio
import pickle
from typing import Any

import pytest
from twisted.internet.defer import ensureDeferred

import piped
from piped.exceptions import PipedError
from piped.problems import Place
from piped.processing.handling import called
from piped.processing.plan import Plan, Step
from piped.processing.run import run
from piped.processing.untaken import FailedAt, raise_untaken
from piped.testing import run_yaml

STEP = Step("b", str, place=Place("app.yaml", 12, 5))
PLAN = Plan("letters", (STEP,))


def test_it_says_where_it_was() -> None:
    with pytest.raises(RuntimeError) as caught:
        raise_untaken(RuntimeError(), PLAN, STEP)
    assert caught.value.__notes__ == ["in step 'b' of pipeline 'letters' (app.yaml:12)"]


def test_it_says_so_once() -> None:
    failure = RuntimeError()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            raise_untaken(failure, PLAN, STEP)
    assert len(failure.__notes__) == 1


def test_what_it_came_of_stays_what_it_was() -> None:
    failure, first, last = RuntimeError(), KeyError(), ValueError()
    failure.__context__ = first
    with pytest.raises(RuntimeError):
        called(last, lambda _: raise_untaken(failure, PLAN, STEP), None)
    assert failure.__context__ is first


async def test_the_note_knows_the_plan_and_does_not_take_it_elsewhere() -> None:
    def burst(baton: object) -> None:
        raise ValueError("burst")

    plan = Plan("letters", (Step("a", burst),))
    with pytest.raises(ValueError, match="burst") as caught:
        await run(plan, None)
    [note] = caught.value.__notes__
    assert isinstance(note, FailedAt)
    assert (note.plan, note.step.name) == (plan, "a")
    [copied] = pickle.loads(pickle.dumps(caught.value)).__notes__
    assert type(copied) is str
    assert copied == note


def test_a_stop_is_the_cause_of_what_is_raised() -> None:
    stop = StopIteration("stop")
    with pytest.raises(PipedError, match="a step raised StopIteration") as caught:
        raise_untaken(stop, PLAN, STEP)
    assert caught.value.__cause__ is caught.value.__context__ is stop


def test_where_twisted_cannot_wait_the_way_out_is_told() -> None:
    """A coroutine that Twisted drives cannot await a future of asyncio."""

    async def soon(baton: Any) -> Any:
        await asyncio.get_running_loop().run_in_executor(None, print)
        return baton

    @piped.processor("driven")
    def driven(baton: Any) -> Any:
        return ensureDeferred(soon(baton))

    with pytest.raises(RuntimeError, match="await wasn't used with future") as caught:
        run_yaml("- driven", 1, driven=driven)
    where, way_out = caught.value.__notes__
    assert where.startswith("in step 'driven-1'")
    assert "return the coroutine itself, or wait for piped.interop.outcome_of(it)" in way_out
    assert run_yaml("- soon", 1, soon=piped.processor("soon")(soon)) == [1]
