"""Broken configurations, and what people are told about each.

Every folder of `cases` has an `app.yaml` and, in `expected.txt`, all that `piped check app.yaml`
says of it. A new case begins with the folder; `PIPED_WRITE_EXPECTED=1` writes what is said today.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from piped.checking import check_file
from piped.problems import Severity

CASES = Path(__file__).parent / "cases"
ROOT = CASES.parents[2]
NAMES = sorted(each.name for each in CASES.iterdir() if (each / "app.yaml").exists())


def checked(case: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "piped", "check", "app.yaml", *arguments],
        capture_output=True,
        text=True,
        cwd=case,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"},
        check=False,
    )


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str) -> None:
    case = CASES / name
    answer = checked(case)
    said = answer.stderr.replace(str(case), "«here»").replace(str(ROOT), "«piped»")
    # Where something of ours stands changes with every line above it.
    said = re.sub(r"(«piped»/src/[^:]+):\d+", r"\1:«line»", said)
    if "PIPED_WRITE_EXPECTED" in os.environ:
        (case / "expected.txt").write_text(said)
    assert said == (case / "expected.txt").read_text()
    assert answer.returncode == (0 if all_warnings(said) else 78)
    assert answer.returncode or answer.stdout  # what can be run is said to be


def all_warnings(said: str) -> bool:
    heads = [line for line in said.splitlines() if re.match(r"[^\s=|].*:\d+:\d+: ", line)]
    return bool(heads) and all(": warning: " in line for line in heads)


def test_there_are_many() -> None:
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_each_has_a_place_a_way_out_and_no_traceback(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CASES / name)
    monkeypatch.setattr(sys, "path", [*sys.path])
    problems = check_file("app.yaml").problems
    assert problems
    assert all(problem.place and problem.place.line for problem in problems)
    assert all(problem.way_out or "did you mean" in problem.message for problem in problems)
    # The traceback of a plugin that cannot be imported is its author's, and is what he needs.
    plugins = {"bundle_import_fails", "bundle_syntax_error", "bundle_raises", "bundle_old_marks"}
    if name not in plugins:
        assert not [each for each in problems if "Traceback" in f"{each}{each.hint}{each.detail}"]


def test_json_has_the_same_problems() -> None:
    answer = checked(CASES / "many_at_once", "--json")
    assert answer.returncode == 78
    kinds = set(re.findall(r'"kind": "([a-z-]+)"', answer.stdout))
    assert {"unknown-option", "wrong-value", "unknown-plugin", "missing-option"} <= kinds


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("missing.yaml", None, "missing.yaml"),
        ("latin.yaml", "contexts: {a: ü}\n".encode("latin-1"), "UTF-8"),
        ("nul.yaml", b"contexts: {a: \0}\n", "NUL"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, content: bytes | None, told: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    [problem] = check_file(tmp_path / name).problems
    assert told in str(problem)
    assert problem.severity is Severity.ERROR


def test_a_folder_is_no_configuration(tmp_path: Path) -> None:
    [problem] = check_file(tmp_path).problems
    assert "folder" in problem.message


def test_a_file_that_cannot_be_read() -> None:
    # Even its owner gets nothing at its beginning.
    [problem] = check_file("/proc/self/mem").problems
    assert "Input/output error" in problem.message
