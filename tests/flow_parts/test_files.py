"""Lines of files that flow, and what is known of them after stops and kills."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.commands import piped, read_until, running, written
from tests.providers.database.databases import App, Running, until

from .hearing import Ear, flow_of


def app(folder: Path, options: str = "", drain: str = "processor: heard", flow: str = "") -> str:
    return f"""
flows:
  lines:
    from:
      files: {{path: '{folder}/app.log*', interval: 5ms, quiet: 50ms, state: '{folder}/state',
        chunk: 1024{options}}}
    to: {{{drain}}}
    stop_time: 1s{flow}
"""


class Reader:
    """A process that reads one file, again and again."""

    def __init__(self, start: Running, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "app.log"
        self.ear = Ear()
        self._start = start
        self._app: App | None = None

    async def starts(self, options: str = "", **more: str) -> None:
        self._app = await self._start(app(self.folder, options, **more), heard=self.ear)
        await self._app.comes("flow.lines")

    async def stops(self) -> None:
        assert self._app is not None
        await self._app.stop()

    @property
    def flow(self) -> Any:
        return flow_of(self._app, "lines").flow

    def writes(self, *lines: str) -> None:
        with self.log.open("a") as file:
            file.writelines(f"{line}\n" for line in lines)

    @property
    def position(self) -> int:
        """How far it says that it has come."""
        path = self.folder / "state"
        found = json.loads(path.read_text())["files"] if path.exists() else []
        return sum(each["position"] for each in found)


@pytest.fixture(params=["from memory", "from the disk"])
def reader(
    start: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Reader:
    if request.param == "from the disk":  # as where a system cannot tell
        monkeypatch.setattr("piped.providers.file_tail._AT_ONCE", 0)
    return Reader(start, tmp_path)


async def test_lines_come_as_they_are_written(reader: Reader) -> None:
    reader.writes("one", "zwölf\r")
    await reader.starts()
    await reader.ear.hears("one", "zwölf")
    with reader.log.open("a") as file:
        file.write("half a ")
    reader.writes("line")
    await reader.ear.hears("one", "zwölf", "half a line")


async def test_after_a_stop_it_goes_on_where_it_was(reader: Reader) -> None:
    reader.writes("one", "two")
    await reader.starts()
    await reader.ear.hears("one", "two")
    await reader.stops()
    assert reader.position == len("one\ntwo\n")
    reader.writes("three")
    await reader.starts()
    await reader.ear.hears("one", "two", "three")


async def test_what_was_not_confirmed_comes_again_after_a_stop(reader: Reader) -> None:
    lines = [f"line {number:03}" for number in range(500)]
    reader.writes(*lines)
    reader.ear.gate.clear()
    await reader.starts()
    await until(lambda: reader.flow.founts[0].passed)
    await reader.stops()
    assert reader.position == 0
    reader.ear.gate.set()
    await reader.starts()
    await until(lambda: len(set(reader.ear.got)) == 500)
    assert sorted(set(reader.ear.got)) == lines


async def test_a_refused_line_does_not_count_for_those_of_its_chunk_that_were_not_stored(
    reader: Reader,
) -> None:
    reader.writes("one", "two", "three")
    reader.ear.gate.clear()
    refusing = "\n    through: [change: \"line: line if line != 'two' else 1 / 0\"]"
    await reader.starts(flow=refusing)
    await until(lambda: reader.flow.founts[0].passed == 3)
    await reader.stops()
    assert reader.position == 0
    reader.ear.gate.set()
    await reader.starts(flow=refusing)
    await reader.ear.hears("one", "three")


async def test_the_position_moves_when_all_before_it_is_confirmed(reader: Reader) -> None:
    lines = [f"line {number:03}" for number in range(300)]  # more than two chunks
    reader.writes(*lines)
    await reader.starts(
        ", answers: line, retry: 1h", drain="processor: {processor: heard, parallel: 300}"
    )
    reader.ear.fails = {"line 150": 1}
    await until(lambda: len(reader.ear.got) == 299)
    await reader.stops()
    behind = reader.position
    assert 0 < behind <= 150 * len("line 000\n")
    await reader.starts()
    await until(lambda: "line 150" in reader.ear.got)


async def test_a_rotation_loses_nothing(reader: Reader) -> None:
    await reader.starts()
    expected = []
    for number in range(20):
        reader.writes(f"before {number}")
        reader.log.rename(reader.folder / f"app.log.{number}")
        reader.writes(f"after {number}")
        expected += [f"before {number}", f"after {number}"]
    await until(lambda: len(reader.ear.got) == 40)
    assert sorted(reader.ear.got) == sorted(expected)


async def test_a_file_that_was_emptied_is_read_from_its_beginning(reader: Reader) -> None:
    reader.writes("one", "two")
    await reader.starts()
    await reader.ear.hears("one", "two")
    reader.log.write_text("new\n")
    await reader.ear.hears("one", "two", "new")


async def test_it_can_begin_at_the_end(reader: Reader) -> None:
    reader.writes("old")
    await reader.starts(", begin: end")
    await until((reader.folder / "state").exists)
    reader.writes("new")
    await reader.ear.hears("new")


async def test_files_that_are_finished_are_deleted_when_all_is_confirmed(reader: Reader) -> None:
    with reader.log.open("w") as file:
        file.write("one\nwithout an end")
    reader.ear.gate.clear()
    await reader.starts(", finished: delete")
    await until(lambda: reader.flow.founts[0].passed == 2)
    assert reader.log.exists()
    reader.ear.gate.set()
    await reader.ear.hears("one", "without an end")
    await until(lambda: not reader.log.exists())


async def test_a_refused_line_is_tried_again(reader: Reader) -> None:
    reader.writes("one", "two", "three")
    reader.ear.fails = {"two": 3}
    await reader.starts(", retry: 1ms")
    await reader.ear.hears("one", "three", "two")
    await reader.stops()
    assert reader.position == len("one\ntwo\nthree\n")


async def test_a_refused_line_is_left_out_in_the_end_and_told(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.writes("one", "two", "three")
    reader.ear.fails = {"two": 9}
    await reader.starts(", retry: 1ms, max_retries: 2")
    await until(lambda: reader.ear.fails["two"] == 6)
    await reader.stops()
    assert f"the line at 4 of {reader.log}: refused: nobody wants two" in caplog.text
    assert reader.position == len("one\ntwo\nthree\n")


async def test_refused_lines_are_told_with_their_chunk(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.writes("one", "two", "three")
    reader.ear.fails = {"two": 1}
    await reader.starts()
    await reader.ear.hears("one", "three")
    await reader.stops()
    assert f"some of 3 lines at 0 to 14 of {reader.log}: refused: nobody wants" in caplog.text
    assert reader.position == len("one\ntwo\nthree\n")


async def test_a_flow_that_stops_at_a_failure_begins_there_again(reader: Reader) -> None:
    lines = [f"line {number:03}" for number in range(300)]
    reader.writes(*lines)
    reader.ear.fails = {"line 250": 1}
    stopping = "processor: {processor: heard, failing: stop}"
    await reader.starts(", answers: line", drain=stopping)
    await until(lambda: reader.flow.drains[0].is_done)
    await reader.stops()
    assert reader.position <= 250 * len("line 000\n")
    await reader.starts(drain=stopping)
    await until(lambda: set(lines) <= set(reader.ear.got))


async def test_the_places_of_lines_can_be_had(reader: Reader) -> None:
    reader.writes("one", "zwölf", "drei")
    await reader.starts(", gives: places")
    path = str(reader.log)
    await reader.ear.hears(
        {"line": "one", "path": path, "position": 0},
        {"line": "zwölf", "path": path, "position": 4},
        {"line": "drei", "path": path, "position": 11},
    )


async def test_a_line_that_is_too_long_is_skipped_and_told(
    reader: Reader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.writes("one", "x" * 5000, "two", "y" * 20, "three")
    await reader.starts(", max_length: 10, long_lines: skip, gives: places")
    await until(lambda: len(reader.ear.got) == 3)
    assert [(each["line"], each["position"]) for each in reader.ear.got] == [
        ("one", 0),
        ("two", 5005),
        ("three", 5030),
    ]
    await reader.stops()
    assert reader.position == reader.log.stat().st_size
    assert "a line of 5001 bytes" in caplog.text


async def test_what_is_there_is_read_once(reader: Reader) -> None:
    (reader.folder / "app.log.1").write_text("older\n" * 1000)
    with reader.log.open("w") as file:
        file.write("one\ntwo without an end")
    await reader.starts(", follow: false")
    await until(lambda: reader.flow.drains[0].is_done)
    assert sorted(set(reader.ear.got)) == ["older", "one", "two without an end"]
    assert len(reader.ear.got) == 1002
    await reader.stops()
    assert reader.position == 6000 + reader.log.stat().st_size


async def test_two_founts_cannot_have_the_same_state(
    reader: Reader, start: Running, caplog: pytest.LogCaptureFixture
) -> None:
    await reader.starts()
    await start(app(reader.folder), heard=reader.ear)
    await until(lambda: "state is that of another fount" in caplog.text)
    await reader.stops()
    await reader.starts()  # it is free again


ONE_SHOT = """
    database: {engines: {main: {engine: {url: 'sqlite:///rows.sqlite'}}}}
    flows:
      lines:
        from: {files: {path: app.log, %s, gives: places, chunk: 4096, interval: 10ms}}
        to: {insert-rows: {engine: main, table: lines}}
        on_end: stop
