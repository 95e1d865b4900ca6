"""Frames on a sheet."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, strategies as st

from piped.observe.packing import packed

lengths = st.floats(1, 500)


@given(st.lists(st.tuples(lengths, lengths), max_size=30))
def test_no_two_overlap_and_all_keep_apart(sizes: list[tuple[float, float]]) -> None:
    rectangles = [
        (x, y, x + width, y + height)
        for (x, y), (width, height) in zip(packed(sizes, 4), sizes, strict=True)
    ]
    for one, other in combinations(rectangles, 2):
        apart = max(one[0] - other[2], other[0] - one[2], one[1] - other[3], other[1] - one[3])
        assert apart >= 4 - 1e-3
    assert all(x >= 0 and y >= 0 for x, y, _, _ in rectangles)


def test_many_of_one_size_fill_a_sheet_that_is_wider_than_high() -> None:
    places = packed([(10, 10)] * 100, 0)
    width, height = max(x for x, _ in places) + 10, max(y for _, y in places) + 10
    assert 1 <= width / height <= 2
    assert places[:2] == [(0, 0), (10, 0)]
