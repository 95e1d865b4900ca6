"""A console in a frame that has failed."""

from __future__ import annotations

import asyncio
import sys
from types import FrameType
from typing import Any

import pytest
from twisted.internet.defer import Deferred

from piped.interop import drive
from piped.secret import HIDDEN, Secret
from piped.web.debugger.console import Console, is_incomplete

shadowed = "global"
changing = "before"


def failing(baton: dict[str, Any]) -> None:
    shadowed = "local"
    raise RuntimeError(shadowed)


def innermost_frame(function: Any, *args: Any) -> FrameType:
    with pytest.raises(RuntimeError) as caught:
        function(*args)
    return caught.tb.tb_next.tb_frame  # type: ignore[union-attr]


def frame_of(baton: dict[str, Any]) -> FrameType:
    return innermost_frame(failing, baton)


@pytest.fixture
def baton() -> dict[str, Any]:
    return {"name": "world"}


@pytest.fixture
def console(baton: dict[str, Any]) -> Console:
    return Console(frame_of(baton))


async def said(console: Console, code: str, limit: float = 10) -> str:
    evaluated = await drive(console.evaluate(code, limit))
    return "".join(piece.text for piece in evaluated.output)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("baton['name']", "'world'\n"),
        ("1; 'a'; None", "1\n'a'\n"),
        ("shadowed", "'local'\n"),
        ("[shadowed for _ in range(2)]", "['local', 'local']\n"),
        ("(lambda: [shadowed for each in baton])()", "['local']\n"),
        ("pytest.__name__", "'pytest'\n"),
        ("len(baton)", "1\n"),
        ("x = 3\nfor each in range(2):\n    print(each + x)\n", "3\n4\n"),
        ("def f(n):\n    return shadowed * n\nf(2)", "'locallocal'\n"),
        ("import asyncio\nawait asyncio.sleep(0, 'slept')", "'slept'\n"),
        ("[each async for each in agen()]", "NameError"),
        ("", ""),
        ("# nothing", ""),
    ],
)
async def test_it_sees_what_the_code_saw(console: Console, code: str, text: str) -> None:
    given = await said(console, code)
    assert given == text or text in given.splitlines()[-1]


async def test_what_is_done_to_the_baton_is_done(console: Console, baton: dict[str, Any]) -> None:
    await said(console, "baton['name'] = 'moon'; baton['more'] = [1]")
    assert baton == {"name": "moon", "more": [1]}


async def test_what_is_assigned_stays_in_the_console(console: Console) -> None:
    await said(console, "a = 1")
    await said(console, "shadowed = a + 1")
    assert await said(console, "a, shadowed") == "(1, 2)\n"
    assert shadowed == "global"


