"""Those who wait for a Deferred, or a future, are answered."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from piped.exceptions import PipedError, UnfitBaton
from tests.processors.trying import complaint, pipeline, result


@pytest.mark.parametrize(
    ("options", "more", "answer"),
    [
        ("", {"result": 7}, 7),
        ("", {}, None),
        ("result_path: a.b", {"a": {"b": 7}}, 7),
        ("result: 8", {"result": 7}, 8),
        ("result: null", {"result": 7}, None),
        ("result: !path a", {"a": 9}, 9),
    ],
)
def test_a_deferred_gets_its_result(options: str, more: dict[str, Any], answer: Any) -> None:
    deferred: Deferred[Any] = Deferred()
    got: list[Any] = []
    deferred.addCallback(got.append)
    baton = {"deferred": deferred, **more}
    assert result(f"callback-deferred: {{{options}}}", baton) is baton
    assert got == [answer]


async def test_a_future_gets_its_result() -> None:
    waited = asyncio.get_running_loop().create_future()
    pipeline("callback-deferred: {result: 7}").run({"deferred": waited})
    assert await waited == 7


async def test_a_future_fails() -> None:
    waited = asyncio.get_running_loop().create_future()
    made = pipeline("errback-deferred: {failure_path: why}")
    made.run({"deferred": waited, "why": KeyError("x")})
    with pytest.raises(KeyError):
        await waited


@pytest.mark.parametrize("why", [KeyError("x"), Failure(KeyError("x"))])
def test_a_deferred_fails_with_what_is_in_the_baton(why: Any) -> None:
    deferred: Deferred[Any] = Deferred()
    got: list[Any] = []
    deferred.addErrback(lambda failure: got.append(failure.value))
    result("errback-deferred: {failure_path: why}", {"deferred": deferred, "why": why})
    [error] = got
    assert isinstance(error, KeyError)


def test_a_deferred_fails_with_what_is_being_handled() -> None:
    deferred: Deferred[Any] = Deferred()
    got: list[Any] = []
    deferred.addErrback(lambda failure: got.append(failure.value))
    steps = "raise-exception: {type: KeyError, error_consumers: [errback-deferred]}"
    result(steps, {"deferred": deferred})
    [error] = got
    assert isinstance(error, KeyError)


@pytest.mark.parametrize(
    ("step", "baton", "complaint"),
    [
        ("callback-deferred", {}, "there is None at 'deferred', and no Deferred"),
        ("callback-deferred", {"deferred": 7}, "there is 7 at 'deferred', and no Deferred"),
        ("errback-deferred: {failure_path: a}", {"a": ValueError()}, "and no Deferred"),
        ("errback-deferred: {failure_path: a}", {"a": 7}, "there is 7 at 'a', and no failure"),
    ],
)
def test_what_nobody_waits_for_is_unfit(step: str, baton: Any, complaint: str) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        result(step, baton)


def test_where_nothing_is_handled_nobody_fails() -> None:
    with pytest.raises(PipedError, match="no failure is being handled here"):
        result("errback-deferred", {"deferred": Deferred()})


@pytest.mark.parametrize("step", ["callback-deferred", "errback-deferred"])
def test_wrong_options(step: str) -> None:
    assert "deferred_path: expected a key path" in complaint(f"{step}: {{deferred_path: 7}}")
