"""Lines that flow into files, to the standard output, and into the log."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import pytest

from piped.flow_parts.growing_file import GrowingFile
from tests.commands import read_until, running, written
from tests.providers.database.databases import Running, until

from .hearing import flow_of, put


def app(drain: str) -> str:
    return f"flows: {{it: {{from: batons, to: {{{drain}}}, stop_time: 1s}}}}"


@pytest.mark.parametrize("durable", ["true", "false"])
async def test_what_is_confirmed_is_in_the_file(
    start: Running, tmp_path: Path, durable: str
) -> None:
    path = tmp_path / "out.log"
    running = await start(app(f"append: {{path: '{path}', durable: {durable}}}"))
    answers = await put(running, "it", ["one", "zwölf", b"bytes as they are\n", {"no": "line"}])
    assert [answer.is_confirmed for answer in answers] == [True, True, True, False]
    assert "is no line of text, and no bytes" in answers[-1].said
    assert path.read_text() == "one\nzwölf\nbytes as they are\n"
    await put(running, "it", list(map(str, range(5000))))
    assert len(path.read_text().splitlines()) == 5003


async def test_a_line_that_the_encoding_has_not_is_refused_alone(
    start: Running, tmp_path: Path
) -> None:
    path = tmp_path / "out.log"
    running = await start(app(f"append: {{path: '{path}', encoding: ascii}}"))
    answers = await put(running, "it", ["one", "zwölf", "three"])
    assert [answer.is_confirmed for answer in answers] == [True, False, True]
    assert path.read_text() == "one\nthree\n"


async def test_while_a_file_cannot_be_written_lines_wait(start: Running, tmp_path: Path) -> None:
    folder = tmp_path / "later"
    running = await start(app(f"append: {folder}/out.log"))
    putting = asyncio.ensure_future(put(running, "it", ["one", "two"]))
    await running.comes("flow.it")
    drain = flow_of(running, "it").flow.drains[0]
    await until(lambda: drain.received == 2)
    folder.mkdir()
    assert [answer.is_confirmed for answer in await putting] == [True, True]
    assert (folder / "out.log").read_text() == "one\ntwo\n"


async def test_a_file_that_was_moved_away_is_begun_anew(start: Running, tmp_path: Path) -> None:
    path = tmp_path / "out.log"
    running = await start(app(f"append: {path}"))
    await put(running, "it", ["one"])
    path.rename(tmp_path / "moved")
    await put(running, "it", ["two"])
    assert path.read_text() == "two\n"


def test_a_file_that_is_large_becomes_another_one(tmp_path: Path) -> None:
    file = GrowingFile(tmp_path / "out.log", max_size=10, keep=2)
    for number in range(8):
        file.append(f"line {number}\n".encode())
    file.close()
    found = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert found == {"out.log": "line 7\n", "out.log.1": "line 6\n", "out.log.2": "line 5\n"}


def test_what_cannot_be_written_as_a_whole_is_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = GrowingFile(tmp_path / "out.log", durable=True)
    file.append(b"one\n")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left"):
            file.append(b"two\n")
    assert (tmp_path / "out.log").read_bytes() == b"one\n"
    file.append(b"three\n")
    file.close()
    assert (tmp_path / "out.log").read_bytes() == b"one\nthree\n"


async def test_items_are_logged(start: Running, caplog: pytest.LogCaptureFixture) -> None:
    running = await start(app("log: {level: error, logger: of.mine}"))
    await put(running, "it", ["one", {"two": 2}])
    found = [(each.name, each.levelname, each.message) for each in caplog.records]
    assert found[-2:] == [("of.mine", "ERROR", "one"), ("of.mine", "ERROR", "{'two': 2}")]


COPYING = """
    flows:
      it:
        from: {files: {path: in.log, state: state.json, interval: 10ms, chunk: 1024}}
        to: {append: out.log}
"""


def test_a_process_that_is_killed_while_it_copies_lines_loses_none(tmp_path: Path) -> None:
    written(tmp_path, app_yaml=COPYING)
    lines = [f"line {at:06}" for at in range(30_000)]
    (tmp_path / "in.log").write_text("".join(f"{line}\n" for line in lines))
    copy = tmp_path / "out.log"
    copy.touch()
    for size in (1, 60_000, 120_000):
        with running(tmp_path, "-nc", "app.yaml") as process:
            while copy.stat().st_size < size:
                assert process.poll() is None
            os.kill(process.pid, signal.SIGKILL)
    with running(tmp_path, "-nc", "app.yaml") as process:
        read_until(process, "piped: process")
        while lines[-1] not in copy.read_text():
            assert process.poll() is None
        process.terminate()
        assert process.wait(30) == 0
    assert sorted(set(copy.read_text().splitlines()) & set(lines)) == lines
