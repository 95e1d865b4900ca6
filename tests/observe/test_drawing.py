"""Drawings as data."""

from __future__ import annotations

import json

from piped.observe.drawing import Arrow, Box, BoxKind, Drawing, Frame

TWO = Drawing(
    [
        Frame("one", [Box("a", "A", BoxKind.SOURCE), Box("b", "B")], [Arrow("a", "b", error=True)]),
        Frame("two", [Box("c", "C", detail="d")], [Arrow("c", "c")], note="inherits one"),
    ]
)


def test_all_boxes_and_arrows_come_in_order() -> None:
    assert [box.id for box in TWO.boxes] == ["a", "b", "c"]
    assert [arrow.source for arrow in TWO.arrows] == ["a", "c"]


def test_the_data_is_what_json_has() -> None:
    data = json.loads(json.dumps(TWO.as_data()))
    one, two = data["pipelines"]
    assert one["steps"][0] == {"id": "a", "label": "A", "kind": "source", "detail": ""}
    assert one["edges"] == [{"source": "a", "target": "b", "kind": "error"}]
    assert two["edges"] == [{"source": "c", "target": "c", "kind": "consumer"}]
    assert (two["name"], two["note"]) == ("two", "inherits one")
