"""Whatever the old piped did is shown by a test, or told of as a difference.

`rows.yaml` is the list. Files are parsed, not imported: a test need not be able to run here.
"""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ROWS: list[dict[str, str]] = [
    {"section": str(section), **row}
    for section, rows in yaml.safe_load(Path(__file__).with_name("rows.yaml").read_text()).items()
    for row in rows
]
DIFFERENCES = " ".join((ROOT / "docs" / "differences.md").read_text(encoding="utf-8").split())


@cache
def names_in(file: str) -> frozenset[str]:
    """The functions of a module, and `Class::function` for those of its classes."""
    path = ROOT / file
    return frozenset(names_of(ast.parse(path.read_text())) if path.exists() else ())


def names_of(tree: ast.Module | ast.ClassDef, prefix: str = "") -> set[str]:
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(prefix + node.name)
        elif isinstance(node, ast.ClassDef):
            names |= names_of(node, f"{prefix}{node.name}::")
    return names


def missing(row: dict[str, Any]) -> list[str]:
    """What `row` names, and what is not there."""
    wrong = []
    if "test" in row:
        file, _, name = row["test"].partition("::")
        if not name.rpartition("::")[2].startswith("test_") or name not in names_in(file):
            wrong.append(row["test"])
    if "difference" in row and " ".join(row["difference"].split()) not in DIFFERENCES:
        wrong.append(row["difference"])
    return wrong


@pytest.mark.parametrize("row", ROWS, ids=[f"{each['section']} {each['row']}" for each in ROWS])
def test_a_row_has_its_test_or_its_difference(row: dict[str, Any]) -> None:
    assert row.keys() <= {"section", "row", "test", "difference"}
    assert row.keys() & {"test", "difference"}
    assert missing(row) == []


def test_no_row_stands_twice() -> None:
    counted = Counter((each["section"], each["row"]) for each in ROWS)
    assert [each for each, count in counted.items() if count > 1] == []


def test_what_is_not_there_is_found() -> None:
    this = "tests/reference/test_rows.py"
    good = {"test": f"{this}::test_what_is_not_there_is_found", "difference": "Only what is"}
    assert missing(good) == []
    assert missing({"test": f"{this}::missing"}) == [f"{this}::missing"]
    assert missing({"test": f"{this}::test_nothing"}) == [f"{this}::test_nothing"]
    assert missing({"test": "tests/gone.py::test_x"}) == ["tests/gone.py::test_x"]
    assert missing({"difference": "of which nobody speaks"}) == ["of which nobody speaks"]


def test_functions_of_classes_are_found() -> None:
    tree = ast.parse("class TestA:\n    async def test_b(self): pass\ndef test_c(): pass")
    assert names_of(tree) == {"TestA::test_b", "test_c"}
