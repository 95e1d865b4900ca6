"""What plugins import now instead of the old names is there."""

from __future__ import annotations

import re
from pathlib import Path
from pkgutil import resolve_name

import pytest

DOCUMENT = Path(__file__).parents[2] / "docs" / "differences.md"


def new_names() -> list[str]:
    """The names in the last column of the table; a short one is a sibling of the one before it."""
    table = DOCUMENT.read_text(encoding="utf-8").partition("## Names for plugins")[2]
    names: list[str] = []
    for row in re.findall(r"^\| `.*\| (.*) \|$", table.partition("\n## ")[0], re.MULTILINE):
        for name in re.findall(r"`([\w.]+)`", row):
            prefix = "" if name.startswith("piped.") else f"{names[-1].rpartition('.')[0]}."
            names.append(prefix + name)
    return names


@pytest.mark.parametrize("name", new_names())
def test_a_new_name_is_there(name: str) -> None:
    assert resolve_name(name) is not None


def test_there_are_some() -> None:
    assert "piped.paths.remove_path" in new_names()
