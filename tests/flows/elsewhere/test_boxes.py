"""Boxes are those of AMP, and hold however the bytes were split."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, strategies as st
from twisted.protocols import amp

from piped.exceptions import Malformed
from piped.flows.elsewhere.boxes import Boxes, written
from piped.flows.elsewhere.messages import (
    Alive,
    Answered,
    Challenge,
    Credit,
    Ended,
    Hello,
    Items,
    Message,
    Over,
    Reader,
    Refused,
    Stopped,
    Welcome,
    boxes_of,
)
from piped.flows.reason import END, Reason, failed
from piped.flows.receipt import CONFIRMED, Answer, dropped, refused, unfinished

NAMES = st.text("abcdefgh_", min_size=1, max_size=20)
BOXES = st.dictionaries(NAMES, st.binary(max_size=300), min_size=1, max_size=5)
NUMBERS = st.integers(0, 10**17)
WORDS = st.text(max_size=40).filter(str.isprintable)
TEXTS = st.binary(min_size=1, max_size=200_000).map(lambda data: data.split(b"\n"))


@given(st.lists(BOXES, max_size=5), st.lists(st.integers(0, 2000)))
def test_any_split_of_the_bytes_gives_the_same_boxes(boxes: list[Any], cuts: list[int]) -> None:
    data = b"".join(map(written, boxes))
    reader, found = Boxes(), []
    for start, end in itertools.pairwise([0, *sorted(min(cut, len(data)) for cut in cuts), None]):
        found += reader.feed(data[start:end])
    assert found == boxes


@given(BOXES)
def test_they_are_what_amp_reads_and_writes(box: Any) -> None:
    data = written(box)
    theirs = {key.encode(): value for key, value in box.items()}
    assert amp.parseString(data) == [amp.Box(theirs)]
    assert Boxes().feed(amp.Box(theirs).serialize()) == [box]


@given(st.binary(max_size=400))
def test_garbage_is_refused_or_waits_for_more(data: bytes) -> None:
    reader = Reader(1000)
    try:
        for box in Boxes().feed(data):
            reader.read(box)
    except Malformed:
        pass


ANSWERS = st.sampled_from(
    [
        CONFIRMED,
        dropped(ValueError("old")),
        refused(ValueError("new")),
        unfinished(Reason("it ends")),
        unfinished(failed(ValueError("no room"))),
    ]
)
MESSAGES: st.SearchStrategy[Message] = st.one_of(
    st.builds(Items, NUMBERS, NUMBERS, TEXTS),
    st.builds(Credit, NUMBERS, NUMBERS),
    st.builds(Alive, NUMBERS),
    st.builds(Over),
    st.builds(Challenge, WORDS),
    st.builds(Hello, WORDS, NUMBERS, NUMBERS, WORDS, WORDS),
    st.builds(Welcome, NUMBERS, NUMBERS, st.booleans(), WORDS),
    st.builds(Refused, WORDS),
)


@given(MESSAGES)
def test_a_message_is_what_it_was(message: Message) -> None:
    reader = Reader(1 << 20)
    boxes = Boxes().feed(b"".join(map(written, boxes_of(message))))
    *others, last = [reader.read(box) for box in boxes]
    assert others == [None] * len(others)
    assert last == message


def seen(run: tuple[int, int, Answer]) -> tuple[int, int, int, bool]:
    first, count, answer = run
    return first, count, answer.badness, answer.is_unfinished


@given(st.lists(st.tuples(NUMBERS, st.integers(1, 10**6), ANSWERS), min_size=1, max_size=60))
def test_answers_arrive_with_their_words(runs: list[Any]) -> None:
    reader, found = Reader(1000), []
    for box in Boxes().feed(b"".join(map(written, boxes_of(Answered(runs))))):
        message = reader.read(box)
        assert isinstance(message, Answered)
        found += message.runs
    assert list(map(seen, found)) == list(map(seen, runs))
    for (_, _, there), (_, _, here) in zip(found, runs, strict=True):
        assert there.is_confirmed or here.said.split(": ")[1] in there.said


@pytest.mark.parametrize("kind", [Ended, Stopped])
def test_reasons_arrive_with_their_words(kind: Any) -> None:
    for reason in (END, failed(ValueError("no\nroom"))):
        [box] = boxes_of(kind(reason))
        message: Any = Reader(1000).read(box)
        assert type(message) is kind
        assert message.reason.said == reason.said.replace("\n", "\\n")
        assert (message.reason.failure is None) == (reason.failure is None)


def test_an_item_that_is_too_long_is_refused_before_it_is_there() -> None:
    reader = Reader(100_000)
    one, other, *_ = boxes_of(Items(0, 0, [b"x" * 1_000_000]))
    assert reader.read(one) is None
    with pytest.raises(Malformed, match="longer than 100000 bytes"):
        reader.read(other)


FROM_0 = {"first": b"0", "oldest": b"0"}
UNFIT: dict[str, Any] = {
    "no command": {"first": b"1"},
    "a command that there is not": {"_command": b"dance"},
    "a command that is no text": {"_command": b"\xff"},
    "no number": {"_command": b"credit", "items": b"-1", "size": b"1"},
    "a number that is too long": {"_command": b"alive", "oldest": b"1" * 30},
    "a text that is too long": {"_command": b"refused", "said": b"x" * 60_000},
    "items that nobody has counted": {"_command": b"items", **FROM_0, "data": b"[1]"},
    "other items than were counted": {
        "_command": b"items",
        **FROM_0,
        "count": b"3",
        "data": b"[1]",
    },
    "no JSON": {"_command": b"answered", "data": b"["},
    "JSON that is too deep": {"_command": b"answered", "data": b"[" * 60_000},
    "no run": {"_command": b"answered", "data": b"[5]"},
    "a run of no numbers": {"_command": b"answered", "data": b'[["a", 1, 0]]'},
    "an answer that is none": {"_command": b"answered", "data": b'[[1, 1, 4, "what"]]'},
    "a run of nothing": {"_command": b"answered", "data": b"[[1, 0, 0]]"},
    "an answer without words": {"_command": b"answered", "data": b"[[1, 1, 2]]"},
}


@pytest.mark.parametrize("box", UNFIT.values(), ids=UNFIT.keys())
def test_what_is_no_message_is_refused(box: Any) -> None:
    with pytest.raises(Malformed):
        Reader(1000).read(dict(box))
