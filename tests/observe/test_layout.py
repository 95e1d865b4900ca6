"""The places of everything in one frame."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings

from piped.observe.drawing import Arrow, Box, Frame
from piped.observe.layout import LaidFrame, laid_out
from tests.observe.drawings import chain
from tests.observe.test_layers import graphs


def overlapping(laid: LaidFrame) -> list[tuple[str, str]]:
    return [
        (one.label, other.label)
        for one, other in combinations(laid.boxes, 2)
        if abs(one.x - other.x) < (one.width + other.width) / 2
        and abs(one.y - other.y) < (one.height + other.height) / 2
    ]


def outside(laid: LaidFrame) -> list[str]:
    return [
        each.label
        for each in laid.boxes
        if each.x - each.width / 2 < 0
        or each.x + each.width / 2 > laid.width
        or each.y - each.height / 2 < 0
        or each.y + each.height / 2 > laid.height
    ]


@settings(max_examples=50)
@given(graphs)
def test_boxes_stand_apart_and_within_their_frame(
    graph: tuple[int, list[tuple[int, int]]],
) -> None:
    count, edges = graph
    boxes = [Box(str(at), f"step-{at}", detail="x" * (at % 3)) for at in range(count)]
    laid = laid_out(Frame("it", boxes, [Arrow(str(one), str(to)) for one, to in edges]))
    assert overlapping(laid) == []
    assert outside(laid) == []
    assert len(laid.arrows) == len(edges)


def test_a_short_chain_stands_below_each_other() -> None:
    laid = laid_out(chain(10))
    assert len({box.x for box in laid.boxes}) == 1
    assert [box.y for box in laid.boxes] == sorted(box.y for box in laid.boxes)


def test_a_long_chain_goes_on_in_another_column() -> None:
    laid = laid_out(chain(500))
    assert len({round(box.x) for box in laid.boxes}) > 5
    assert 0.5 < laid.width / laid.height < 3
    assert overlapping(laid) == []


def test_a_pipeline_without_steps_has_a_frame_for_its_name() -> None:
    laid = laid_out(Frame("nothing", note="inherits less"))
    assert laid.title == "nothing (inherits less)"
    assert laid.width > 60
    assert laid.height > 40


def test_an_arrow_to_itself_goes_round_the_side() -> None:
    [arrow] = laid_out(Frame("it", [Box("a", "a")], [Arrow("a", "a")])).arrows
    assert arrow.path.startswith("M")


def test_a_label_that_is_too_long_is_cut() -> None:
    [box] = laid_out(Frame("it", [Box("a", "long " * 100)])).boxes
    assert box.label.endswith("…")
    assert box.width < 300


def test_the_way_of_what_does_not_fail_is_straight() -> None:
    frame = chain(10)
    aside = [Box(f"aside-{at}", "handled") for at in range(9)]
    errors = [Arrow(frame.boxes[at].id, each.id, error=True) for at, each in enumerate(aside)]
    laid = laid_out(Frame("it", [*frame.boxes, *aside], [*frame.arrows, *errors]))
    places = [round(box.x) for box in laid.boxes[:10]]
    assert max(places) - min(places) <= 6
    assert overlapping(laid) == []


def test_arrows_may_lead_up() -> None:
    boxes = [Box("needed", "needed"), Box("needs", "needs")]
    laid = laid_out(Frame("", boxes, [Arrow("needed", "needs")], upwards=True))
    assert laid.boxes[0].y > laid.boxes[1].y


def test_a_loose_arrow_moves_nothing() -> None:
    frame = chain(5)
    loose = Arrow(frame.boxes[3].id, frame.boxes[0].id, loose=True)
    laid = laid_out(Frame("chain", frame.boxes, [*frame.arrows, loose]))
    assert laid.boxes == laid_out(frame).boxes
    assert laid.arrows[-1].arrow is loose
