"""What a framing does with bytes that are malformed, paused, cut and stopped."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from piped.exceptions import FlowStopped, MalformedFrame
from piped.flows import END, STOPPED, Answer, Batch, Reason, Receipt, Tube, framing
from piped.flows.reason import failed
from tests.flows.parts import Hand, Source

from .cutting import decoded, encoded, refused_by

# What cannot go on: what makes items of it, the bytes, what comes before, the failure.
FINAL: dict[str, tuple[Tube, bytes, list[Any], str]] = {
    "no length": (
        framing.netstrings(),
        b"2:ab,nonsense",
        [b"ab"],
        "no length stands there, at byte 5",
    ),
    "a zero before": (framing.netstrings(), b"02:ab,", [], "no length stands there, at byte 0"),
    "no colon": (framing.netstrings(), b"1" * 30, [], "no length stands there, at byte 0"),
    "no comma": (framing.netstrings(), b"2:ab,3:abcd", [b"ab"], "a frame has no end, at byte 5"),
    "no object": (
        framing.msgpack_items(),
        b"\x01\x02\xc1\x03",
        [1, 2],
        "no object is there: FormatError, at byte 2",
    ),
    "no key": (
        framing.msgpack_items(),
        b"\x01\x81\x90\x01",
        [1],
        "no object is there: list is not allowed for map key when strict_map_key=True, at byte 1",
    ),
    "a long object": (
        framing.msgpack_items(longest=8),
        b"\x01" + b"\xa9" + b"a" * 9,
        [1],
        "an object is longer than 8 bytes, at byte 1",
    ),
    "two fields of one name": (
        framing.csv_rows(header=True, failing="stop"),
        b"a,a\n1,2\n",
        [],
        "two fields have one name, at byte 4",
    ),
    "as declared": (
        framing.json_lines(failing="stop"),
        b"1\n{\n2\n",
        [1],
        "Expecting property name enclosed in double quotes: line 1 column 2 (char 1), at byte 2",
    ),
}


@pytest.mark.parametrize("case", FINAL)
@pytest.mark.parametrize("step", [1, 2, 1000])
def test_a_flow_that_cannot_go_on_ends_with_the_offset(case: str, step: int) -> None:
    tube, data, items, said = FINAL[case]
    chunks = [data[at : at + step] for at in range(0, len(data), step)]
    found, collector = decoded(tube, chunks)
    assert found == items
    assert collector.reason is not None
    assert isinstance(collector.reason.failure, MalformedFrame)
    assert collector.reason.failure.msg == said


def test_what_came_before_the_malformed_frame_is_handed_on_though_it_had_to_wait() -> None:
    source, hand = Source(), Hand()
    source.flow_to(framing.netstrings().make()).flow_to(hand)
    hand.takes_a_pause = True
    source.push(b"1:a," * 1500 + b"no")
    assert source.stopped_by is not None
    assert len(hand.items) == 1000
    hand.resume()
    assert len(hand.items) == 1500
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, MalformedFrame)


def test_chunks_behind_a_frame_that_ends_the_flow_are_refused() -> None:
    source, hand = Source(), Hand()
    source.flow_to(framing.lines(longest=2, failing="stop").make()).flow_to(hand)
    source.push(b"a\nb", b"c\n", b"long\n", b"d\n")
    hand.settle_all()
    assert hand.items == [b"a", b"bc"]
    assert source.confirmed == [b"a\nb", b"c\n"]
    assert {*source.answers} - {*source.confirmed} == {b"long\n", b"d\n"}


@pytest.mark.parametrize(
    ("tube", "data"),
    [
        (framing.lines(), b"abc"),
        (framing.lines(b"\r\n"), b"abc\r"),
        (framing.csv_rows(), b"1,2"),
        (framing.netstrings(), b"3:ab"),
        (framing.prefixed(), b"\0\0"),
        (framing.msgpack_items(), b"\x92\x01"),
    ],
)
def test_a_part_of_a_frame_is_refused_when_the_stream_was_cut(tube: Tube, data: bytes) -> None:
    source, hand = Source(), Hand()
    source.flow_to(tube.make()).flow_to(hand)
    source.push(data)
    source.end(failed(ConnectionError("lost")))
    assert hand.items == []
    assert isinstance(source.answers[data][0].failure, MalformedFrame)
    assert hand.reason is not None
    assert isinstance(hand.reason.failure, ConnectionError)


def test_an_open_quote_at_the_end_is_refused() -> None:
    source, hand = Source(), Hand()
    source.flow_to(framing.csv_rows().make()).flow_to(hand)
    source.push(b'a\n"b\n')
    source.end(END)
    hand.settle_all()
    assert hand.items == [["a"]]
    [answer] = source.answers[b'a\n"b\n']
    assert answer.said == "refused: the stream has ended within a record, at byte 2"


def test_a_failure_that_nobody_would_hear_of_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        found, _ = decoded(framing.lines(longest=2), [b"a\nlo", b"ng", b"er\n", b"b\n"])
    assert found == [b"a", b"b"]
    assert [record.getMessage() for record in caplog.records] == [
        "lines has refused 1 so far: a frame is longer than 2 bytes, at byte 2"
    ]


def test_what_is_held_is_refused_when_the_flow_is_stopped() -> None:
    source, hand = Source(), Hand()
    source.flow_to(framing.lines().make()).flow_to(hand)
    source.push(b"a\nb")
    hand.stop(STOPPED)
    hand.settle_all()
    assert hand.reason is STOPPED
    assert hand.items == [b"a"]
    [answer] = source.answers[b"a\nb"]
    assert isinstance(answer.failure, FlowStopped)


def test_many_items_of_one_chunk_wait_while_the_drain_does() -> None:
    source, hand = Source(), Hand()
    source.flow_to(framing.lines().make()).flow_to(hand)
    hand.takes_a_pause = True
    source.push(b"a\n" * 2500)
    source.end(END)
    assert len(hand.items) == 1000
    hand.resume()
    hand.resume()
    hand.resume()
    assert len(hand.items) == 2500
    assert hand.reason is END


def test_chunks_with_and_without_receipts_may_be_mixed() -> None:
    source, hand = Source(), Hand()
    source.flow_to(framing.lines().make()).flow_to(hand)
    source.push(b"one\ntw")
    source._has_receipts = False
    source.push(b"o\nthr", b"ee\nfo")
    source._has_receipts = True
    source.push(b"ur\n")
    hand.settle_all()
    assert hand.items == [b"one", b"two", b"three", b"four"]
    assert source.confirmed == [b"one\ntw", b"ur\n"]


@pytest.mark.parametrize(
    ("tube", "item", "said"),
    [
        (framing.to_lines(), b"a\nb", "a line has its delimiter b'\\n' inside"),
        (framing.to_lines(), "one", "a line is made of bytes, and not of 'one'"),
        (framing.to_lines(encoding="utf-8"), 3, "a line is made of a text, and not of 3"),
        (framing.to_prefixed(1), b"a" * 256, "256 is more than a length of 1 bytes can say"),
        (framing.to_json_lines(), {1, 2}, "an item cannot be said in JSON"),
        (framing.to_json_lines(), float("nan"), "an item cannot be said in JSON"),
        (framing.to_csv(), [], "a row has no fields"),
        (framing.to_csv(["a", "b"]), {"a": 1}, "a row has the fields a"),
        (framing.to_csv(["a", "b"]), [1], "a row has 1 fields, and not 2"),
        (framing.to_csv(["a", "b"]), "ab", "a row is a list of fields, and not 'ab'"),
        (framing.to_csv(), "text", "a row is a list of fields, and not 'text'"),
        (framing.to_csv(), {"a": 1}, "not a mapping, which needs a header"),
        (framing.to_msgpack(), 2**70, "an item cannot be packed"),
    ],
)
def test_an_item_that_cannot_be_framed_is_refused(tube: Tube, item: Any, said: str) -> None:
    source, hand = Source(), Hand()
    source.flow_to(tube.make()).flow_to(hand)
    answers: list[Answer] = []
    source.emit(Batch([item], [Receipt(answers.append)]))
    [answer] = answers
    assert isinstance(answer.failure, MalformedFrame)
    assert said in str(answer.failure)


def test_a_header_is_there_though_no_row_is() -> None:
    assert encoded(framing.to_csv(["a", "b,c"]), []) == [b'a,"b,c"\r\n']
    rows = [[1, 2], (3, 4), {"b,c": 6, "a": 5}]
    assert encoded(framing.to_csv(["a", "b,c"]), rows)[1:] == [b"1,2\r\n", b"3,4\r\n", b"5,6\r\n"]


@pytest.mark.parametrize(
    "misuse",
    [
        lambda: framing.lines(b""),
        lambda: framing.prefixed(0),
        lambda: framing.to_prefixed(9),
        lambda: framing.lines(encoding="no such"),
    ],
)
def test_what_is_wrong_with_a_recipe_is_told_when_it_is_made(misuse: Any) -> None:
    with pytest.raises((ValueError, LookupError)):
        misuse()


def test_a_reason_is_one_line() -> None:
    _, collector = decoded(framing.netstrings(), [b"no"])
    assert str(collector.reason) == "MalformedFrame: no length stands there, at byte 0"


def test_reasons_of_the_source_are_handed_down() -> None:
    reason = Reason("the file was removed")
    _, collector = decoded(framing.lines(), [b"a\n"], reason)
    assert collector.reason is reason
    assert refused_by(Source()) == set()
