"""Generators under `inlineCallbacks` on our loop, and coroutines that are driven, side by side.

The cases are those of Part 17 of "An Introduction to Asynchronous Programming and Twisted": what is
told there of a generator holds, and holds for an `async def` under `drive`, too.
"""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

import pytest
from twisted.internet.defer import CancelledError, Deferred, inlineCallbacks, succeed
from twisted.python.failure import Failure

from piped.interop import Outcome, drive, outcome_of, settled
from piped.interop.guest import GuestReactor
from tests.interop.reports import Reports


class Burst(Exception):
    """What goes wrong here."""


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


@pytest.fixture
async def reactor() -> AsyncIterator[GuestReactor]:
    """Twisted's reactor, a guest on the loop of the test."""
    reactor = GuestReactor(asyncio.get_running_loop())
    reactor.start()
    yield reactor
    await reactor.shut_down()


each_kind = pytest.mark.parametrize("kind", [Deferred, Outcome])

# The first example, in both spellings

SAID = ["first callback", "second callback got 1", "third callback got 2", "fourth callback got 3"]


def generator(reactor: GuestReactor, kind: type[Deferred[Any]], said: list[str]) -> Any:
    @inlineCallbacks
    def my_callbacks() -> Generator[Any, Any, str]:
        said.append("first callback")
        result = yield 1
        said.append(f"second callback got {result}")
        two: Deferred[int] = kind()
        reactor.callLater(0, two.callback, 2)
        result = yield two
        said.append(f"third callback got {result}")
        three: Deferred[int] = kind()
        reactor.callLater(0, three.errback, Burst(3))
        try:
            yield three
        except Burst as error:
            result = error
        said.append(f"fourth callback got {result}")
        return "done"

    return my_callbacks()


def coroutine(reactor: GuestReactor, kind: type[Deferred[Any]], said: list[str]) -> Any:
    async def my_callbacks() -> str:
        said.append("first callback")
        result = await settled(1)
        said.append(f"second callback got {result}")
        two: Deferred[int] = kind()
        reactor.callLater(0, two.callback, 2)
        result = await two
        said.append(f"third callback got {result}")
        three: Deferred[int] = kind()
        reactor.callLater(0, three.errback, Burst(3))
        try:
            await three
        except Burst as error:
            result = error
        said.append(f"fourth callback got {result}")
        return "done"

    return drive(my_callbacks())


@each_kind
@pytest.mark.parametrize("spelling", [generator, coroutine])
async def test_results_and_failures_come_back_where_they_were_waited_for(
    spelling: Any, kind: type[Deferred[Any]], reactor: GuestReactor, reports: Reports
) -> None:
    said: list[str] = []
    assert await settled(spelling(reactor, kind, said)) == "done"
    assert said == SAID
    assert reports.now() == []


# What is told of it


def by_yield(value: Any, said: list[Any]) -> Any:
    @inlineCallbacks
    def waits() -> Generator[Any, Any, Any]:
        said.append("begins")
        result = yield value
        said.append(result)
        return result

    return waits()


def by_await(value: Any, said: list[Any]) -> Any:
    async def waits() -> Any:
        said.append("begins")
        result = await settled(value)
        said.append(result)
        return result

    return drive(waits())


each_spelling = pytest.mark.parametrize("spelled", [by_yield, by_await])


@each_spelling
@each_kind
async def test_it_is_paused_until_what_it_waits_for_has_fired(
    spelled: Any, kind: type[Deferred[Any]]
) -> None:
    said: list[Any] = []
    deferred: Deferred[str] = kind()
    result = spelled(deferred, said)
    await turns()
    assert said == ["begins"]
    deferred.callback("goes on")
    assert await settled(result) == "goes on"
    assert said == ["begins", "goes on"]


@each_spelling
async def test_what_is_there_already_comes_right_back(spelled: Any) -> None:
    assert [await settled(spelled(each, [])) for each in (1, succeed(2), outcome_of(3))] == [
        1,
        2,
        3,
    ]


@each_spelling
async def test_what_is_raised_is_an_ordinary_exception(spelled: Any) -> None:
    deferred: Deferred[None] = Deferred()
    result = spelled(deferred, [])
    await turns()
    deferred.errback(Burst())
    with pytest.raises(Burst) as caught:
        await settled(result)
    assert not isinstance(caught.value, Failure)


