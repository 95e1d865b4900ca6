"""However the bytes are cut: the same items, and a receipt that waits for just its own."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.flows import Tube, framing

from .cutting import chunks_of, cuts, decoded, encoded, given_by_hand, refused_by, spans

TEXTS = st.text(max_size=20)
BYTES = st.binary(max_size=20)
SIMPLE = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | TEXTS
OBJECTS = st.recursive(
    SIMPLE,
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(TEXTS, parts, max_size=3),
    max_leaves=6,
)
ROWS = st.lists(TEXTS, min_size=1, max_size=4)
NAMED = st.fixed_dictionaries({"one": TEXTS, 'a "name"': TEXTS})


def without(delimiter: Any, items: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Items that can be told from their delimiter."""
    return items.filter(lambda item: (item + delimiter).find(delimiter) == len(item))


# What makes bytes, what makes items of them, and items.
WAYS: dict[str, tuple[Tube, Tube, st.SearchStrategy[Any]]] = {
    "lines": (framing.to_lines(), framing.lines(), without(b"\n", BYTES)),
    "two bytes": (
        framing.to_lines(b"\r\n"),
        framing.lines(b"\r\n"),
        without(b"\r\n", st.lists(st.sampled_from([b"\r", b"\n", b"a"])).map(b"".join)),
    ),
    "paragraphs": (
        framing.to_lines(b"\n\n"),
        framing.lines(b"\n\n"),
        without(b"\n\n", st.lists(st.sampled_from([b"\n", b"a"])).map(b"".join)),
    ),
    "texts": (
        framing.to_lines(encoding="utf-8"),
        framing.lines(encoding="utf-8"),
        without("\n", TEXTS),
    ),
    "a rare encoding": (
        framing.to_lines(encoding="utf-7"),
        framing.lines(encoding="utf-7"),
        st.text("aäß+-", max_size=9),
    ),
    "netstrings": (framing.to_netstrings(), framing.netstrings(), BYTES),
    "prefixed": (framing.to_prefixed(), framing.prefixed(), BYTES),
    "a short prefix": (
        framing.to_prefixed(2, byteorder="little"),
        framing.prefixed(2, byteorder="little"),
        st.binary(max_size=400),
    ),
    "json": (framing.to_json_lines(), framing.json_lines(), OBJECTS),
    "csv": (framing.to_csv(), framing.csv_rows(), ROWS),
    "tabs": (framing.to_csv(delimiter="\t"), framing.csv_rows(delimiter="\t"), ROWS),
    "csv with a header": (
        framing.to_csv(["one", 'a "name"']),
        framing.csv_rows(header=True),
        NAMED,
    ),
    "msgpack": (
        framing.to_msgpack(),
        framing.msgpack_items(),
        OBJECTS,
    ),
}
WAYS_WITHOUT_HEADER = [name for name in WAYS if "header" not in name]


@pytest.mark.parametrize("way", WAYS)
@given(data=st.data(), cut=cuts())
def test_what_was_framed_is_found_again_however_it_is_cut(
    way: str, data: st.DataObject, cut: list[float]
) -> None:
    to_bytes, to_items, items = WAYS[way]
    made = data.draw(st.lists(items, max_size=12))
    frames = encoded(to_bytes, made)
    found, collector = decoded(to_items, chunks_of(b"".join(frames), cut))
    assert found == made
    assert collector.reason is not None
    assert collector.reason.failure is None


