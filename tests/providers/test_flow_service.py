"""Flows of a configuration at work: the rules of `piped.providers.flow_service`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from piped.checking import check
from piped.conf import Configuration
from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.exceptions import FlowError, FlowStopped, ResourceLost
from piped.interop import drive, settled
from piped.testing import ManualClock

from . import flow_bundle
from .running import stop

Begin = Callable[..., Awaitable["Running"]]

HEAD = """
plugins: {bundles: {mine: tests.providers.flow_bundle}}
flows:
  it:
"""


class Running:
    """An environment with a flow, and what it stores."""

    def __init__(self, text: str, clock: ManualClock, **offers: Any) -> None:
        indented = "".join(f"    {line}\n" for line in text.strip().splitlines())
        checked = check(
            Configuration.from_text(HEAD + indented, "app.yaml"),
            offers=[*offers, "store", "factor"],
        )
        checked.raise_errors()
        self.clock = clock
        self.ends: list[int] = []
        self.stored: list[Any] = []
        self.gate: asyncio.Future[None] | None = None
        self.environment = RuntimeEnvironment(
            checked.configuration,
            catalogue=checked.catalogue,
            settings=checked.settings,
            clock=clock,
            stop=self.ends.append,
        )
        self.environment.configure()
        for path, resource in offers.items():
            self.environment.offer(path, resource=resource)
        self.store = self.environment.offer("store")
        self.factor = self.environment.offer("factor")
        from piped.providers.flow_provider import FlowProvider

        FlowProvider().configure(self.environment)
        self.dependency = ResourceDependency("flow.it")
        self.environment.dependency_manager.add_dependency(object(), self.dependency)

    async def begin(self) -> None:
        self.environment.dependency_manager.resolve_initial_states()
        await settled(self.environment.application.startService())
        await self.clock.settle()

    async def keep(self, items: list[Any]) -> None:
        """What the resource `store` does."""
        if self.gate is not None:
            await self.gate
        self.stored += items

    def close_the_gate(self) -> asyncio.Future[None]:
        self.gate = asyncio.get_running_loop().create_future()
        return self.gate

    async def has_store(self) -> None:
        self.store.ready(self.keep)
        await self.clock.settle()

    @property
    def service(self) -> Any:
        [service] = [each for each in self.environment.application if each.name == "flow.it"]
        return service


@pytest.fixture
async def begin(clock: ManualClock) -> AsyncIterator[Begin]:
    begun: list[Running] = []
    flow_bundle.Sent.feeds.clear()
    flow_bundle.kept_items.clear()

    async def begin(text: str, **offers: Any) -> Running:
        running = Running(text, clock, **offers)
        begun.append(running)
        await running.begin()
        return running

    yield begin
    for each in begun:
        stopping = asyncio.ensure_future(_stopped(each))
        while not stopping.done():
            await clock.advance(10)
        await stopping


async def _stopped(running: Running) -> None:
    await stop(running.environment)


async def test_a_flow_begins_when_all_that_its_parts_need_is_there(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: numbers\nthrough: [scaled, doubled]\nto: store")
    assert (running.stored, running.dependency.is_ready) == ([], False)
    await running.has_store()
    assert running.stored == []
    running.factor.ready(10)
    await clock.settle()
    assert running.stored == [20, 40, 60]


async def test_while_something_is_lost_its_founts_are_held_back(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: [sent, sent]\nthrough: [doubled]\nto: store")
    await running.has_store()
    one, other = flow_bundle.Sent.feeds
    one.offer(1)
    await clock.settle()
    assert running.stored == [2]
    running.store.lost("gone for a while")
    one.offer(2)
    other.offer(3)
    await clock.settle()
    assert running.stored == [2]
    assert running.dependency.is_ready, "it takes what there is room for"
    await running.has_store()
    assert sorted(running.stored) == [2, 4, 6]


async def test_stopping_stops_its_founts_and_what_is_on_its_way_comes_to_its_end(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: sent\nto: store")
    await running.has_store()
    gate = running.close_the_gate()
    [feed] = flow_bundle.Sent.feeds
    sent = drive(feed.confirmed(1))
    await clock.settle()
    stopping = asyncio.ensure_future(_stopped(running))
    await clock.advance(29)
    assert feed.is_stopped()
    assert not stopping.done()
    gate.set_result(None)
    await sent
    await stopping
    assert running.stored == [1]
    assert clock.waiting == 0


async def test_it_ends_while_what_it_needs_still_works(begin: Begin, clock: ManualClock) -> None:
    running = await begin("from: sent\nthrough: [{batch: {size: 2}}]\nto: store")
    await running.has_store()
    sent = drive(flow_bundle.Sent.feeds[0].confirmed(1))
    await clock.settle()
    await settled(running.environment.on_stopping())
    await clock.settle()
    assert sent.done()
    running.store.lost("the process stops")
    await _stopped(running)
    assert running.stored == [[1]]


async def test_a_flow_for_batons_takes_them_until_the_services_stop(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: batons\nto: store")
    await running.has_store()
    await settled(running.environment.on_stopping())
    await running.dependency.get_resource()({"number": 1})
    await _stopped(running)
    assert running.stored == [{"number": 1}]


async def test_after_the_stop_time_what_is_on_its_way_is_refused(
    begin: Begin, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    running = await begin("from: sent\nto: store\nstop_time: 5s")
    await running.has_store()
    running.close_the_gate()
    sent = drive(flow_bundle.Sent.feeds[0].confirmed(1))
    await clock.settle()
    stopping = asyncio.ensure_future(_stopped(running))
    await clock.advance(2)
    assert "flow.it: what is on its way has 5 s to come to its end" in caplog.text
    assert not stopping.done()
    await clock.advance(4)
    await stopping  # no more time passes
    with pytest.raises(FlowStopped, match="the process stops"):
        await sent


async def test_a_flow_that_waits_for_what_it_needs_stops_at_once(begin: Begin) -> None:
    running = await begin("from: numbers\nto: store")
    await _stopped(running)
    assert running.stored == []


async def test_a_flow_that_is_held_back_stops(begin: Begin, clock: ManualClock) -> None:
    running = await begin("from: sent\nto: store\nstop_time: 5s")
    await running.has_store()
    running.store.lost("gone")
    sent = drive(flow_bundle.Sent.feeds[0].confirmed(1))
    await clock.settle()
    await _stopped(running)
    with pytest.raises(FlowStopped):
        await sent


@pytest.mark.parametrize(("failing", "code"), [("false", 0), ("true", 1)])
async def test_the_process_stops_when_it_has_ended_if_so_declared(
    begin: Begin, clock: ManualClock, failing: str, code: int
) -> None:
    running = await begin(f"from: {{numbers: {{failing: {failing}}}}}\nto: store\non_end: stop")
    gate = running.close_the_gate()
    await running.has_store()
    assert running.ends == [], "not before all is stored"
    gate.set_result(None)
    await clock.settle()
    assert (running.stored, running.ends) == ([1, 2, 3], [code])


async def test_it_is_left_when_it_has_ended(
    begin: Begin, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    running = await begin("from: numbers\nto: store")
    await running.has_store()
    await clock.advance(1000)
    assert (running.stored, running.ends) == ([1, 2, 3], [])
    assert not running.dependency.is_ready
    assert running.service.seen()["parts"][0]["passed"] == 3, "it may still be looked at"
    running.store.lost("nobody needs it")
    await running.has_store()


async def test_it_begins_again_if_so_declared_later_after_each_failure(
    begin: Begin, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    running = await begin("from: {numbers: {failing: true}}\nto: store\non_end: restart")
    await running.has_store()
    assert running.stored == [1, 2, 3]
    await clock.advance(10)
    first = len(running.stored)
    assert first >= 6
    await clock.advance(200)
    assert first < len(running.stored) <= first + 3 * 10, "it waits longer each time"
    assert "no more numbers" in caplog.text


async def test_one_that_is_to_begin_again_does_not_when_the_process_stops(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: sent\nto: store\non_end: restart")
    await running.has_store()
    stopping = asyncio.ensure_future(_stopped(running))
    await clock.advance(100)
    await clock.settle()
    assert stopping.done()
    assert len(flow_bundle.Sent.feeds) == 1


async def test_one_that_waits_to_begin_again_stops_at_once(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: numbers\nto: store\non_end: restart")
    await running.has_store()
    await _stopped(running)
    await clock.advance(100)
    assert running.stored == [1, 2, 3]


async def test_one_that_is_to_begin_again_waits_for_what_it_needs(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: numbers\nto: store\non_end: restart")
    await running.has_store()
    running.store.lost("gone")
    await clock.advance(100)
    assert running.stored == [1, 2, 3]
    await running.has_store()
    assert running.stored == [1, 2, 3] * 2


@pytest.mark.parametrize(("on_end", "ends"), [("leave", []), ("stop", [1])])
async def test_a_flow_that_cannot_be_made_has_failed(
    begin: Begin, caplog: pytest.LogCaptureFixture, on_end: str, ends: list[int]
) -> None:
    running = await begin(f"from: unmade\nto: store\non_end: {on_end}")
    await running.has_store()
    assert "flow.it has failed: LookupError: nothing to make it of" in caplog.text
    assert running.ends == ends


async def test_a_baton_waits_until_it_is_stored(begin: Begin, clock: ManualClock) -> None:
    running = await begin("from: [numbers, batons]\nto: store")
    await running.has_store()
    gate = running.close_the_gate()
    handed = drive(running.dependency.get_resource()({"number": 4}))
    await clock.settle()
    assert not handed.done()
    gate.set_result(None)
    await handed
    assert running.stored == [1, 2, 3, {"number": 4}]


async def test_a_baton_waits_only_until_it_is_taken_if_so_declared(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin("from: {batons: {confirm: taken, room: 1}}\nto: store")
    await running.has_store()
    gate = running.close_the_gate()
    hand_over = running.dependency.get_resource()
    await hand_over(1)
    await clock.settle()
    await hand_over(2)
    third = drive(hand_over(3))
    await clock.settle()
    assert not third.done(), "there is no room for it"
    gate.set_result(None)
    await third
    await clock.settle()
    assert running.stored == [1, 2, 3]


async def test_a_flow_that_does_not_flow_takes_no_batons(begin: Begin, clock: ManualClock) -> None:
    running = await begin("from: batons\nto: store\non_end: restart")
    with pytest.raises(ResourceLost, match=r"flow\.it does not flow"):
        await running.service(1)
    await running.has_store()
    running.service.flow.abort()
    await clock.settle()
    with pytest.raises(ResourceLost, match=r"flow\.it does not flow"):
        await running.service(1)
    await clock.advance(60)
    await running.service(2)
    assert running.stored == [2]


async def test_a_flow_without_the_fount_for_them_takes_no_batons(begin: Begin) -> None:
    running = await begin("from: sent\nto: store")
    await running.has_store()
    with pytest.raises(FlowStopped, match=r"flow\.it takes no batons"):
        await running.dependency.get_resource()(1)


async def test_branches_come_from_several_and_go_to_several(
    begin: Begin, clock: ManualClock
) -> None:
    running = await begin(
        """
