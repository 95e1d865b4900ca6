"""Where a flow ends."""

from __future__ import annotations

import asyncio

import pytest

from piped.exceptions import AlreadyFlowing
from piped.flows import END, STOPPED, Collector, Discard, Drain, Reason
from piped.flows.reason import failed
from piped.testing import ManualClock

from .parts import Source


def joined() -> tuple[Source, Collector]:
    source, collector = Source(), Collector()
    source.flow_to(collector)
    return source, collector


async def test_it_is_done_when_it_was_told_of_the_end_and_all_is_stored() -> None:
    source, collector = joined()
    done = asyncio.ensure_future(_awaited(collector))
    collector.begun()
    source.end(END)
    await ManualClock().settle()
    assert not done.done()
    collector.ended()
    assert collector.is_done
    assert await done is END


async def _awaited(drain: Drain) -> Reason:
    return await drain.done()


async def test_whoever_asks_is_told_whenever_and_however_often() -> None:
    source, collector = joined()
    before = [collector.done(), collector.finished()]
    source.end(END)
    assert [await each for each in [*before, collector.done(), collector.done()]] == [END] * 4


async def test_done_raises_the_failure_and_finished_gives_it() -> None:
    source, collector = joined()
    reason = failed(LookupError("gone"))
    source.end(reason)
    with pytest.raises(LookupError, match="gone"):
        await collector.done()
    assert await collector.finished() is reason


async def test_who_waits_no_more_is_forgotten() -> None:
    source, collector = joined()
    waiting = asyncio.ensure_future(_awaited(collector))
    await ManualClock().settle()
    waiting.cancel()
    await ManualClock().settle()
    assert waiting.cancelled()
    source.end(END)
    assert await collector.done() is END


def test_stopped_it_stops_what_flows_in() -> None:
    source, collector = joined()
    collector.stop()
    assert source.stopped_by is STOPPED
    assert collector.reason is STOPPED
    Collector().stop()  # there is nothing yet


def test_aborted_it_stops() -> None:
    source, collector = joined()
    collector.abort(Reason("at once"))
    assert str(source.stopped_by) == "at once"


def test_a_collector_keeps_all_and_another_nothing() -> None:
    source, collector = joined()
    source.push(1, 2)
    assert (collector.items, collector.received, source.confirmed) == ([1, 2], 2, [1, 2])
    source, discard = Source(), Discard()
    source.flow_to(discard)
    source.push(1)
    assert (discard.received, source.confirmed) == (1, [1])


def test_it_has_one_fount_and_a_name() -> None:
    _, collector = joined()
    with pytest.raises(AlreadyFlowing, match="Collector has a fount already"):
        Source().flow_to(collector)
    collector.name = "rows"
    assert repr(collector) == "rows"


def test_a_drain_has_to_say_what_it_does_with_a_batch() -> None:
    source, drain = Source(), Drain()
    source.flow_to(drain)
    source.push(1)
    assert drain.reason is not None
    assert isinstance(drain.reason.failure, NotImplementedError)
