"""Files that hold the old or the new content, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from piped import durable

# Writes one content after the other, each a run of one letter, until it is killed.
WRITER = """
import sys
from itertools import cycle
from pathlib import Path
from piped import durable

path = Path(sys.argv[1])
for number, letter in enumerate(cycle(b"abcdefgh")):
    durable.write(path, bytes([letter]) * 200_000)
    if number == 1:
        print("writing", flush=True)
"""


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    durable.write(tmp_path / "file", b"content")
    assert (tmp_path / "file").read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    durable.write(tmp_path / "file", b"content")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o600


def test_the_mode_of_a_file_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "file").chmod(0o640)
    durable.write(tmp_path / "file", b"new")
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    durable.write(tmp_path / "link", b"content")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"content"


def test_a_failure_leaves_the_old_content_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def full(_: int) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="the disk is full"):
        durable.write(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [tmp_path / "file"]


@pytest.mark.timeout(240)
def test_a_process_killed_while_it_writes_leaves_the_old_or_the_new_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for attempt in range(200):
        _kill_a_writer(path, after=attempt % 20 * 0.0005)
        content = path.read_bytes()
        assert len(content) == 200_000
        assert len(set(content)) == 1


def _kill_a_writer(path: Path, *, after: float) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-S", "-c", WRITER, str(path)],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": "src"},
        cwd=Path(__file__).parents[1],
    )
    assert writer.stdout is not None
    with writer, writer.stdout:
        assert writer.stdout.readline() == b"writing\n"
        signal.sigtimedwait((), after)  # some way into a write
        writer.send_signal(signal.SIGKILL)
