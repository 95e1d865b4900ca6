"""Bytes that are cut anywhere, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from piped.flows import END, Batch, Collector, Reason, Tube
from tests.flows.parts import Hand, Source

__all__ = ["chunks_of", "cuts", "decoded", "encoded", "given_by_hand", "refused_by", "spans"]


def cuts(most: int = 12) -> st.SearchStrategy[list[float]]:
    """Where to cut, as parts of the whole."""
    return st.lists(st.floats(0, 1), max_size=most)


def chunks_of(data: bytes, cuts: Sequence[float]) -> list[bytes]:
    """The data in pieces, of which some may be empty."""
    places = [0, *sorted(round(cut * len(data)) for cut in cuts), len(data)]
    return [data[start:stop] for start, stop in pairwise(places)]


def encoded(tube: Tube, items: list[Any]) -> list[bytes]:
    """What a tube makes of items, one by one."""
    source, collector = Source(receipts=False), Collector()
    source.flow_to(tube.make()).flow_to(collector)
    for item in items:
        source.push(item)
    source.end(END)
    return collector.items


def decoded(tube: Tube, chunks: list[bytes], reason: Reason = END) -> tuple[list[Any], Collector]:
    """What a tube finds in bytes."""
    source, collector = Source(receipts=False), Collector()
    source.flow_to(tube.make()).flow_to(collector)
    for chunk in chunks:
        if source.is_flowing:
            source.push(chunk)
    source.end(reason)
    return collector.items, collector


def given_by_hand(tube: Tube, chunks: list[bytes], *, together: bool) -> tuple[Source, Hand]:
    """A flow in which all chunks were pushed, each known by its number."""
    source, hand = Source(), Hand()
    source.flow_to(tube.make()).flow_to(hand)
    receipts = [source.receipt(number) for number in range(len(chunks))]
    if together:
        source.emit(Batch(chunks, receipts))
    else:
        for chunk, receipt in zip(chunks, receipts, strict=True):
            source.emit(Batch([chunk], [receipt]))
    source.end(END)
    return source, hand


def refused_by(source: Source) -> set[int]:
    """Whose receipts say that it was refused."""
    return {
        number for number, answers in source.answers.items() if answers and answers[0].badness == 2
    }


def spans(pieces: list[bytes]) -> list[tuple[int, int]]:
    """From where to where each goes."""
    found, at = [], 0
    for piece in pieces:
        found.append((at, at + len(piece)))
        at += len(piece)
    return found
