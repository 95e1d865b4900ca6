"""What the log is told of items of which nobody else hears."""

from __future__ import annotations

import pytest

from piped.flows import END, Collector, Flow, Items, split

from .parts import Hand, Source, joined


def test_the_log_hears_of_the_first_and_of_each_tenfold(caplog: pytest.LogCaptureFixture) -> None:
    source, hand = Source(receipts=False), Hand()
    joined(source, split(type, {int: hand}))
    source.push(*map(str, range(1000)))
    source.end(END)
    assert [record.getMessage().split(" so far")[0].split()[-1] for record in caplog.records] == [
        "1",
        "10",
        "100",
        "1000",
    ]


def test_the_log_hears_in_which_flow_that_was(caplog: pytest.LogCaptureFixture) -> None:
    def half(item: object) -> None:
        raise TypeError("no number")

    Flow(Items(["nobody"]), half, Collector(), name="flow.numbers").start()
    assert caplog.messages == [
        "flow.numbers: half has refused 1 so far, now for TypeError: no number"
    ]
