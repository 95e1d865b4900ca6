"""The wire format of StatsD."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.observe.statsd import Packets, component_of, lines_of


@pytest.mark.parametrize(
    ("given", "options", "line"),
    [
        (("a.b", 1, "c"), {}, "a.b:1|c"),
        (("a", 2, "c"), {"rate": 0.1}, "a:2|c|@0.1"),
        (("a", 2.50, "ms"), {"tags": ["x:y", "z"]}, "a:2.5|ms|#x:y,z"),
        (("a", 0.1 + 0.2, "g"), {}, "a:0.3|g"),
        (("a", 1e21, "g"), {}, "a:1000000000000000000000|g"),
        (("a", -3, "g"), {}, "a:0|g\na:-3|g"),
        (("a", -3, "g"), {"signed": True}, "a:-3|g"),
        (("a", -3, "c"), {}, "a:-3|c"),
        (("a", "ada|c\nb:1", "s"), {}, "a:ada_c_b_1|s"),
        (("a:1|c\nb c", 1, "c"), {"tags": ["x|\ny,#"]}, "a_1_c_b_c:1|c|#x__y__"),
    ],
)
def test_a_value_is_a_line(given: Any, options: Any, line: str) -> None:
    assert b"\n".join(lines_of(*given, **options)).decode() == line


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_not_sent(value: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        lines_of("a", value, "g")


def test_what_stands_between_dots_has_none() -> None:
    assert component_of("web.hello:x") == "web_hello_x"
    assert component_of("") == "_"


@given(
    st.lists(st.binary(min_size=1, max_size=40).map(lambda each: each.replace(b"\n", b"x"))),
    st.integers(40, 120),
)
def test_packets_hold_all_lines_in_order_and_are_no_larger_than_they_may_be(
    lines: list[bytes], size: int
) -> None:
    packets = Packets(size, most=1000)
    for each in lines:
        packets.add([each])
    taken = packets.take()
    assert [line for packet in taken for line in packet.split(b"\n")] == lines
    assert all(len(each) <= size for each in taken)
    assert packets.take() == []


def test_of_too_many_packets_the_last_ones_are_kept() -> None:
    packets = Packets(64, most=2)
    for at in range(5):
        packets.add([b"%d" % at * 40])
    assert [each[:1] for each in packets.take()] == [b"3", b"4"]
    assert packets.dropped == 3