from:
- numbers
- [{numbers: 5}, doubled]
through:
- parallel:
  - doubled
  - [doubled, doubled]
to:
- [spelled, kept]
- store
- [best-effort, kept]
"""
    )
    await running.has_store()
    for _ in range(20):
        await clock.settle()
    both = [1, 2, 3, 2, 4, 6, 8, 10]
    expected = sorted([2 * each for each in both] + [4 * each for each in both])
    assert sorted(running.stored) == expected
    spelled = [each for each in flow_bundle.kept_items if isinstance(each, str)]
    assert sorted(map(int, spelled)) == expected


@pytest.mark.parametrize("ends", ["first", "last"])
async def test_of_several_founts_it_ends_with_the_one_that_is_declared(
    begin: Begin, clock: ManualClock, ends: str
) -> None:
    running = await begin(f"from: [{{numbers: 2}}, sent]\nto: store\nends: {ends}")
    await running.has_store()
    for _ in range(20):
        await clock.settle()
    assert running.stored == [1, 2]
    flow = running.service.flow
    assert flow.drains[0].is_done is (ends == "first")


async def test_each_item_goes_to_the_branch_of_its_key(begin: Begin, clock: ManualClock) -> None:
    flow_bundle.kept_items.clear()
    running = await begin(
        """
from: {numbers: 6}
through:
  split:
    by: 'number: number % 3'
    into: {0: [doubled, doubled], 1: doubled}
    otherwise: spelled
to:
  split:
    by: 'item: type(item).__name__'
    into:
      int: store
      str: [best-effort, kept]
"""
    )
    await running.has_store()
    for _ in range(20):
        await clock.settle()
    assert sorted(running.stored) == [2, 8, 12, 24]
    assert sorted(flow_bundle.kept_items) == ["2", "5"]


async def test_an_item_without_a_branch_is_refused(begin: Begin, clock: ManualClock) -> None:
    running = await begin("from: batons\nto: {split: {by: 'item: item', into: {1: store}}}")
    await running.has_store()
    await running.service(1)
    with pytest.raises(FlowError, match="no branch takes 2"):
        await running.service(2)
    assert running.stored == [1]
