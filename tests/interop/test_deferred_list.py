"""A `DeferredList` on our loop: what its introduction tells of it holds, whoever waits for it.

The cases are those of Part 18 of "An Introduction to Asynchronous Programming and Twisted". Each is
told with Twisted's Deferreds and with outcomes, to a callback and to a driven coroutine.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from twisted.internet.defer import Deferred, DeferredList, FirstError, gatherResults, succeed
from twisted.python.failure import Failure

from piped.interop import DeferredDict, Outcome, drive, outcome_of
from tests.interop.reports import Reports


class Burst(Exception):
    """What goes wrong here."""


@dataclass(frozen=True)
class Case:
    """What is done, and what is then said.

    fired: the Deferreds that are fired, in that order; a minus before one that fails
    result: the whole result, in which `d2 failure` stands for a failure with that message
    """

    fired: str
    result: list[tuple[bool, str]]
    consume: bool = False
    handled: bool = False
    unhandled: tuple[str, ...] = ()

    @property
    def said(self) -> list[Any]:
        return ["Adding Callback.", *map(firing, self.fired.split()), ("We got:", self.result)]


BOTH = [(True, "d1 result"), (True, "d2 result")]
ONE_FAILED = [(True, "d1 result"), (False, "d2 failure")]

CASES = {
    "1: of no Deferred it fires at once": Case("", []),
    "2: of one it fires when that does": Case("d1", [(True, "d1 result")]),
    "3: of two it fires when both have": Case("d1 d2", BOTH),
    "4: the order is that of the list": Case("d2 d1", BOTH),
    "5: a failure is a result": Case("d1 -d2", ONE_FAILED, consume=True),
    "6: but stays one of its Deferred": Case("d1 -d2", ONE_FAILED, unhandled=("d2 failure",)),
    "7: who may handle it himself": Case("d1 -d2", ONE_FAILED, handled=True),
}


def firing(word: str) -> str:
    return f"Firing {word[1:]} with errback." if word.startswith("-") else f"Firing {word}."


def fire(deferred: Deferred[Any], word: str) -> None:
    if word.startswith("-"):
        deferred.errback(Burst(f"{word[1:]} failure"))
    else:
        deferred.callback(f"{word} result")


def plain(result: list[tuple[bool, Any]]) -> list[tuple[bool, str]]:
    return [(good, each if good else each.getErrorMessage()) for good, each in result]


async def turns(count: int = 3) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


Told = Callable[[Deferred[Any], Callable[[Any], object]], object]


def to_a_callback(whole: Deferred[Any], got_results: Callable[[Any], object]) -> object:
    return whole.addCallback(got_results)


def to_a_coroutine(whole: Deferred[Any], got_results: Callable[[Any], object]) -> object:
    async def waits() -> None:
        got_results(await whole)

    return drive(waits())


async def told(case: Case, kind: type[Deferred[Any]], tell: Told) -> list[Any]:
    """What is said when that is done."""
    said: list[Any] = []
    names = sorted(word.strip("-") for word in case.fired.split())
    deferreds = {name: kind() for name in names}
    whole = DeferredList(list(deferreds.values()), consumeErrors=case.consume)
    if case.handled:
        deferreds["d2"].addErrback(lambda _: None)
    said.append("Adding Callback.")
    kept = tell(whole, lambda result: said.append(("We got:", plain(result))))
    await turns()
    for word in case.fired.split():
        said.append(firing(word))
        fire(deferreds[word.strip("-")], word)
        await turns()
    del kept
    return said


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
@pytest.mark.parametrize("kind", [Deferred, Outcome])
@pytest.mark.parametrize("tell", [to_a_callback, to_a_coroutine])
async def test_it_is_as_it_is_told(
    case: Case, kind: type[Deferred[Any]], tell: Told, reports: Reports
) -> None:
    assert await told(case, kind, tell) == case.said
    assert [str(error) for error in reports.now()] == list(case.unhandled)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_so_it_is_with_the_tools_of_asyncio(case: Case, reports: Reports) -> None:
    names = sorted(word.strip("-") for word in case.fired.split())
    outcomes = {name: Outcome[str]() for name in names}
    whole = drive(gathered(outcomes.values()))
    await turns()
    for word in case.fired.split():
        assert not whole.done()
        fire(outcomes[word.strip("-")], word)
        await turns()
    assert await whole == case.result
    del outcomes, whole
    assert reports.now() == []  # who awaits an outcome has seen its failure


async def gathered(awaitables: Any) -> list[tuple[bool, str]]:
    results = await asyncio.gather(*awaitables, return_exceptions=True)
    return [(not isinstance(each, Exception), str(each)) for each in results]


# The discussion, and the exercises


async def test_a_list_of_lists_has_a_list_of_results_for_each() -> None:
    lists: list[Deferred[Any]] = [DeferredList([succeed(1), succeed(2)]), DeferredList([])]
    assert await drive(awaited(DeferredList(lists))) == [(True, [(True, 1), (True, 2)]), (True, [])]


async def awaited(value: Awaitable[Any]) -> Any:
    return await value


async def test_the_quickest_of_several_servers_is_enough() -> None:
    mirrors = [Deferred[str]() for _ in range(3)]
    first = drive(awaited(DeferredList(mirrors, fireOnOneCallback=True, consumeErrors=True)))
    mirrors[0].errback(Burst())
    await turns()
    assert not first.done()
    mirrors[2].callback("a poem")
    assert await first == ("a poem", 2)


async def test_when_all_are_needed_the_first_failure_ends_it() -> None:
    parts = [Deferred[str]() for _ in range(3)]
    whole = drive(awaited(DeferredList(parts, fireOnOneErrback=True, consumeErrors=True)))
    await turns()
    parts[1].errback(Burst())
    with pytest.raises(FirstError) as caught:
        await whole
    assert (caught.value.index, caught.value.subFailure.type) == (1, Burst)


async def test_with_both_whatever_comes_first_decides() -> None:
    for fails in (True, False):
        first, other = Deferred[str](), Deferred[str]()
        whole = outcome_of(DeferredList([first, other], True, True, True))
        other.errback(Burst()) if fails else other.callback("a poem")
        if fails:
            with pytest.raises(FirstError):
                await whole
        else:
            assert await whole == ("a poem", 1)


async def test_a_dict_gives_to_each_its_name_where_a_list_gives_a_place() -> None:
    for word in ("-d2", "d2"):
        poems = {"science": Deferred[str](), "ecstasy": Deferred[str]()}
        listed = outcome_of(DeferredList(list(poems.values())))
        named = outcome_of(DeferredDict(poems, consumeErrors=True))
        fire(poems["ecstasy"], word)
        fire(poems["science"], "d1")
        assert list((await named).items()) == list(zip(poems, await listed, strict=True))


async def test_gathered_results_come_without_a_word_on_success() -> None:
    assert await drive(awaited(gatherResults([succeed(1), outcome_of(2)]))) == [1, 2]


async def test_the_failure_in_a_result_is_the_one_that_was_raised() -> None:
    burst = Burst()

    async def fails() -> None:
        await asyncio.sleep(0)
        raise burst

    [(good, failure)] = await drive(
        awaited(DeferredList([outcome_of(fails())], consumeErrors=True))
    )
    assert not good
    assert isinstance(failure, Failure)
    assert failure.value is burst


async def test_who_awaits_a_list_cannot_be_cancelled_and_who_awaits_a_dict_can() -> None:
    listed, named = Deferred[None](), Deferred[None]()
    tasks: list[asyncio.Task[Any]] = [
        drive(awaited(DeferredList([listed], consumeErrors=True))),
        drive(awaited(DeferredDict({"a": named}, consumeErrors=True))),
    ]
    await turns()
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    assert [task.cancelled() for task in tasks] == [False, True]
