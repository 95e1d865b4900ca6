"""A failure that leaves the pipeline."""

from __future__ import annotations

import pytest

from piped.problems import Place
from piped.processing.handling import called
from piped.processing.plan import Plan, Step
from piped.processing.untaken import raise_untaken

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
