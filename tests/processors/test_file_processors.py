"""Lines are appended to files, whatever happens to these."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from piped.exceptions import UnfitBaton
from piped.processors.appending import AppendedFile, DailyFile
from tests.processing.environment import Environment
from tests.processors.trying import complaint, environment

NOON = time.mktime((2017, 3, 9, 12, 0, 0, 0, 0, -1))
DAY = 86_400


class Appending:
    """A pipeline of one step that appends to a file."""

    def __init__(self, path: Path, options: str = "", step: str = "append-to-file") -> None:
        self.environment: Environment = environment(f"{step}: {{file_path: {path}, {options}}}")
        self.pipeline = self.environment.depend("somebody", "it").get_resource()

    def run(self, *batons: Any) -> None:
        for baton in batons:
            assert self.pipeline.run(baton) == [baton]

    async def stop(self) -> None:
        await self.environment.application.startService()
        await self.environment.application.stopService()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "visitors.log"


@pytest.fixture(params=["append-to-file", "append-to-log"])
def appending(request: pytest.FixtureRequest, path: Path) -> Any:
    made: list[Appending] = []

    def make(options: str = "") -> Appending:
        made.append(Appending(path, options, request.param))
        return made[-1]

    yield make
    for each in made:
        each.pipeline[0]._file.close()


def test_nothing_is_opened_before_something_is_written(appending: Any, path: Path) -> None:
    appending().run("", None, 0)
    assert not path.exists()


def test_what_was_written_is_there_at_once(appending: Any, path: Path) -> None:
    path.write_text("before\n")
    it = appending()
    it.run("ada")
    assert path.read_text() == "before\nada\n"
    it.run("joan")
    assert path.read_text() == "before\nada\njoan\n"


@pytest.mark.parametrize(
    ("options", "baton", "written"),
    [
        ("", "é", b"\xc3\xa9\n"),
        ("", 7, b"7\n"),
        ("", ["a"], b"['a']\n"),
        ("encode: iso-8859-1", "é", b"\xe9\n"),
        ("encode: null", b"\xff", b"\xff\n"),
        ("encode: '', format: '<%s>'", b"\xff", b"<\xff>"),
        ("format: '<%s>'", "a", b"<a>"),
        ("format: '%(who)s came'", {"who": "ada"}, b"ada came"),
        ("input_path: who", {"who": "ada"}, b"ada\n"),
        ("formatter: 'who: who.upper()'", "ada", b"ADA\n"),
        ("formatter: 'who: (who, k)', namespace: {k: 3}, format: '%s %d'", "ada", b"ada 3"),
        ("input_path: who, format: !path how", {"who": "ada", "how": "%s!"}, b"ada!"),
    ],
)
def test_what_is_written(
    appending: Any, path: Path, options: str, baton: Any, written: Any
) -> None:
    appending(options).run(baton)
    assert path.read_bytes() == written


def test_a_file_that_was_moved_away_is_followed_by_a_new_one(appending: Any, path: Path) -> None:
    it = appending()
    it.run("one")
    path.rename(path.with_name("moved"))
    it.run("two")
    path.unlink()
    it.run("three")
    assert path.read_text() == "three\n"
    assert path.with_name("moved").read_text() == "one\n"


def test_a_file_in_whose_place_is_another_is_given_up(appending: Any, path: Path) -> None:
    it = appending()
    it.run("one")
    path.unlink()
    path.write_text("other\n")
    it.run("two")
    assert path.read_text() == "other\ntwo\n"


def test_what_cannot_be_written_is_the_failure_of_the_step(appending: Any, path: Path) -> None:
    path.mkdir()
    it = appending()
    with pytest.raises(IsADirectoryError) as caught:
        it.run("ada")
    assert f"while {str(path)!r} was written" in caught.value.__notes__
    path.rmdir()
    it.run("joan")
    assert path.read_text() == "joan\n"


def test_a_full_disk_is_an_error_and_what_was_lost_does_not_come_later() -> None:
    it = Appending(Path("/dev/full"))
    for _ in range(2):
        with pytest.raises(OSError, match="No space left"):
            it.run("ada")


async def test_the_file_is_closed_when_the_process_stops(appending: Any, path: Path) -> None:
    it, other = appending(), appending()
    it.run("ada")
    assert open_files(path) == 1
    await it.stop()
    await other.stop()
    assert open_files(path) == 0
    it.run("late")
    assert path.read_text() == "ada\nlate\n"


async def test_two_steps_may_append_to_one_file(path: Path) -> None:
    step = f"append-to-file: {{file_path: {path}}}"
    env = environment(f"{step}, {step}")
    env.depend("somebody", "it").get_resource().run("ada")
    await env.application.startService()
    await env.application.stopService()
    assert path.read_text() == "ada\nada\n"
    assert open_files(path) == 0


def open_files(path: Path) -> int:
    descriptors = Path("/proc/self/fd").iterdir()
    return sum(os.path.realpath(each) == str(path.resolve()) for each in descriptors)


def test_lines_of_several_threads_stay_whole(path: Path) -> None:
    file = AppendedFile(path)
    lines = [f"{n}" * 1000 + "\n" for n in range(5)]

    def write(line: str) -> None:
        for _ in range(50):
            file.append(line.encode())

    threads = [threading.Thread(target=write, args=(line,)) for line in lines]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    assert sorted(path.read_text().splitlines(keepends=True)) == sorted(lines * 50)


@given(strategies.lists(strategies.binary(), max_size=5))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_that_was_appended_is_there(path: Path, pieces: list[bytes]) -> None:
    path.write_bytes(b"")
    file = AppendedFile(path)
    for piece in pieces:
        file.append(piece)
    file.close()
    assert path.read_bytes() == b"".join(pieces)


class Days:
    """A daily file, and a time for it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.now = NOON
        self.file = DailyFile(path, lambda: self.now)

    def write(self, text: str, *files: DailyFile) -> None:
        """Write it, and let the file be of that time."""
        for file in files or (self.file,):
            file.append(text.encode())
            os.utime(self.path, (self.now, self.now))

    def all(self) -> dict[str, str]:
        return {each.name: each.read_text() for each in self.path.parent.iterdir()}


