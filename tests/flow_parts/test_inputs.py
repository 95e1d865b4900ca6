"""What comes by itself: the input, lines of programs, ticks, whatever can be iterated."""

from __future__ import annotations

import asyncio
import gc
import os
import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from piped.testing.clock import ManualClock
from tests.commands import LIMIT, PIPED, environment, piped, read_until, running, written
from tests.flow_parts.iterables import ENDLESS
from tests.providers.database.databases import App, Running, until

from .hearing import Ear, flow_of


def app(fount: str, more: str = "") -> str:
    return f"flows: {{it: {{from: [{fount}], to: {{processor: heard}}{more}}}}}"


@pytest.fixture
def ear() -> Ear:
    return Ear()


def is_over(running: App) -> bool:
    flow = flow_of(running, "it").flow
    return flow is not None and flow.drains[0].is_done


# The standard input.


def test_the_lines_of_the_input_come_and_the_process_ends_with_them(tmp_path: Path) -> None:
    written(tmp_path, app_yaml="flows: {it: {from: stdin, to: stdout, on_end: stop}}")
    lines = "".join(f"line {at}\n" for at in range(50_000)) + "the last"
    ended = piped(tmp_path, "-nc", "app.yaml", stdin=lines)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == lines + "\n"


def test_lines_come_when_they_are_written(tmp_path: Path) -> None:
    written(tmp_path, app_yaml="flows: {it: {from: stdin, to: {log: {logger: heard}}}}")
    with running(tmp_path, "-nc", "app.yaml") as process:
        assert process.stdin is not None
        for word in ("one", "two", "three"):
            process.stdin.write(f"{word}\n")
            process.stdin.flush()
            read_until(process, word)
        process.terminate()
        assert process.wait(30) == 0


FILTER = "flows: {it: {from: stdin, to: stdout, on_end: stop, stop_time: 100ms}}"