async def test_what_is_given_back_fires_when_all_is_done_and_is_none_of_what_was_waited_for() -> (
    None
):
    first, second = Deferred[int](), Deferred[int]()

    @inlineCallbacks
    def waits() -> Generator[Any, Any, int]:
        one = yield first
        two = yield second
        return int(one + two)

    whole = waits()
    first.callback(1)
    assert not whole.called
    second.callback(2)
    assert whole is not second
    assert await outcome_of(whole) == 3


async def test_what_a_generator_raises_is_a_failure_of_what_it_gave_back() -> None:
    @inlineCallbacks
    def fails() -> Generator[Any, Any, None]:
        yield succeed(None)
        raise Burst

    failures: list[Failure] = []
    fails().addErrback(failures.append)
    assert [each.type for each in failures] == [Burst]
    with pytest.raises(Burst):
        await outcome_of(fails())


async def test_callbacks_run_one_at_a_time_below_the_loop() -> None:
    stacks: list[list[str]] = []

    @inlineCallbacks
    def shows() -> Generator[Any, Any, None]:
        yield outcome_of(asyncio.sleep(0))
        stacks.append([frame.name for frame in traceback.extract_stack()])

    await settled(shows())
    [stack] = stacks
    assert stack[-1] == "shows"
    assert "_inlineCallbacks" in stack
    assert stack.index("_inlineCallbacks") < stack.index("shows")


@each_spelling
async def test_several_go_on_in_the_order_in_which_their_answers_come(spelled: Any) -> None:
    said: list[Any] = []
    answers = {name: Deferred[str]() for name in "abc"}
    results = [spelled(each, said) for each in answers.values()]
    await turns()
    for name in "cab":
        answers[name].callback(name)
        await turns()
    assert said == [*["begins"] * 3, "c", "a", "b"]
    assert [await settled(each) for each in results] == ["a", "b", "c"]


async def test_one_without_an_end_goes_on_until_it_is_cancelled() -> None:
    rounds: list[int] = []
    enough = asyncio.Event()

    @inlineCallbacks
    def endless() -> Generator[Any, Any, None]:
        while True:
            yield outcome_of(asyncio.sleep(0))
            rounds.append(len(rounds))
            if len(rounds) == 3:
                enough.set()

    whole = endless()
    await enough.wait()
    whole.cancel()
    with pytest.raises(CancelledError):
        await outcome_of(whole)
    assert rounds == [0, 1, 2]


# Client 7.0: a poem is fetched, and transformed where that is possible


def client_of_generators(
    get_poetry: Callable[[], Any], xform: Callable[[str], Any], said: list[str]
) -> Any:
    @inlineCallbacks
    def get_transformed_poem() -> Generator[Any, Any, str]:
        try:
            poem = yield get_poetry()
        except Burst as error:
            said.append(f"The poem download failed: {error}")
            raise
        try:
            poem = yield xform(poem)
        except Burst:
            said.append("Cummingsify failed!")
        return str(poem)

    return get_transformed_poem()


def client_of_coroutines(
    get_poetry: Callable[[], Any], xform: Callable[[str], Any], said: list[str]
) -> Any:
    async def get_transformed_poem() -> str:
        try:
            poem = await settled(get_poetry())
        except Burst as error:
            said.append(f"The poem download failed: {error}")
            raise
        try:
            poem = await settled(xform(poem))
        except Burst:
            said.append("Cummingsify failed!")
        return str(poem)

    return drive(get_transformed_poem())


async def soon(value: Any) -> Any:
    await asyncio.sleep(0)
    if isinstance(value, Exception):
        raise value
    return value


@pytest.mark.parametrize("client", [client_of_generators, client_of_coroutines])
@pytest.mark.parametrize("made", [outcome_of, lambda value: Deferred.fromFuture(drive(value))])
async def test_a_client_survives_what_it_can(
    client: Any, made: Callable[[Any], Any], reports: Reports
) -> None:
    said: list[str] = []
    lost = Burst("lost")
    whole = client(lambda: made(soon("A Poem")), lambda poem: made(soon(poem.lower())), said)
    assert (await settled(whole), said) == ("a poem", [])
    whole = client(lambda: made(soon("A Poem")), lambda _: made(soon(lost)), said)
    assert (await settled(whole), said) == ("A Poem", ["Cummingsify failed!"])
    with pytest.raises(Burst):
        await settled(client(lambda: made(soon(lost)), lambda poem: poem, said))
    assert said[1:] == ["The poem download failed: lost"]
    del whole
    assert reports.now() == []
