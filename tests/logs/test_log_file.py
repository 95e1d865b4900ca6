"""A log file on the disk."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from piped.logs.log_file import LogFile
from tests.processes import run


def write(file: LogFile, *messages: str) -> None:
    for message in messages:
        file.handle(logging.makeLogRecord({"msg": message}))


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in sorted(folder.iterdir())}


def test_lines_are_appended_at_once(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_text("before\n")
    file = LogFile(path)
    write(file, "one", "zwölf \udc80")
    assert path.read_text() == "before\none\nzwölf \\udc80\n"
    file.close()


@pytest.mark.parametrize(
    ("keep", "kept"),
    [
        (0, {"app.log": "4444\n5555\n"}),
        (1, {"app.log": "4444\n5555\n", "app.log.1": "2222\n3333\n"}),
        (
            3,
            {
                "app.log": "4444\n5555\n",
                "app.log.1": "2222\n3333\n",
                "app.log.2": "1111\nbefore\n".replace("1111\nbefore", "before\n1111"),
            },
        ),
    ],
)
def test_it_makes_room_before_it_is_too_long(
    tmp_path: Path, keep: int, kept: dict[str, str]
) -> None:
    path = tmp_path / "app.log"
    path.write_text("before\n")
    file = LogFile(path, rotate=12, keep=keep)
    write(file, "1111", "2222", "3333", "4444", "5555")
    file.close()
    assert contents(tmp_path) == kept


def test_a_line_that_is_too_long_has_a_file_to_itself(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "app.log", rotate=4, keep=9)
    write(file, "long line", "x")
    file.close()
    assert contents(tmp_path) == {"app.log": "x\n", "app.log.1": "long line\n"}


@given(st.lists(st.text(min_size=1), max_size=12), st.integers(0, 20))
def test_no_line_is_lost_and_no_file_is_too_long(
    tmp_path_factory: pytest.TempPathFactory, messages: list[str], rotate: int
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    file = LogFile(folder / "app.log", rotate=rotate, keep=99)
    write(file, *messages)
    file.close()
    written = [f"{message}\n".encode(errors="backslashreplace") for message in messages]
    parts = [folder / f"app.log.{number}" for number in range(99, 0, -1)] + [folder / "app.log"]
    chunks = [part.read_bytes() for part in parts if part.exists()]
    assert b"".join(chunks) == b"".join(written)
    assert all(not rotate or len(chunk) <= rotate or chunk in written for chunk in chunks)


def test_it_grows_when_it_cannot_make_room(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "app.log.1").mkdir()
    file = LogFile(tmp_path / "app.log", rotate=4)
    logging.getLogger().addHandler(file)
    write(file, "1111", "2222", "3333")
    assert caplog.messages == [f"{tmp_path}/app.log grows, as it cannot be rotated: Is a directory"]
    assert file.path.read_text().splitlines() == ["1111", caplog.messages[0], "2222", "3333"]
    (tmp_path / "app.log.1").rmdir()
    file.reopen()
    write(file, "4444")
    assert file.path.read_text() == "4444\n"


def test_it_goes_on_in_a_new_file_when_it_was_moved_away(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "app.log")
    write(file, "one")
    file.path.rename(tmp_path / "moved.log")
    write(file, "two")
    file.reopen()
    write(file, "three")
    file.close()
    assert contents(tmp_path) == {"app.log": "three\n", "moved.log": "one\ntwo\n"}


def test_a_folder_that_is_gone_leaves_it_where_it_is(tmp_path: Path) -> None:
    folder, moved = tmp_path / "logs", tmp_path / "moved"
    folder.mkdir()
    file = LogFile(folder / "app.log")
    folder.rename(moved)
    with pytest.raises(FileNotFoundError):
        file.reopen()
    write(file, "still here")
    file.close()
    assert contents(moved) == {"app.log": "still here\n"}


def test_what_cannot_be_written_is_told_of(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = LogFile(tmp_path / "app.log")
    file.close()
    write(file, "too late")
    assert "too late" in capsys.readouterr().err


def test_threads_do_not_mix_their_lines(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "app.log", rotate=1000, keep=99)
    threads = [
        threading.Thread(target=write, args=(file, *[letter * 20] * 50)) for letter in "abcd"
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    file.close()
    lines = "".join(contents(tmp_path).values()).splitlines()
    assert sorted(lines) == sorted(letter * 20 for letter in "abcd" for _ in range(50))


def test_under_the_umask_of_a_daemon_nobody_else_reads_it(tmp_path: Path) -> None:
    done = run(
        """
        import os, sys
        from piped.logs.log_file import LogFile
        os.umask(0o077)
        LogFile(sys.argv[1])
        print(oct(os.stat(sys.argv[1]).st_mode & 0o777))
        """,
        tmp_path / "app.log",
    )
    assert done.stdout == "0o600\n"