"""


def table(folder: Path) -> sqlite3.Connection:
    made = sqlite3.connect(folder / "rows.sqlite")
    made.execute("PRAGMA journal_mode=WAL")
    made.execute("CREATE TABLE lines (path TEXT, position INTEGER, line TEXT)")
    made.commit()
    return made


def test_a_process_that_reads_once_ends_after_the_last_commit(tmp_path: Path) -> None:
    written(tmp_path, app_yaml=ONE_SHOT % "follow: false")
    (tmp_path / "app.log").write_text("".join(f"line {at}\n" for at in range(20_000)))
    database = table(tmp_path)
    ended = piped(tmp_path, "-nc", "app.yaml")
    assert ended.returncode == 0, ended.stderr
    rows = database.execute("SELECT COUNT(*), COUNT(DISTINCT line) FROM lines").fetchall()
    assert rows == [(20_000, 20_000)]
    assert not list(tmp_path.glob("*.json"))


def test_a_process_that_is_killed_loses_no_line(tmp_path: Path) -> None:
    written(tmp_path, app_yaml=ONE_SHOT % "state: state.json")
    lines = [f"line {at}" for at in range(60_000)]
    database = table(tmp_path)
    log = tmp_path / "app.log"
    log.touch()
    reached = 0
    for part in range(6):
        with log.open("a") as file:
            file.writelines(f"{line}\n" for line in lines[10_000 * part : 10_000 * (part + 1)])
        with running(tmp_path, "-nc", "app.yaml") as process:
            read_until(process, "is connected to")
            while count_of(database) <= reached:
                assert process.poll() is None
            reached = count_of(database)
            os.kill(process.pid, signal.SIGKILL)
    with running(tmp_path, "-nc", "app.yaml") as process:
        read_until(process, "is connected to")
        while distinct_of(database) < len(lines):
            assert process.poll() is None
        process.terminate()
        assert process.wait(30) == 0
    found = database.execute("SELECT DISTINCT line, position FROM lines").fetchall()
    assert sorted(line for line, _ in found) == sorted(lines)


def count_of(database: sqlite3.Connection) -> int:
    [(count,)] = database.execute("SELECT COUNT(*) FROM lines").fetchall()
    return int(count)


def distinct_of(database: sqlite3.Connection) -> int:
    [(count,)] = database.execute("SELECT COUNT(DISTINCT line) FROM lines").fetchall()
    return int(count)
