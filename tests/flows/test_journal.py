"""A queue on the disk: what was appended comes again after a crash, until it is done."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from piped.exceptions import FlowError
from piped.flows.journal import Journal

ALL = 1 << 40


OPEN: list[Journal] = []


def opened(folder: Path, segment_size: int = 100) -> Journal:
    journal = Journal(folder, segment_size)
    OPEN.append(journal)
    journal.open()
    return journal


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPEN:
        OPEN.pop().close()


def read(journal: Journal, most: int = 1000, size: int = ALL) -> list[bytes]:
    return [payload for _, payload in journal.read(most, size)]


def segments(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.segment"))


def test_what_was_appended_is_read_once_in_order(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([b"a", b""])
    journal.append([b"c"])
    assert read(journal, 2) == [b"a", b""]
    assert read(journal) == [b"c"]
    journal.append([b"d"])
    assert read(journal) == [b"d"]
    assert journal.unread == 0


def test_what_is_not_done_is_read_again_the_next_time(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([b"a", b"b", b"c"])
    journal.read(3, ALL)
    journal.done([1])
    journal.close()
    assert read(opened(tmp_path)) == [b"a", b"c"]


def test_one_reads_no_more_than_so_many_bytes_at_a_time(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([b"aa", b"bb", b"cc"])
    assert read(journal, size=3) == [b"aa", b"bb"]


def test_segments_are_removed_when_all_in_them_is_done(tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_size=20)
    for each in (b"a" * 20, b"b" * 20, b"c" * 20):
        journal.append([each])
    assert len(segments(tmp_path)) == 3
    numbers = [number for number, _ in journal.read(3, ALL)]
    journal.done([numbers[1]])
    assert len(segments(tmp_path)) == 2
    assert journal.left == 2
    journal.done([numbers[0], numbers[2]])
    assert segments(tmp_path) == []
    assert journal.size == 0


def test_what_is_done_is_never_said_of_what_comes_later(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([b"a", b"b"])
    journal.read(2, ALL)
    journal.done([0, 1])
    journal.close()
    journal = opened(tmp_path)
    journal.append([b"c"])
    journal.close()
    assert read(opened(tmp_path)) == [b"c"]


def test_a_segment_behind_a_gap_keeps_its_numbers(tmp_path: Path) -> None:
    journal = opened(tmp_path, segment_size=20)
    journal.append([b"a" * 30])
    journal.append([b"b" * 30])
    numbers = [number for number, _ in journal.read(2, ALL)]
    journal.done([numbers[1]])
    journal.append([b"c"])
    journal.close()
    journal = opened(tmp_path, segment_size=20)
    assert read(journal) == [b"a" * 30, b"c"]


def test_a_torn_tail_is_cut_off(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    journal = opened(tmp_path)
    journal.append([b"a", b"b"])
    journal.close()
    path = segments(tmp_path)[0]
    os.truncate(path, path.stat().st_size - 1)
    journal = opened(tmp_path)
    assert "were not written to their end" in caplog.text
    journal.append([b"c"])
    assert read(journal) == [b"a", b"c"]


def test_a_file_that_grew_by_zeros_has_no_empty_records(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append([b"a"])
    journal.close()
    path = segments(tmp_path)[0]
    os.truncate(path, path.stat().st_size + 100)
    assert read(opened(tmp_path)) == [b"a"]


def test_what_the_disk_has_lost_is_told_and_kept_aside(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    journal = opened(tmp_path, segment_size=20)
    journal.append([b"a" * 10, b"b" * 10])
    journal.append([b"c"])
    journal.close()
    path = segments(tmp_path)[0]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    journal = opened(tmp_path, segment_size=20)
    assert "is broken" in caplog.text
    found = journal.read(10, ALL)
    assert [payload for _, payload in found] == [b"a" * 10, b"c"]
    journal.done([number for number, _ in found])
    assert path.with_suffix(".broken").exists()


def test_what_cannot_be_written_was_never_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = opened(tmp_path)
    journal.append([b"a"])
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", failing)
        with pytest.raises(OSError, match="no space"):
            journal.append([b"b"])
    journal.append([b"c"])
    assert read(journal) == [b"a", b"c"]
    journal.close()
    assert read(opened(tmp_path)) == [b"a", b"c"]


def failing(descriptor: int) -> None:
    raise OSError("no space")


def test_a_folder_is_one_journals(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with pytest.raises(FlowError, match="somebody else's"):
        opened(tmp_path)
    journal.close()
    opened(tmp_path).close()


class Crashing(RuleBasedStateMachine):
    """Crashes at any point lose nothing that was appended and is not done."""

    @initialize(segment_size=st.integers(1, 120))
    def begin(self, segment_size: int) -> None:
        self.room = TemporaryDirectory()
        self.folder = Path(self.room.name) / "journal"
        self.segment_size = segment_size
        self.journal = opened(self.folder, segment_size)
        self.content: dict[int, bytes] = {}  # what was appended and is not done
        self.read_now: list[int] = []  # since it was opened
        self.appended = 0

    def payloads(self, sizes: list[int]) -> list[bytes]:
        made = []
        for size in sizes:
            self.appended += 1
            made.append(b"%d:" % self.appended + b"x" * size)
        return made

    @rule(sizes=st.lists(st.integers(0, 50), min_size=1, max_size=5))
    def append(self, sizes: list[int]) -> None:
        made = self.payloads(sizes)
        first = self.appended - len(made) + 1
        self.journal.append(made)
        self.content |= dict(enumerate(made, first))

    @rule(most=st.integers(1, 5))
    def read(self, most: int) -> None:
        for number, payload in self.journal.read(most, ALL):
            assert payload in self.content.values(), "what is done does not come again"
            self.read_now.append(number)
            name = int(payload.split(b":")[0])
            self.names[number] = name

    names: dict[int, int] = {}  # noqa: RUF012 - made anew in `open_again`

    @precondition(lambda self: self.read_now)
    @rule(data=st.data())
    def done(self, data: st.DataObject) -> None:
        some = data.draw(st.lists(st.sampled_from(self.read_now), unique=True, min_size=1))
        self.journal.done(some)
        for number in some:
            self.read_now.remove(number)
            del self.content[self.names[number]]

    @rule(sizes=st.lists(st.integers(0, 50), min_size=1, max_size=5), data=st.data())
    def crash_while_it_appends(self, sizes: list[int], data: st.DataObject) -> None:
        before = {path: path.stat().st_size for path in segments(self.folder)}
        made = self.payloads(sizes)
        self.journal.append(made)
        path = segments(self.folder)[-1]
        size = path.stat().st_size
        self.journal.close()
        os.truncate(path, data.draw(st.integers(before.get(path, 0), size), label="size"))
        self.open_again(made)

    @precondition(lambda self: self.read_now)
    @rule(data=st.data(), position=st.booleans())
    def crash_while_it_says_what_is_done(self, data: st.DataObject, position: bool) -> None:
        some = data.draw(st.lists(st.sampled_from(self.read_now), unique=True, min_size=1))
        old = self.folder.with_name("old")
        shutil.copytree(self.folder, old)
        self.journal.done(some)
        self.journal.close()
        if position:  # it was written, and no segment was removed yet
            shutil.copy(self.folder / "position", old / "position")
            for number in some:
                del self.content[self.names[number]]
        shutil.rmtree(self.folder)
        old.rename(self.folder)
        self.open_again()

    @rule()
    def crash(self) -> None:
        self.journal.close()
        self.open_again()

    def open_again(self, perhaps: list[bytes] | None = None) -> None:
        self.journal = opened(self.folder, self.segment_size)
        self.read_now, self.names = [], {}
        found = [payload for _, payload in self.journal.read(10_000, ALL)]
        expected = list(self.content.values())
        assert found[: len(expected)] == expected
        more = found[len(expected) :]
        assert more == (perhaps or [])[: len(more)], "what comes beyond was being appended"
        self.content |= {int(each.split(b":")[0]): each for each in more}
        self.journal.close()
        self.journal = opened(self.folder, self.segment_size)

    def teardown(self) -> None:
        if hasattr(self, "journal"):
            self.crash()
            self.journal.close()
            self.room.cleanup()


Crashing.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestCrashing = Crashing.TestCase


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=4), st.data())
@settings(deadline=None, max_examples=30)
def test_whatever_byte_it_is_cut_at_whole_records_stay(
    payloads: list[bytes], data: st.DataObject
) -> None:
    with TemporaryDirectory() as room:
        journal = opened(Path(room))
        journal.append(payloads)
        journal.close()
        path = segments(Path(room))[0]
        os.truncate(path, data.draw(st.integers(0, path.stat().st_size)))
        journal = opened(Path(room))
        found = read(journal)
        journal.close()
        assert found == payloads[: len(found)]