@pytest.fixture
def days(path: Path) -> Any:
    made = Days(path)
    yield made
    made.file.close()


def test_a_new_day_has_a_new_file(days: Days) -> None:
    days.write("a")
    days.now += 3600
    days.write("b")
    days.now += DAY
    days.write("c")
    days.now += 10 * DAY
    days.write("d")
    assert days.all() == {
        "visitors.log.2017-03-09": "ab",
        "visitors.log.2017-03-10": "c",
        "visitors.log": "d",
    }


def test_a_day_begins_at_midnight(days: Days) -> None:
    days.now = time.mktime((2017, 3, 9, 23, 59, 59, 0, 0, -1))
    days.write("a")
    days.now += 1
    days.write("b")
    assert days.all() == {"visitors.log.2017-03-09": "a", "visitors.log": "b"}


def test_a_file_from_before_the_start_is_of_its_day(days: Days) -> None:
    days.path.write_text("old")
    os.utime(days.path, (NOON - DAY, NOON - DAY))
    days.write("new")
    assert days.all() == {"visitors.log.2017-03-08": "old", "visitors.log": "new"}


def test_no_file_of_a_day_is_written_over(days: Days) -> None:
    days.path.with_name("visitors.log.2017-03-09").write_text("there")
    days.write("a")
    days.now += DAY
    days.write("b")
    assert days.all()["visitors.log.2017-03-09"] == "there"
    assert days.all()["visitors.log.2017-03-09.1"] == "a"


def test_an_empty_file_is_of_no_day(days: Days) -> None:
    days.path.touch()
    os.utime(days.path, (NOON - DAY, NOON - DAY))
    days.write("a")
    assert days.all() == {"visitors.log": "a"}


def test_a_clock_that_went_back_moves_nothing(days: Days) -> None:
    days.write("a")
    days.now -= DAY
    days.write("b")
    assert days.all() == {"visitors.log": "ab"}


def test_of_several_processes_only_one_moves_the_file(days: Days) -> None:
    other = DailyFile(days.path, lambda: days.now)
    days.write("a", days.file, other)
    days.now += DAY
    days.write("b", days.file, other)
    other.close()
    assert days.all() == {"visitors.log.2017-03-09": "aa", "visitors.log": "bb"}


async def test_the_log_has_the_clock_of_the_process(path: Path) -> None:
    it = Appending(path, step="append-to-log")
    it.run("ada")
    now: Any = it.environment.clock.time()
    os.utime(path, (now - 2 * DAY, now - 2 * DAY))
    it.run("joan")
    await it.stop()
    assert path.read_text() == "joan\n"
    assert len(list(path.parent.iterdir())) == 2


@pytest.mark.parametrize(
    ("options", "baton", "complaint"),
    [
        ("", b"bytes", "bytes are written without an encoding"),
        ("", (1, 2), "not all arguments converted"),
        ("encode: ascii", "é", "'ascii' codec can't encode"),
        ("encode: null", "text", "cannot be written"),
        ("format: '%d'", "text", r"'text' cannot be written as '%d'"),
        ("format: '%(who)s'", {"when": 1}, "cannot be written as .*'who'"),
        ("encode: !path e", {"e": "klingon"}, "unknown encoding: klingon"),
    ],
)
def test_what_cannot_be_a_line_is_unfit(
    appending: Any, path: Path, options: str, baton: Any, complaint: str
) -> None:
    with pytest.raises(UnfitBaton, match=complaint):
        appending(options).run(baton)
    assert not path.exists()


@pytest.mark.parametrize("step", ["append-to-file", "append-to-log"])
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("", "needs the option 'file_path'"),
        ("file_path: !path a", "file_path cannot be taken from the baton"),
        ("file_path: /a, encode: klingon", "there is no encoding 'klingon' for text"),
        ("file_path: /a, formatter: who", "formatter"),
    ],
)
def test_wrong_options(step: str, options: str, message: str) -> None:
    assert message in complaint(f"{step}: {{{options}}}")
