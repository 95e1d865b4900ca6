"""The page that shows what is in a folder."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from piped.web.files import listing
from piped.web.files.listing import listing_page


def names(page: str) -> list[str]:
    """The links of the rows, in their order."""
    return re.findall(r'<td[^>]*><a href="([^"]*)"', page)


def page_of(folder: Path, by: str = "", path: bytes = b"/x/") -> str:
    arguments = {b"by": [by.encode()]} if by else {}
    return listing_page(str(folder), path, arguments, lambda name: not name.startswith("."))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, size, time in [("2.jpg", 30, 300), ("10.jpg", 20, 100), ("B.txt", 2_000_000, 200)]:
        (tmp_path / name).write_bytes(b"x" * size)
        os.utime(tmp_path / name, (time, time))
    (tmp_path / "zoo").mkdir()
    (tmp_path / ".hidden").touch()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    return tmp_path


@pytest.mark.parametrize(
    ("by", "order"),
    [
        ("", ["2.jpg", "10.jpg", "B.txt"]),
        ("-name", ["B.txt", "10.jpg", "2.jpg"]),
        ("size", ["10.jpg", "2.jpg", "B.txt"]),
        ("-size", ["B.txt", "2.jpg", "10.jpg"]),
        ("time", ["10.jpg", "B.txt", "2.jpg"]),
        ("nonsense\xff", ["2.jpg", "10.jpg", "B.txt"]),
    ],
)
def test_it_is_sorted_as_asked_with_the_folders_first(
    folder: Path, by: str, order: list[str]
) -> None:
    assert names(page_of(folder, by)) == ["../", "./zoo/", *(f"./{each}" for each in order)]


def test_it_shows_sizes_and_times_for_people(folder: Path) -> None:
    page = page_of(folder)
    assert "<td>1.9 MiB</td><td>1970-01-01 00:03</td>" in page
    assert "<td>30 B</td>" in page
    assert "1 folder, 3 files" in page


def test_the_column_that_it_is_sorted_by_turns_round(folder: Path) -> None:
    assert 'aria-sort="ascending"><a href="?by=-name">Name ↑</a>' in page_of(folder)
    assert 'aria-sort="descending"><a href="?by=size">Size ↓</a>' in page_of(folder, "-size")


def test_no_name_becomes_markup_or_leads_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "<b>&\"'.txt").touch()
    (tmp_path / "javascript:alert(1)").touch()
    (tmp_path / "a?b#c").touch()
    (tmp_path / os.fsdecode(b"\xff")).touch()
    page = page_of(tmp_path, path=b"/%3Cscript%3E/%FF/")
    assert "<b>" not in page
    assert "<script" not in page
    assert names(page)[1:] == [
        "./%3Cb%3E%26%22%27.txt",
        "./a%3Fb%23c",
        "./javascript%3Aalert%281%29",
        "./%FF",
    ]


def test_the_root_has_nothing_above_it(tmp_path: Path) -> None:
    page = listing_page(str(tmp_path), b"/", {}, lambda _: True, is_root=True)
    assert names(page) == []
    assert "There is nothing here" in page


def test_each_part_of_the_way_is_a_link(tmp_path: Path) -> None:
    page = page_of(tmp_path, path=b"/a/b%20c/d/")
    trail = '<a href="../../../">/</a> <a href="../../">a</a><span>/</span><a href="../">b c</a>'
    assert f"{trail}<span>/</span>d" in page


def test_a_page_has_its_limit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "_MOST", 2)
    page = page_of(folder)
    assert names(page) == ["../", "./zoo/", "./2.jpg"]
    assert "of which 2 are shown" in page
