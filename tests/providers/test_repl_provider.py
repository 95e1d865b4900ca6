"""Python from the terminal: what is typed runs on the loop of the process."""

from __future__ import annotations

import asyncio
import builtins
from collections.abc import Iterator
from typing import Any

import pytest

from piped.conf import Configuration
from piped.environment import RuntimeEnvironment
from piped.interop import settled
from piped.options import INVALID, Check, Code, ResourceName
from piped.providers.repl_provider import Repl, ReplProvider


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """What a person types, before the end of the input."""
    rest: Iterator[str] = iter(lines)

    def read(prompt: str = "") -> str:
        line = next(rest, None)
        if line is None:
            raise EOFError
        return line

    monkeypatch.setattr(builtins, "input", read)


async def run_to_its_end(settings: Repl, **offers: Any) -> int:
    """The exit code with which the terminal ends the process."""
    stopped: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    environment = RuntimeEnvironment(settings={"repl": settings}, stop=stopped.set_result)
    environment.configure()
    for path, resource in offers.items():
        environment.offer(path, resource=resource)
    ReplProvider().configure(environment)
    environment.dependency_manager.resolve_initial_states()
    await settled(environment.application.startService())
    code = await stopped
    await settled(environment.application.stopService())
    return code


async def test_names_of_the_bootstrap_and_resources_are_known(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sink: list[Any] = []
    typed(monkeypatch, "y = x + 1", "d.sink.append((y, dependencies.sink is d.sink))")
    settings = Repl(
        enabled=True, bootstrap=Code("x = 1"), dependencies={"sink": ResourceName("sink")}
    )
    assert await run_to_its_end(settings, sink=sink) == 0
    assert sink == [(2, True)]


async def test_what_is_typed_runs_on_the_loop_and_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    sink: list[Any] = []
    typed(
        monkeypatch,
        "import asyncio",
        "async def later(): return asyncio.get_running_loop()",
        "",
        "d.sink.append(await later())",
    )
    await run_to_its_end(Repl(enabled=True, dependencies={"sink": ResourceName("sink")}), sink=sink)
    assert sink == [asyncio.get_running_loop()]


async def test_what_fails_is_shown_and_the_terminal_goes_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    unhandled: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
    typed(monkeypatch, "1 / 0", "print('still here')")
    await run_to_its_end(Repl(enabled=True, bootstrap=Code("import nonsense.of_ours")))
    said = capsys.readouterr()
    assert "No module named 'nonsense'" in said.err
    assert "ZeroDivisionError" in said.err
    assert "still here" in said.out
    assert unhandled == []


async def test_it_is_off_unless_somebody_wants_it() -> None:
    environment = RuntimeEnvironment(settings={"repl": Repl()})
    ReplProvider().configure(environment)
    assert list(environment.application) == []


def test_a_bootstrap_returns_nothing() -> None:
    node = Configuration.from_text("repl: {bootstrap: return 1}", environment={}).node("repl")
    check = Check()
    assert node is not None
    assert check.convert(node, Repl, "repl") is INVALID
    assert "'return' outside function" in str(check.problems[0])
