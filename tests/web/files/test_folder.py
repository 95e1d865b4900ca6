"""The files of a folder (rules of `piped.web.files.folder`)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, strategies as st

from piped.web.files.folder import Folder

LONG_AGO = 1_488_362_400


@pytest.fixture(scope="module")
def root() -> Iterator[Path]:
    """A folder with links in and out of it, beside another with nearly its name."""
    with TemporaryDirectory() as place:
        root = Path(place) / "public"
        (root / "a" / "b").mkdir(parents=True)
        (root / ".git").mkdir()
        (Path(place) / "public-not").mkdir()
        for name in ("x", "a/x", "a/b/x", ".git/x", "../x", "../public-not/x"):
            (root / name).write_text(name)
            os.utime(root / name, (LONG_AGO, LONG_AGO))
        (root / "out").symlink_to("..")
        (root / "near").symlink_to("../public-not")
        (root / "in").symlink_to("a/b")
        (root / "round").symlink_to(".")
        (root / "endless").symlink_to("endless")
        yield root


NAMES = st.sampled_from(
    [
        *(b"a", b"b", b"x", b"..", b".", b"", b".git", b"out", b"near", b"in", b"round"),
        *(b"endless", b"a/b", b"../x", b"\0", b"\xff", b"x" * 300, b"public-not"),
    ]
)


@given(st.lists(NAMES, max_size=6), st.booleans())
def test_whatever_is_asked_for_is_within_the_folder(
    root: Path, names: list[bytes], hidden: bool
) -> None:
    entry = Folder(root, hidden=hidden).look_up(tuple(names))
    if entry is None:
        return
    real = Path(entry.path).resolve()
    assert real.is_relative_to(root.resolve())
    assert hidden or b".git" not in names
    assert not {b"..", b"."} & set(names)
    if not entry.is_folder:
        assert entry.content == real.read_bytes()


def test_what_is_there_is_found(root: Path) -> None:
    folder = Folder(root)
    for names in [(b"x",), (b"a", b"b", b"x"), (b"in", b"x"), (b"round", b"round", b"x")]:
        for _ in range(2):
            entry = folder.look_up(names)
            assert entry is not None
            assert entry.size == len(entry.content or b"")
    assert len(folder._known) == 4


def test_what_changed_just_now_is_not_remembered(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("1")
    folder = Folder(tmp_path)
    assert folder.look_up((b"new",)) is not None
    assert not folder._known


def test_what_is_no_file_is_not_there(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert Folder(tmp_path).look_up((b"pipe",)) is None