async def test_globals_are_those_of_now(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await said(console, "changing") == "'before'\n"
    monkeypatch.setattr(sys.modules[__name__], "changing", "after")
    assert await said(console, "changing") == "'after'\n"


async def test_the_last_value_has_a_name(console: Console) -> None:
    await said(console, "40 + 2")
    await said(console, "None")
    assert await said(console, "_ + 1") == "43\n"


async def test_a_failure_is_told_without_our_frames(console: Console) -> None:
    text = await said(console, "def f():\n    return 1 / 0\nf()")
    lines = text.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == '  File "<console>", line 3, in <module>'
    assert "    return 1 / 0" in lines
    assert lines[-1] == "ZeroDivisionError: division by zero"
    assert "console.py" not in text


@pytest.mark.parametrize(
    ("code", "ending"),
    [
        ("1 +", "SyntaxError: invalid syntax"),
        ("\0", "null bytes"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("exit()", "SystemExit: None"),
        ("def f(): f()\nf()", "RecursionError: maximum recursion depth exceeded"),
        ("raise TimeoutError('theirs')", "TimeoutError: theirs"),
        ("import asyncio\nraise asyncio.CancelledError", "CancelledError"),
    ],
)
async def test_the_process_goes_on_whatever_is_evaluated(
    console: Console, code: str, ending: str
) -> None:
    assert ending in (await said(console, code)).splitlines()[-1]


async def test_an_exception_that_cannot_be_shown_is_named(console: Console) -> None:
    text = await said(
        console,
        "class Mute(Exception):\n    def __str__(self): raise SystemExit\nraise Mute",
    )
    assert "Mute" in text


async def test_only_what_it_prints_is_captured(
    console: Console, capsys: pytest.CaptureFixture[str]
) -> None:
    async def other() -> None:
        for _ in range(3):
            print("other")  # noqa: T201
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    code = "import asyncio\nfor at in range(3):\n    print(at)\n    await asyncio.sleep(0)"
    assert await said(console, code) == "0\n1\n2\n"
    await task
    assert capsys.readouterr().out == "other\n" * 3


async def test_two_may_evaluate_at_a_time(console: Console) -> None:
    code = "import asyncio\n{0}\nawait asyncio.sleep(0.01 * {0})\n{0}"
    one, two = await asyncio.gather(said(console, code.format(1)), said(console, code.format(2)))
    assert (one, two) == ("1\n1\n", "2\n2\n")


async def test_deferreds_can_be_awaited(console: Console) -> None:
    deferred: Deferred[str] = Deferred()
    console.names["deferred"] = deferred
    asyncio.get_running_loop().call_soon(deferred.callback, "fired")
    assert await said(console, "await deferred") == "'fired'\n"


async def test_a_step_that_keeps_the_loop_is_interrupted(console: Console) -> None:
    assert await said(console, "while True: pass", limit=0.05) == (
        "It was interrupted: it took longer than 0.05 s.\n"
    )
    code = "import asyncio, time\nawait asyncio.sleep(0)\ntime.sleep(60)"
    assert "longer than 0.1 s" in await said(console, code, limit=0.1)


async def test_waiting_has_an_end_too(console: Console) -> None:
    code = "import asyncio\nawait asyncio.Event().wait()"
    assert "it waited longer than 0.05 s" in await said(console, code, limit=0.05)


async def test_an_evaluation_can_be_cancelled(console: Console) -> None:
    task = drive(console.evaluate("import asyncio\nawait asyncio.Event().wait()", 60))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_output_is_bounded(console: Console) -> None:
    assert len(await said(console, "print('x' * 10**7)")) < 101_000
    assert len(await said(console, "'x' * 10**7")) < 11_000


async def test_no_secret_is_told(console: Console) -> None:
    console.names["secret"] = Secret("penelope-odyssey")
    assert await said(console, "secret") == f"{HIDDEN}\n"
    assert await said(console, "print(secret.reveal())") == f"{HIDDEN}\n"
    assert "penelope" not in await said(console, "raise ValueError(secret.reveal())")


async def test_it_remembers_what_was_evaluated(console: Console) -> None:
    for at in range(60):
        await said(console, str(at))
    assert [each.code for each in console.history] == [str(at) for at in range(10, 60)]
    assert console.history[-1].output[0].text == "59\n"


@pytest.mark.parametrize(
    ("code", "incomplete"),
    [
        ("1 + 1", False),
        ("for x in y:", True),
        ("for x in y: print(x)", False),
        ("for x in y:\n    print(x)", True),
        ("for x in y:\n    print(x)\n", False),
        ("for x in y:\n    print(x)\n    ", False),
        ("f(\n  1,\n  2)", False),
        ("f(", True),
        ("'''", True),
        ("await f()", False),
        ("async with a:", True),
        ("1 +", False),
        ("", False),
        ("\0", False),
    ],
)
def test_more_lines_may_have_to_come(code: str, incomplete: bool) -> None:
    assert is_incomplete(code) is incomplete


async def test_a_local_of_that_name_is_not_hidden_by_the_last_value() -> None:
    def fail(_: str) -> None:
        raise RuntimeError

    console = Console(innermost_frame(fail, "mine"))
    await said(console, "1 + 1")
    assert await said(console, "_") == "'mine'\n"
