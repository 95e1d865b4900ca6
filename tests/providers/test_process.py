"""Other programs, as real processes."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from piped.checking import check
from piped.conf import Configuration
from piped.environment import RuntimeEnvironment
from piped.exceptions import PipelineFull, ResourceLost
from piped.interop import settled
from piped.options import ResourceName, Secret
from piped.providers.process_provider import ProcessProvider
from piped.providers.process_settings import OutputSettings, ProcessSettings
from piped.testing.clock import ManualClock
from tests.commands import wait_for_end_of

from .conftest import Start
from .test_pb import Need

LIMIT = 30  # seconds; never reached when all is well
HEARD = ResourceName("heard")


def program(code: str, *args: str, **settings: Any) -> dict[Any, Any]:
    """The settings of a process that runs some Python."""
    given = {"stdout": OutputSettings(processor=HEARD), **settings}
    arguments = ["-u", "-c", dedent(code), *args]
    process = ProcessSettings(executable=sys.executable, args=arguments, **given)
    return {ProcessProvider: {"it": process}}


def control_of(environment: RuntimeEnvironment) -> Any:
    return environment.resource_manager.get_registered_resources()["process.it.control"].resource


class Heard(list[Any]):
    """A processor that keeps what it gets, and can be held up."""

    def __init__(self) -> None:
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self.failures: list[Exception] = []

    async def __call__(self, baton: Any) -> None:
        await self.goes_on.wait()
        if self.failures:
            raise self.failures.pop()
        self.append(baton["line"])

    async def until(self, holds: Callable[[], Any]) -> None:
        async with asyncio.timeout(LIMIT):
            while not holds():  # noqa: ASYNC110 - another process acts
                await asyncio.sleep(0.005)

    async def get(self, *lines: Any) -> None:
        await self.until(lambda: len(self) >= len(lines))
        assert self == list(lines)


@pytest.fixture
def heard() -> Heard:
    return Heard()


async def test_each_line_is_a_baton_and_the_last_needs_no_end(start: Start, heard: Heard) -> None:
    code = "import sys; sys.stdout.write('one\\ntwo é\\r\\n\\nlast')"
    await start(program(code), heard=heard)
    await heard.get("one", "two é", "", "last")


async def test_it_runs_as_it_is_told(start: Start, heard: Heard, tmp_path: Path) -> None:
    code = """
        import os, sys
        print(os.getcwd(), sys.argv[1:], os.environ["PASS_WORD"], os.environ["PATH"] != "")
    """
    settings = {"path": tmp_path, "environment": {"PASS_WORD": Secret("x")}}
    await start(program(code, "a b", "$c", **settings), heard=heard)
    await heard.get(f"{tmp_path} ['a b', '$c'] x True")


async def test_what_it_complains_of_has_its_own_processor_or_is_one_with_the_rest(
    start: Start, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    code = "import sys; print('good'); print('bad', file=sys.stderr)"
    complaints = Heard()
    both = OutputSettings(processor=ResourceName("complaints"))
    await start(program(code, stderr=both), heard=heard, complaints=complaints)
    await heard.get("good")
    await complaints.get("bad")
    await start(program(code, stderr="stdout"), heard=complaints)
    await complaints.get("bad", "good", "bad")
    await start(program(code, stdout=OutputSettings()))
    await heard.until(lambda: "process.it.stderr: bad" in caplog.messages)
    await heard.until(lambda: "process.it.stdout: good" in caplog.messages)


async def test_it_is_written_to_while_it_runs(start: Start, heard: Heard) -> None:
    code = "import sys\nfor line in sys.stdin: print(line.strip().upper())"
    environment = await start(program(code), heard=heard)
    need = Need(environment, "process.it.stdin")
    stdin = await need.ready()
    await stdin.write("on")
    await stdin.write(b"e\n")
    await stdin.write_line("two é")
    await stdin.write_line(b"three")
    await stdin({"line": "four"})
    await heard.get("ONE", "TWO É", "THREE", "FOUR")
    await stdin({"line": None})  # the end
    await need.lost()
    with pytest.raises(ResourceLost, match=r"process\.it cannot be written to"):
        await stdin.write_line("five")


async def test_a_writer_is_held_up_by_a_program_that_does_not_read(
    start: Start, heard: Heard
) -> None:
    code = "import sys\nprint('there')\nimport signal; signal.pause()"
    environment = await start(program(code), heard=heard)
    await heard.get("there")
    stdin = await Need(environment, "process.it.stdin").ready()
    writing = asyncio.ensure_future(stdin.write(b"x" * 1_000_000))
    await asyncio.wait([writing], timeout=0.1)
    assert not writing.done()
    await settled(control_of(environment).stop_process())
    with pytest.raises(ResourceLost):
        await writing


async def test_a_program_is_held_up_by_its_processor(start: Start, heard: Heard) -> None:
    code = """
        import sys
        for number in range(100_000):
            print(number, "x" * 100)
            print(number, file=sys.stderr) if number % 1000 == 0 else None
    """
    heard.goes_on.clear()
    numbers = Heard()
    stderr = OutputSettings(processor=ResourceName("numbers"))
    await start(program(code, stderr=stderr), heard=heard, numbers=numbers)
    await numbers.until(lambda: numbers)
    before = -1
    while len(numbers) != before:  # until it does not go on
        before = len(numbers)
        await asyncio.sleep(0.3)
    assert len(numbers) < 10
    heard.goes_on.set()
    await heard.until(lambda: len(heard) == 100_000)
    assert heard[-1].startswith("99999 ")


async def test_a_long_line_comes_in_parts_or_is_skipped(
    start: Start, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    code = "print('x' * 100_000); print('short')"
    for how, lines in (("split", ["x" * 60_000, "x" * 40_000, "short"]), ("skip", ["short"])):
        heard.clear()
        stdout = OutputSettings(processor=HEARD, max_length=60_000, long_lines=how)  # type: ignore[arg-type]
        await start(program(code, stdout=stdout), heard=heard)
        await heard.get(*lines)
    assert "process.it.stdout: a line of 100001 bytes was skipped" in caplog.messages


async def test_a_line_that_fails_is_logged_and_the_next_comes(
    start: Start, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    heard.failures = [ValueError("burst")]
    await start(program("print(1); print(2)"), heard=heard)
    await heard.get("2")
    assert "process.it.stdout: heard failed" in caplog.messages


async def test_a_line_for_which_there_is_no_room_comes_again(
    start: Start, heard: Heard, clock: ManualClock
) -> None:
    heard.failures = [PipelineFull("full"), PipelineFull("full")]
    await start(program("print(1); print(2)"), heard=heard)
    async with asyncio.timeout(LIMIT):
        while len(heard) < 2:
            await clock.advance(1)
            await asyncio.sleep(0.001)
    assert heard == ["1", "2"]


async def test_a_line_waits_for_its_processor(
    start: Start, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    environment = await start(program("print(1)", spawn=False), heard=heard)
    offer = environment.resource_manager.get_registered_resources()["heard"]
    offer.lost("for a while")
    control_of(environment).spawn_process()
    await heard.until(lambda: "process.it has exited with 0" in caplog.messages)
    assert heard == []
    offer.ready(heard)
    await heard.get("1")


async def test_it_begins_when_it_is_told(start: Start, heard: Heard) -> None:
    code = "import signal; print('there'); signal.pause()"
    environment = await start(program(code, spawn=False), heard=heard)
    control, need = control_of(environment), Need(environment, "process.it")
    assert not need.dependency.is_ready
    for _ in range(2):
        control.spawn_process()
        control.spawn_process()  # it does already
        assert (await need.ready()) is control
        await heard.until(lambda: heard)
        assert heard == ["there"]
        pid = control.pid
        await settled(control.stop_process())
        assert not Path(f"/proc/{pid}").exists()
        await need.lost()
        heard.clear()


async def test_it_is_run_again_later_and_later(
    start: Start, heard: Heard, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = {"restart": True, "restart_wait": 1, "max_restart_wait": 3}
    await start(program("import os, sys; print(1); sys.exit(3)", **settings), heard=heard)
    for count in range(1, 5):
        await heard.until(partial(_has_run, count, heard, caplog))
        assert clock.waiting == 1
        await clock.advance(3)
    waits = [float(each.split()[-2]) for each in caplog.messages if "is run again" in each]
    assert waits[0] < waits[1] <= 3.0
    assert "process.it has exited with 3" in caplog.messages


def _has_run(count: int, heard: Heard, caplog: pytest.LogCaptureFixture) -> bool:
    """Whether it has ended so many times, and waits for the next."""
    waits = sum("is run again" in each for each in caplog.messages)
    return len(heard) == waits == count


async def test_an_end_is_told_by_its_kind(
    start: Start, heard: Heard, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    for code, told, level in (
        ("pass", "process.it has exited with 0", logging.INFO),
        ("import sys; sys.exit(2)", "process.it has exited with 2", logging.WARNING),
        ("import os; os.abort()", "process.it was ended by SIGABRT", logging.WARNING),
    ):
        caplog.clear()
        await start(program(code), heard=heard)
        await heard.until(partial(_is_told, told, caplog))
        [record] = [each for each in caplog.records if each.getMessage() == told]
        assert record.levelno == level


def _is_told(told: str, caplog: pytest.LogCaptureFixture) -> bool:
    return told in caplog.messages


async def test_one_that_does_not_listen_is_killed_with_all_it_has_started(
    start: Start, heard: Heard, clock: ManualClock
) -> None:
    code = """
        import os, signal
        signal.signal(signal.SIGTERM, lambda *_: os.write(1, b"no\\n"))
        other = os.fork()
        if other:
            print(other)
        while True:
            signal.pause()
    """
    environment = await start(program(code), heard=heard)
    await heard.until(lambda: heard)
    pids = [int(heard[0]), control_of(environment).pid]
    stopping = asyncio.ensure_future(settled(control_of(environment).stop_process()))
    await heard.until(lambda: "no" in heard)
    assert not stopping.done()
    async with asyncio.timeout(LIMIT):
        while not stopping.done():
            await clock.advance(10)
            await asyncio.sleep(0.001)
    for pid in pids:
        await asyncio.to_thread(wait_for_end_of, pid)


async def test_the_line_that_is_under_way_comes_to_its_end_when_it_stops(
    start: Start, heard: Heard
) -> None:
    heard.goes_on.clear()
    code = "import signal; print(1); signal.pause()"
    environment = await start(program(code), heard=heard)
    await heard.until(lambda: control_of(environment).pid is not None)
    control = control_of(environment)
    await heard.until(lambda: control._feedings["stdout"]._is_handing)
    stopping = asyncio.ensure_future(settled(control.stop_process()))
    await asyncio.wait([stopping], timeout=0.05)
    assert not stopping.done()
    heard.goes_on.set()
    await stopping
    assert heard == ["1"]


async def test_a_program_that_is_gone_is_told_of_and_tried_again(
    start: Start, heard: Heard, clock: ManualClock, tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\necho here\n")
    path.chmod(0o755)
    settings = ProcessSettings(
        executable=str(path), restart=True, stdout=OutputSettings(processor=HEARD)
    )
    path.rename(tmp_path / "other")
    await start({ProcessProvider: {"it": settings}}, heard=heard)
    await heard.until(lambda: any("process.it cannot be run" in each for each in caplog.messages))
    (tmp_path / "other").rename(path)
    async with asyncio.timeout(LIMIT):
        while not heard:
            await clock.advance(1)
            await asyncio.sleep(0.01)
    assert heard[0] == "here"


async def test_without_stdin_its_input_is_empty(start: Start, heard: Heard) -> None:
    code = "import sys; print(repr(sys.stdin.read()))"
    environment = await start(program(code, stdin=False), heard=heard)
    await heard.get("''")
    assert "process.it.stdin" not in environment.resource_manager.get_registered_resources()


async def test_ctrl_c_in_our_terminal_is_not_for_it(start: Start, heard: Heard) -> None:
    environment = await start(program("import signal; signal.pause()"), heard=heard)
    await heard.until(lambda: control_of(environment).pid is not None)
    assert os.getpgid(control_of(environment).pid) != os.getpgid(0)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "needs the option 'executable'"),
        ({"executable": "no-such-program"}, "there is no program 'no-such-program' on the PATH"),
        ({"executable": "./no-such"}, "there is no program './no-such'"),
        ({"executable": "cat", "path": "/no/where"}, "there is no folder '/no/where'"),
        ({"executable": "cat", "arg": 1}, "has no option 'arg' (did you mean 'args'?)"),
        ({"executable": "cat", "restart_wait": 0}, "`restart_wait` is more than nothing"),
        ({"executable": "cat", "stop_time": 0}, "a `stop_time` is longer than nothing"),
        ({"executable": "cat", "stdout": {"processor": "pipeline.x"}}, "pipeline.x"),
        ({"executable": "cat", "stdout": {"delimiter": ""}}, "a character at least"),
        ({"executable": "cat", "stderr": "stdin"}, "processes.it.stderr"),
    ],
)
def test_a_wrong_option_is_a_problem(settings: Any, told: str) -> None:
    problems = check(Configuration.of({"processes": {"it": settings}})).problems
    assert any(told in each.message for each in problems)
