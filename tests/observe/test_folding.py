"""Long pipelines in columns."""

from __future__ import annotations

import itertools

from piped.observe.drawing import Arrow, Box, Frame
from piped.observe.folding import folds
from tests.observe.drawings import chain


def test_a_short_one_is_not_folded() -> None:
    assert folds(chain(16)) == set()


def test_columns_are_of_one_height() -> None:
    found = sorted(folds(chain(500)))
    [height] = {other - one for one, other in itertools.pairwise(found)}
    assert height > 500 / height


def test_an_arrow_that_holds_nothing_is_no_fold() -> None:
    frame = chain(40)
    loose = Arrow(frame.boxes[0].id, frame.boxes[-1].id, loose=True)
    assert folds(Frame("it", frame.boxes, [loose, *frame.arrows])) == {
        each + 1 for each in folds(frame)
    }


def test_nothing_is_nothing() -> None:
    assert folds(Frame("it", [Box("a", "a")])) == set()
