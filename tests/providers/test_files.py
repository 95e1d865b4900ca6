"""Files that grow, are rotated, come and go."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from piped.checking import check
from piped.conf import Configuration
from piped.environment import RuntimeEnvironment
from piped.exceptions import BatonDropped, ConfigurationError
from piped.interop import settled
from piped.options import ResourceName
from piped.providers.file_provider import FileProvider
from piped.providers.file_settings import FileSettings
from piped.testing.clock import ManualClock
from tests.commands import LIMIT, read_until, running, written

from .conftest import Start


class Reader:
    """A process that reads the files of one folder, again and again."""

    def __init__(self, start: Start, clock: ManualClock, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "app.log"
        self.got: list[Any] = []
        self.failures: list[Exception] = []
        self._start = start
        self._clock = clock
        self._environment: RuntimeEnvironment | None = None

    async def starts(self, path: str = "app.log", **settings: Any) -> None:
        given = {"processor": ResourceName("heard"), "state": self.folder / "state", **settings}
        files = {"it": FileSettings(path=str(self.folder / path), **given)}
        self._environment = await self._start({FileProvider: files}, heard=self.hear)

    def hear(self, baton: dict[str, Any]) -> None:
        if self.failures:
            raise self.failures.pop()
        self.got.append(baton)

    async def stops(self) -> None:
        assert self._environment is not None
        await self._clock.passing(settled(self._environment.application.stopService()))

    def writes(self, text: str, name: str = "app.log") -> None:
        with (self.folder / name).open("a") as file:
            file.write(text)

    @property
    def lines(self) -> list[Any]:
        return [each["line"] for each in self.got]

    async def reads(self, *lines: str) -> None:
        """Wait until these lines have come, and forget them."""
        await self.until(lambda: len(self.got) >= len(lines))
        assert self.lines == list(lines)
        self.got.clear()

    async def until(self, holds: Callable[[], Any]) -> None:
        async with asyncio.timeout(LIMIT):
            while not holds():
                await self.looks()

    async def looks(self, seconds: float = 1.0) -> None:
        """Let it look once, or more often."""
        await self._clock.advance(seconds)
        await asyncio.sleep(0.003)  # it reads in a thread

    async def looks_often(self) -> None:
        for _ in range(20):
            await self.looks()


@pytest.fixture
def reader(start: Start, clock: ManualClock, tmp_path: Path) -> Reader:
    return Reader(start, clock, tmp_path)


async def test_each_line_is_a_baton_with_its_place(reader: Reader) -> None:
    reader.writes("one\nzwölf\r\n")
    await reader.starts()
    await reader.until(lambda: len(reader.got) == 2)
    path = str(reader.log)
    assert reader.got == [
        {"line": "one", "path": path, "position": 0},
        {"line": "zwölf", "path": path, "position": 4},
    ]
    reader.got.clear()
    reader.writes("three\nhalf a ")
    await reader.reads("three")
    await reader.looks_often()
    reader.writes("line\n")
    await reader.reads("half a line")


async def test_it_begins_at_the_end_if_it_is_told_to_and_reads_new_files_whole(
    reader: Reader,
) -> None:
    reader.writes("old\n")
    await reader.starts("*.log", begin="end")
    await reader.until((reader.folder / "state").exists)
    reader.writes("new\n")
    reader.writes("first\n", "b.log")
    await reader.until(lambda: len(reader.got) == 2)
    assert sorted(reader.lines) == ["first", "new"]


async def test_after_a_restart_it_goes_on_where_it_was(reader: Reader) -> None:
    reader.writes("one\ntwo\nhalf")
    await reader.starts()
    await reader.reads("one", "two")
    await reader.stops()
    reader.writes(" a line\n")
    await reader.starts(begin="end")
    await reader.reads("half a line")


async def test_a_renamed_file_is_read_to_its_end_before_its_successor(reader: Reader) -> None:
    reader.writes("one\n")
    await reader.starts()
    await reader.reads("one")
    reader.writes("two\nno end")
    reader.log.rename(reader.folder / "app.log.1")
    reader.writes("three\n")
    reader.writes("\nlate\n", "app.log.1")
    await reader.until(lambda: len(reader.got) == 4)
    assert reader.lines == ["two", "no end", "late", "three"]


async def test_a_file_that_is_taken_away_at_once_is_read_to_its_end(reader: Reader) -> None:
    reader.writes("one\n")
    await reader.starts()
    await reader.reads("one")
    reader.writes("two\nno end")
    reader.log.unlink()
    await reader.until(lambda: len(reader.got) == 2)
    await reader.reads("two", "no end")
    await reader.until(lambda: json.loads((reader.folder / "state").read_text())["files"] == [])


async def test_a_rotation_while_nobody_looks_loses_nothing(reader: Reader) -> None:
    reader.writes("one\n")
    await reader.starts()
    await reader.reads("one")
    await reader.stops()
    reader.writes("two\n")
    reader.log.rename(reader.folder / "app.log.1")
    reader.writes("three\n")
    await reader.starts()
    await reader.reads("two", "three")


async def test_a_file_under_another_name_that_is_looked_for_is_the_same(reader: Reader) -> None:
    reader.writes("one\n")
    await reader.starts("app.log*")
    await reader.reads("one")
    reader.log.rename(reader.folder / "app.log.1")
    reader.writes("two\n")
    await reader.reads("two")
    await reader.looks_often()
    assert reader.got == []


@pytest.mark.parametrize("content", ["new\n", "another, and longer than it was\n"])
async def test_a_file_that_is_written_anew_is_read_from_its_beginning(
    reader: Reader, content: str
) -> None:
    reader.writes("one line\nand two\n")
    await reader.starts()
    await reader.reads("one line", "and two")
    os.truncate(reader.log, 0)
    reader.writes(content)
    await reader.reads(content.rstrip())
    await reader.stops()
    reader.log.write_text("whole\n" * 20)  # while nobody looks
    await reader.starts()
    await reader.reads(*["whole"] * 20)


async def test_another_device_number_makes_no_other_file(reader: Reader) -> None:
    reader.writes("one\n")
    await reader.starts()
    await reader.reads("one")
    await reader.stops()
    state = json.loads((reader.folder / "state").read_text())
    state["files"][0]["device"] += 1
    (reader.folder / "state").write_text(json.dumps(state))
    reader.writes("two\n")
    await reader.starts()
    await reader.reads("two")


async def test_a_line_that_fails_is_tried_again_and_nothing_overtakes_it(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.failures = [ValueError(), ValueError()]
    reader.writes("one\ntwo\n")
    await reader.starts()
    await reader.reads("one", "two")
    again = [each for each in caplog.messages if "is tried again in" in each]
    assert len(again) == 2
    assert str(reader.log) in again[0]


async def test_a_line_that_fails_is_not_done_with_when_it_stops(reader: Reader) -> None:
    reader.failures = [ValueError()] * 3
    reader.writes("one\n")
    await reader.starts(retry_wait=1000.0, max_retry_wait=1000.0)
    await reader.until(lambda: len(reader.failures) < 3)
    await reader.stops()
    reader.failures.clear()
    await reader.starts()
    await reader.reads("one")


async def test_a_line_may_be_skipped_in_the_end(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.failures = [ValueError()] * 3
    reader.writes("one\ntwo\n")
    await reader.starts(max_retries=2)
    await reader.reads("two")
    assert f"files.it: {reader.log}, at 0 is skipped" in caplog.messages


async def test_what_is_dropped_as_declared_is_done_with(reader: Reader) -> None:
    reader.failures = [BatonDropped("as declared")]
    reader.writes("one\ntwo\n")
    await reader.starts()
    await reader.reads("two")


async def test_long_lines_come_in_parts_or_are_skipped(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.writes("x" * 100_000 + "\nshort\n")
    await reader.starts(max_length=60_000)
    await reader.until(lambda: len(reader.got) == 3)
    assert [len(each) for each in reader.lines] == [60_000, 40_000, 5]
    assert [each.get("partial") for each in reader.got] == [True, None, None]
    assert [each["position"] for each in reader.got] == [0, 60_000, 100_001]
    reader.got.clear()
    await reader.stops()
    (reader.folder / "state").unlink()
    await reader.starts(max_length=60_000, long_lines="skip")
    await reader.reads("short")
    told = f"files.it: a line of 100001 bytes at 0 of {reader.log} was skipped"
    assert told in caplog.messages


@pytest.mark.parametrize("finished", ["leave", "delete", "move"])
@pytest.mark.parametrize("each", ["line", "file"])
async def test_a_folder_is_watched_and_what_is_finished_goes_as_declared(
    reader: Reader, finished: str, each: str
) -> None:
    done = reader.folder / "done"
    done.mkdir()
    (done / "a.csv").write_text("of yesterday")
    move = {"move_to": done} if finished == "move" else {}
    await reader.starts("**/*.csv", each=each, finished=finished, **move)
    reader.writes("1\n2", "a.csv")
    await reader.looks(1)
    path = reader.folder / "a.csv"
    if each == "file":
        await reader.until(lambda: {"path": str(path)} in reader.got)
    elif finished == "leave":
        await reader.until(lambda: "1" in reader.lines)
        await reader.looks_often()
        assert "2" not in reader.lines  # more may come
    else:
        await reader.until(lambda: "2" in reader.lines)
    await reader.until(lambda: path.exists() == (finished == "leave"))
    if finished == "move":
        assert (done / "a.csv").read_text() == "of yesterday"
        assert (done / "a.csv.1").read_text() == "1\n2"
    await reader.looks_often()
    count = len(reader.got)
    await reader.stops()
    await reader.starts("**/*.csv", each=each, finished=finished, **move)
    await reader.looks_often()
    assert len(reader.got) == count


async def test_a_file_that_grows_is_not_finished(reader: Reader) -> None:
    await reader.starts("*.csv", each="file", quiet=5.0)
    for number in range(10):
        reader.writes(f"{number}\n", "a.csv")
        await reader.looks(2)
        await reader.looks(0)
    assert reader.got == []
    await reader.until(lambda: reader.got)


async def test_more_files_than_may_be_open_are_all_read(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("piped.providers.file_watch._MOST_OPEN", 4)
    for number in range(30):
        reader.writes(f"{number}\n", f"{number}.log")
    await reader.starts("*.log")
    await reader.until(lambda: len(reader.got) == 30)
    await reader.looks_often()
    assert _open_files(reader.folder) <= 5
    reader.got.clear()
    for number in range(30):
        reader.writes(f"{number} again\n", f"{number}.log")
    await reader.until(lambda: len(reader.got) == 30)
    await reader.stops()
    assert _open_files(reader.folder) == 0


def _open_files(folder: Path) -> int:
    links = (each for each in Path("/proc/self/fd").iterdir() if each.is_symlink())
    return sum(_target(each).startswith(str(folder)) for each in links)


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:
        return ""


async def test_what_is_no_file_is_left_alone(reader: Reader) -> None:
    (reader.folder / "folder.log").mkdir()
    os.mkfifo(reader.folder / "pipe.log")
    (reader.folder / "gone.log").symlink_to("nowhere")
    reader.writes("one\n")
    await reader.starts("*.log")
    await reader.reads("one")


async def test_a_state_that_cannot_be_understood_fails_the_start(reader: Reader) -> None:
    (reader.folder / "state").write_text('{"files": [1]}')
    with pytest.raises(ConfigurationError, match="does not say how far files were read"):
        await reader.starts()


async def test_the_state_is_kept_to_oneself(reader: Reader) -> None:
    reader.writes("one\n")
    await reader.starts()
    await reader.reads("one")
    await reader.stops()
    assert stat.S_IMODE((reader.folder / "state").stat().st_mode) == 0o600


APP = """
    files:
      it:
        path: app.log*
        processor: pipeline.line
        interval: 10ms
        quiet: 100ms
    pipelines:
      line:
        - exec-code:
            code: |
              with open("out", "a") as file:
                  file.write(input["line"] + "\\n")
              return input
            namespace: {open: open}
    """


def test_killed_at_any_moment_it_skips_nothing(tmp_path: Path) -> None:
    """Lines are written and rotated all the time, and the process is killed again and again."""
    written(tmp_path, app_yaml=APP)
    writer, out = Writer(tmp_path), tmp_path / "out"
    out.touch()
    for _ in range(4):
        with running(tmp_path, "-nc", "app.yaml") as process:
            read_until(process, "piped: process")
            wanted = out.stat().st_size + 15_000
            while out.stat().st_size < wanted:
                assert process.poll() is None
                writer.writes_if(out.stat().st_size + 40_000)
            process.send_signal(signal.SIGKILL)
            process.wait()
    with running(tmp_path, "-nc", "app.yaml") as process:
        writer.writes("the end")
        while not out.read_text().endswith("the end\n"):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
    assert set(out.read_text().splitlines()) == {*writer.written, "the end"}


class Writer:
    """Writes a log, and rotates it."""

    def __init__(self, folder: Path) -> None:
        self.written: list[str] = []
        self._log = folder / "app.log"
        self._size = 0

    def writes_if(self, most: int) -> None:
        """Write some lines, unless so much was written that nobody has read yet."""
        if self._size > most:
            time.sleep(0.005)
            return
        numbers = range(len(self.written), len(self.written) + 50)
        self.writes(*(f"line {number}" for number in numbers))
        self.written += [f"line {number}" for number in numbers]
        if len(self.written) % 700 == 0:
            self._log.rename(self._log.with_suffix(f".log.{len(self.written)}"))

    def writes(self, *lines: str) -> None:
        text = "".join(f"{line}\n" for line in lines)
        self._size += len(text)
        with self._log.open("a") as file:
            file.write(text)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({}, "needs the option 'path'"),
        ({"path": ""}, "needs a `path`"),
        ({"path": []}, "needs a `path`"),
        ({"path": "a", "finished": "move"}, "`move_to` go together"),
        ({"path": "a", "move_to": "b"}, "`move_to` go together"),
        ({"path": "a", "begin": "end", "finished": "delete"}, "what is there is not read"),
        ({"path": "a", "interval": 0}, "longer than nothing"),
        ({"path": "a", "retry_wait": 0}, "`retry_wait` is more than nothing"),
        ({"path": "a", "finishd": "leave"}, "did you mean 'finished'?"),
        ({"path": "a", "each": "lines"}, "files.it.each"),
        ({"path": "a", "max_retries": -1}, "files.it.max_retries"),
    ],
)
def test_a_wrong_option_is_a_problem(settings: Any, told: str) -> None:
    given = {"processor": "pipeline.a", **settings}
    tree = {"files": {"it": given}, "pipelines": {"a": ["passthrough"]}}
    assert any(told in each.message for each in check(Configuration.of(tree)).problems)


def test_two_that_keep_their_state_in_one_file_are_a_problem() -> None:
    given = {"processor": "pipeline.a", "path": "a", "state": "s"}
    tree = {"files": {"a": given, "b": given}, "pipelines": {"a": ["passthrough"]}}
    [problem] = check(Configuration.of(tree)).problems
    assert problem.message == "files.b: the state is kept in s, as that of 'a' is"