@pytest.mark.parametrize("way", WAYS_WITHOUT_HEADER)
@given(data=st.data(), cut=cuts(), together=st.booleans())
def test_a_chunk_is_answered_for_when_all_are_that_have_a_part_in_it(
    way: str, data: st.DataObject, cut: list[float], together: bool
) -> None:
    to_bytes, to_items, items = WAYS[way]
    frames = encoded(to_bytes, data.draw(st.lists(items, max_size=8)))
    chunks = chunks_of(b"".join(frames), cut)
    source, hand = given_by_hand(to_items, chunks, together=together)
    one_by_one = [
        batch.part(number, number + 1) for batch in hand.batches for number in range(len(batch))
    ]
    assert len(one_by_one) == len(frames)
    frame_spans = spans(frames)
    settled: set[int] = set()
    for number in data.draw(st.permutations(range(len(frames)))):
        one_by_one[number].settle()
        settled.add(number)
        open_spans = [span for each, span in enumerate(frame_spans) if each not in settled]
        for chunk, (start, stop) in enumerate(spans(chunks)):
            waits = any(begin < stop and start < end for begin, end in open_spans)
            assert (source.answers[chunk] == []) == (waits and start < stop)
    assert all(len(answers) == 1 for answers in source.answers.values())
    assert not refused_by(source)


# Bytes of which a part is malformed: what makes items of them, the parts (those refused are
# marked), and the items.
BROKEN: dict[str, tuple[Tube, list[tuple[bytes, bool]], list[Any]]] = {
    "a long line": (
        framing.lines(longest=5),
        [(b"one\n", False), (b"abcdef\n", True), (b"12345\n", False), (b"tw", False)],
        [b"one", b"12345", b"tw"],
    ),
    "long lines with two bytes": (
        framing.lines(b"\r\n", longest=3),
        [(b"abc\r\n", False), (b"\r\r\r\r\r\n", True), (b"ab\r\r\n", False), (b"abcd\r\n", True)],
        [b"abc", b"ab\r"],
    ),
    "no text": (
        framing.lines(encoding="utf-8"),
        [("ä\n".encode(), False), (b"\xff\n", True)],
        ["ä"],
    ),
    "long netstrings": (
        framing.netstrings(longest=5),
        [(b"5:hello,", False), (b"12:hello, hello,", True), (b"0:,", False)],
        [b"hello", b""],
    ),
    "long prefixes": (
        framing.prefixed(1, longest=3),
        [(b"\x03abc", False), (b"\x05abcde", True), (b"\x04abcd", True), (b"\x00", False)],
        [b"abc", b""],
    ),
    "no JSON": (
        framing.json_lines(),
        [(b"1\n", False), (b"  \n", False), (b"{\n", True), (b"NaN\n", True), (b"null\n", False)],
        [1, None],
    ),
    "deep JSON": (
        framing.json_lines(),
        [(b"[" * 100_000 + b"\n", True), (b"[]", False)],
        [[]],
    ),
    "no CSV": (
        framing.csv_rows(header=["a", "b"], longest=12),
        [
            (b"1,2\n", False),
            (b"\r\n", False),
            (b"1,2,3\n", True),
            (b'"x" y,"\n"\n', True),
            (b'"a,\n",b\n', False),
            (b'long,"\n"""",long"\n', True),
            (b"3,4", False),
        ],
        [{"a": "1", "b": "2"}, {"a": "a,\n", "b": "b"}, {"a": "3", "b": "4"}],
    ),
}


@pytest.mark.parametrize("way", BROKEN)
@given(cut=cuts(), together=st.booleans())
def test_a_malformed_frame_is_refused_to_those_who_have_a_part_in_it(
    way: str, cut: list[float], together: bool
) -> None:
    tube, parts, items = BROKEN[way]
    frames = [frame for frame, _ in parts]
    chunks = chunks_of(b"".join(frames), cut)
    source, hand = given_by_hand(tube, chunks, together=together)
    assert hand.items == items
    hand.settle_all()
    bad = [span for span, (_, is_bad) in zip(spans(frames), parts, strict=True) if is_bad]
    expected = {
        number
        for number, (start, stop) in enumerate(spans(chunks))
        if start < stop and any(begin < stop and start < end for begin, end in bad)
    }
    assert refused_by(source) == expected
    assert all(len(answers) == 1 for answers in source.answers.values())


@pytest.mark.parametrize("way", BROKEN)
@given(cut=cuts())
def test_those_who_have_no_receipts_get_the_same_items(way: str, cut: list[float]) -> None:
    tube, parts, items = BROKEN[way]
    found, _ = decoded(tube, chunks_of(b"".join(frame for frame, _ in parts), cut))
    assert found == items