def in_shell(folder: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of bash, in which `piped` runs a filter."""
    written(folder, app_yaml=FILTER)
    return subprocess.run(
        ["bash", "-c", command.replace("piped", f"{sys.executable} -m piped -nc app.yaml")],
        cwd=folder,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )


def test_whoever_reads_the_output_may_go(tmp_path: Path) -> None:
    ended = in_shell(tmp_path, "yes | piped | head -n 3; echo ${PIPESTATUS[1]}")
    assert ended.stdout == "y\ny\ny\n1\n"
    assert ended.stderr.count("ERROR") == 1
    assert "nobody reads the standard output any more" in ended.stderr


@pytest.mark.parametrize(
    ("where", "why"), [(">/dev/full", "No space left"), (">&-", "Bad file descriptor")]
)
def test_an_output_that_cannot_be_written_is_a_failure(
    tmp_path: Path, where: str, why: str
) -> None:
    ended = in_shell(tmp_path, f"echo one | piped {where}; echo ${{PIPESTATUS[1]}}")
    assert ended.stdout == "1\n"
    assert f"the standard output cannot be written: {why}" in ended.stderr


@contextmanager
def filtering(folder: Path, output: int, lines: bytes) -> Iterator[subprocess.Popen[bytes]]:
    """A filter that writes to a pipe of ours."""
    written(folder, app_yaml=FILTER)
    with subprocess.Popen(
        [*PIPED, "-nc", "app.yaml"],
        cwd=folder,
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=output,
    ) as process:
        os.close(output)
        assert process.stdin is not None
        process.stdin.write(lines)
        process.stdin.close()
        yield process
        process.kill()


def test_an_output_that_nobody_reads_does_not_keep_the_process(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", 0) as heard, filtering(tmp_path, writing, b"x" * 200_000) as it:
        assert heard.read(1) == b"x"  # what is left is more than the pipe has room for
        it.terminate()
        assert it.wait(LIMIT) == 0


def test_an_output_that_does_not_wait_is_waited_for(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    lines = (b"x" * 999 + b"\n") * 200  # more than the pipe has room for
    ours = os.dup(writing)
    with os.fdopen(reading, "rb") as heard, filtering(tmp_path, writing, lines) as it:
        while select.select([], [ours], [], 0)[1]:  # until it is full
            assert it.poll() is None
        os.close(ours)
        assert heard.read() == lines
        assert it.wait(LIMIT) == 0


# Other programs.


async def test_the_lines_of_a_program_come_and_it_ends_with_it(start: Running, ear: Ear) -> None:
    running = await start(app("process: seq 20000"), heard=ear)
    await until(lambda: is_over(running))
    assert ear.got == [str(number) for number in range(1, 20_001)]


async def test_a_program_that_fails_is_the_reason_of_the_end(
    start: Running, ear: Ear, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    script = "echo one; echo complaint >&2; exit 3"
    caplog.set_level("INFO")
    running = await start(app(f"process: {{command: [sh, -c, '{script}']}}"), heard=ear)
    await until(lambda: is_over(running))
    assert ear.got == ["one"]
    await until(lambda: "flow.it has failed: FlowError: sh has exited with 3" in caplog.text)
    await until(lambda: "sh: complaint" in caplog.text)


async def test_a_program_is_held_up_while_nothing_may_flow(start: Running, ear: Ear) -> None:
    ear.gate.clear()
    running = await start(app("process: 'yes line'"), heard=ear)
    await running.comes("flow.it")
    fount = flow_of(running, "it").flow.founts[0]
    await until(lambda: fount.passed)
    seen = -1
    while fount.passed != seen:  # until it stands
        seen = fount.passed
        await asyncio.sleep(0.05)
    ear.gate.set()
    await until(lambda: len(ear.got) > 10)
    await running.stop()
    assert set(ear.got) == {"line"}


async def test_a_program_ends_when_the_flow_is_stopped(start: Running, ear: Ear) -> None:
    running = await start(app("process: [sh, -c, 'echo $$; sleep 1000']"), heard=ear)
    await until(lambda: ear.got)
    await running.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(int(ear.got[0]), 0)


# Ticks.


async def test_ticks_come_at_their_times(start: Running, ear: Ear) -> None:
    clock = ManualClock()
    await start(app("ticks: 10s"), clock, heard=ear)
    await clock.advance(35)
    assert [each["tick"] - clock.time() for each in ear.got] == [-35, -25, -15, -5]
    assert [each["delta"] for each in ear.got] == [0, 10, 10, 10]


async def test_a_cron_ticks_at_its_times_and_a_number_of_times(start: Running, ear: Ear) -> None:
    clock = ManualClock(start=1_700_000_000.0)  # 22:13:20
    running = await start(app("ticks: {cron: '0 * * * *', most: 2}"), clock, heard=ear)
    await clock.advance(3 * 3600)
    assert [each["tick"] % 3600 for each in ear.got] == [0, 0]
    await clock.settle()
    assert is_over(running)


async def test_ticks_that_are_missed_are_not_made_up_for(start: Running, ear: Ear) -> None:
    clock = ManualClock()
    ear.gate.clear()
    await start(app("ticks: 1s"), clock, heard=ear)
    await clock.advance(100)
    ear.gate.set()
    await clock.settle(200)
    assert len(ear.got) <= 3
    await clock.advance(10)
    assert 10 <= len(ear.got) <= 14


# What it costs.


@pytest.mark.parametrize(("before", "after"), [(700, 20_000), (0, 0), (50_000, 50_000)])
async def test_python_looks_for_garbage_less_often_while_much_flows(
    start: Running, ear: Ear, before: int, after: int
) -> None:
    found = gc.get_threshold()
    gc.set_threshold(before, *found[1:])
    try:
        await start(app("ticks: 1h"), heard=ear)
        assert gc.get_threshold() == (after, *found[1:])
    finally:
        gc.set_threshold(*found)


# Whatever can be iterated.


HERE = "tests.flow_parts.iterables"


@pytest.mark.parametrize(
    ("fount", "expected"),
    [
        (f"iterate: {HERE}.numbers", [0, 1, 2]),
        (f"iterate: {HERE}.numbers_later", [0, 1, 2]),
        (f"iterate: {HERE}.a_list", [0, 1, 2]),
        (f"iterate: {HERE}.SOME", [0, 1, 2]),
        (f"iterate: {{function: {HERE}.numbers, thread: true}}", [0, 1, 2]),
        (
            f"iterate: {{function: {HERE}.numbers, arguments: {{up_to: 5000}}}}",
            list(range(5000)),
        ),
        (
            f"iterate: {{function: {HERE}.numbers_later, arguments: {{up_to: 500}}, size: 7}}",
            list(range(500)),
        ),
    ],
)
async def test_all_items_come_and_it_ends(
    start: Running, ear: Ear, fount: str, expected: list[Any]
) -> None:
    running = await start(app(fount), heard=ear)
    await until(lambda: is_over(running))
    assert ear.got == expected


@pytest.mark.parametrize("name", ["breaking", "breaking_later"])
async def test_what_it_raises_is_the_reason_of_the_end(
    start: Running, ear: Ear, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    running = await start(app(f"iterate: {HERE}.{name}"), heard=ear)
    await until(lambda: is_over(running))
    assert ear.got == [0, 1]
    await until(lambda: "flow.it has failed: ValueError: no more" in caplog.text)


async def test_what_has_no_end_can_be_stopped_and_is_closed(start: Running, ear: Ear) -> None:
    running = await start(app(f"iterate: {HERE}.endless"), heard=ear)
    await until(lambda: len(ear.got) > 1000)
    ENDLESS.clear()
    await running.stop()
    assert ENDLESS == ["closed"]


async def test_what_is_not_iterable_fails_the_flow(
    start: Running, ear: Ear, caplog: pytest.LogCaptureFixture
) -> None:
    running = await start(app("iterate: builtins.object"), heard=ear)
    await until(lambda: is_over(running) and "which has no items" in caplog.text)
