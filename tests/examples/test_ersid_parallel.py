"""Asking several at once: `parallel_map`, `Together`, and `geturls.py`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.exceptions import ResourceLost
from tests.examples.ersid_running import EXAMPLE, LIMIT, environment, part

parallel_map: Any = part("parallel").parallel_map
Together: Any = part("together").Together


@given(st.lists(st.integers(), max_size=20), st.integers(min_value=1, max_value=8))
def test_results_are_in_the_order_of_inputs_and_no_more_run_at_once(
    inputs: list[int], parallelism: int
) -> None:
    running, most = 0, 0

    async def double(number: int) -> int:
        nonlocal running, most
        running += 1
        most = max(most, running)
        for _ in range(number % 5):
            await asyncio.sleep(0)
        running -= 1
        return number * 2

    async def main() -> Any:
        return await parallel_map(double, iter(inputs), parallelism)

    assert asyncio.run(main()) == [number * 2 for number in inputs]
    assert most <= min(parallelism, len(inputs))


async def test_as_many_run_at_once_as_may() -> None:
    gate, running = asyncio.Event(), []

    async def wait(number: int) -> None:
        running.append(number)
        await gate.wait()

    mapped = parallel_map(wait, range(10), 3)
    while len(running) < 3:  # noqa: ASYNC110 - nobody tells us
        await asyncio.sleep(0)
    assert running == [0, 1, 2]
    gate.set()
    await mapped
    assert running == list(range(10))


async def test_one_that_fails_ends_all() -> None:
    cancelled, begun = [], []

    async def work(number: int) -> None:
        begun.append(number)
        try:
            if number == 2:
                raise LookupError("two")
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(number)
            raise

    with pytest.raises(LookupError, match="two"):
        await parallel_map(work, range(10), 3)
    assert (begun, cancelled) == ([0, 1, 2], [0, 1])


async def test_what_waits_is_asked_together() -> None:
    gate, asked = asyncio.Event(), []

    async def work(questions: dict[str, Any]) -> dict[str, Any]:
        asked.append(dict(questions))
        await gate.wait()
        return {key: value * 2 for key, value in questions.items()}

    together = Together(work, most=2)
    first = together.ask("a", 1)
    await asyncio.sleep(0)
    others = [together.ask(key, value) for key, value in (("a", 2), ("a", 3), ("b", 4), ("c", 5))]
    gate.set()
    assert await first == 2
    assert [await each for each in others] == [6, 6, 8, 10]
    assert asked == [{"a": 1}, {"a": 3, "b": 4}, {"c": 5}]


async def test_only_the_wrong_one_fails() -> None:
    async def work(questions: dict[str, Any]) -> dict[str, Any]:
        if "wrong" in questions:
            raise ValueError("wrong")
        return questions

    together = Together(work)
    asked = {key: together.ask(key, key) for key in ("first", "a", "wrong", "b")}
    for key in ("first", "a", "b"):
        assert await asked[key] == key
    with pytest.raises(ValueError, match="wrong"):
        await asked["wrong"]


async def test_all_fail_when_the_resource_is_lost_and_the_next_are_asked_again() -> None:
    lost = True

    async def work(questions: dict[str, Any]) -> dict[str, Any]:
        if lost:
            raise ResourceLost("it is night")
        return questions

    together = Together(work)
    asked = [together.ask(key) for key in "abc"]
    for each in asked:
        with pytest.raises(ResourceLost):
            await each
    lost = False
    assert await together.ask("d", 4) == 4


async def test_who_leaves_keeps_nobody_from_hearing() -> None:
    async def work(questions: dict[str, Any]) -> dict[str, Any]:
        await asyncio.sleep(0)
        return questions

    together = Together(work)
    leaving, staying = together.ask("a", 1), together.ask("a", 1)
    leaving.addErrback(lambda _: None)
    leaving.cancel()
    assert await staying == 1


def test_a_url_that_nobody_answers_is_named() -> None:
    command = [sys.executable, "geturls.py", "http://127.0.0.1:1/"]
    done = subprocess.run(
        command,
        cwd=EXAMPLE,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.stdout.startswith("getting url http://127.0.0.1:1/\nno url http://127.0.0.1:1/ ")
    assert done.returncode == 0
