"""Drawings of dot text."""

from __future__ import annotations

from hypothesis import given, strategies as st

from piped.observe.dot import dot
from piped.observe.dot_drawing import drawing_of
from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame, Look
from tests.observe.drawings import chain, drawing

names = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"]), min_size=1, max_size=8)
looks = st.builds(
    Look,
    st.sampled_from(["", "green", "#00FF00"]),
    st.sampled_from(["", "dashed", "dotted"]),
    tooltip=st.sampled_from(["", "3 ms"]),
)


def normal(given: Drawing) -> Drawing:
    """Without what is of no meaning for a picture."""
    frames = [Frame(each.name, list(each.boxes), list(each.arrows)) for each in given.frames]
    return Drawing(frames, tuple(given.between))


def test_what_is_drawn_here_is_read_as_it_was() -> None:
    for each in (drawing("a: b !c, b: c"), Drawing([chain(30), chain(10, "other")])):
        assert normal(drawing_of(dot(each))) == normal(each)


@given(st.tuples(names, names, names), st.sampled_from(BoxKind), looks, looks)
def test_so_it_is_with_any_name_and_look(
    called: tuple[str, str, str], kind: BoxKind, look: Look, line: Look
) -> None:
    frame, one, other = called
    # A reference is dashed by its kind.
    if kind is BoxKind.REFERENCE and look.line == "dashed":
        look = Look()
    boxes = [Box("1", one, kind, look=look), Box("2", other)]
    arrow = Arrow(boxes[0].id, boxes[1].id, look=line, label="1", id="baton_1")
    given_ = Drawing([Frame(frame, boxes, [arrow])])
    assert normal(drawing_of(dot(given_))) == normal(given_)


def test_what_looks_like_markup_within_quotes_is_text() -> None:
    [frame] = drawing_of('digraph { a [label="<b>"] }').frames
    assert frame.boxes[0].label == "<b>"


def test_what_others_have_written_is_drawn_as_far_as_it_is_known() -> None:
    found = drawing_of(
        "graph { rankdir=BT; a [label=<<b>A</b><br/>&amp; so>]; a -- b [dir=none];"
        ' subgraph cluster_0 { label="in\\lside"; c [shape=diamond color="red:blue"];'
        " d [shape=record style=filled fillcolor=yellow] } b -- c [constraint=false] }"
    )
    outside, inside = found.frames
    assert [(box.label, box.detail) for box in outside.boxes] == [("A", "& so"), ("b", "")]
    assert outside.upwards
    assert not outside.arrows[0].look.head
    assert inside.name == "in side"
    assert [box.kind for box in inside.boxes] == [BoxKind.DECIDER, BoxKind.STEP]
    assert inside.boxes[0].look.colour == "red"
    assert inside.boxes[1].look.fill == "yellow"
    [between] = found.between
    assert (between.source, between.target, between.loose) == ("b", "c", True)
