"""The tests of the course, which run in any order, by any runner, and leave nothing changed."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from tests.examples.ersid_running import LIMIT, copied, environment

TRIAL = [sys.executable, "-m", "twisted.trial"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copied(tmp_path)


def run(folder: Path, *command: str) -> str:
    """What a command says, which goes well."""
    done = subprocess.run(
        command,
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def test_trial_runs_them_in_any_order(folder: Path) -> None:
    """Seeds that put the test with the stub first, and last."""
    firsts = set()
    for seed in range(1, 5):
        said = run(folder, *TRIAL, "--random", str(seed), "usetrial")
        assert "PASSED (successes=4)" in said
        firsts.add(next(line.strip() for line in said.splitlines() if "test_" in line))
    assert firsts == {"usetrial.test.test_stubbing", "usetrial.test.test_fractions_success"}


def test_pytest_runs_them_with_the_stub_first(folder: Path) -> None:
    tests = [f"usetrial/test/{name}.py" for name in ("test_stubbing", "test_fractions_success")]
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider")
    assert "4 passed" in run(folder, *command, *tests)


def test_the_stub_is_taken_away(folder: Path) -> None:
    """Also when the test fails in its midst."""
    file = folder / "usetrial" / "test" / "test_stubbing.py"
    text = file.read_text()
    file.write_text(text.replace("self.assertEqual(1, self.counter)", "self.fail()"))
    check = (
        "import unittest\n"
        "from fractions import Fraction\n"
        "from usetrial.test import test_stubbing\n"
        "before = Fraction.__add__\n"
        "result = unittest.TestResult()\n"
        "unittest.defaultTestLoader.loadTestsFromModule(test_stubbing).run(result)\n"
        "assert len(result.failures) == 1\n"
        "assert Fraction.__add__ is before\n"
    )
    run(folder, sys.executable, "-c", check)
    assert Fraction(1, 2) + Fraction(1, 2) == 1
