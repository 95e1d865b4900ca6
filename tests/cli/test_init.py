"""`piped init`: what it makes works at once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.commands import LIMIT, environment, piped, read_until, running

Invoke = Callable[..., Result]


def files_of(folder: Path) -> set[str]:
    return {str(each.relative_to(folder)) for each in folder.rglob("*") if each.is_file()}


def test_a_project_checks_runs_and_tests_at_once(tmp_path: Path) -> None:
    made = piped(tmp_path, "init", "hello")
    assert made.returncode == 0
    assert "cd hello && piped run app.yaml" in made.stdout
    hello = tmp_path / "hello"
    check = piped(hello, "check", "app.yaml")
    assert (check.returncode, check.stderr) == (0, "")
    tried = piped(hello, "test", "app.yaml")
    assert tried.returncode == 0, tried.stdout + tried.stderr
    assert "PASSED (successes=1)" in tried.stdout
    with running(hello, "run", "app.yaml", GREET_EVERY="1ms") as process:
        read_until(process, "Hello, world!")
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT) == 0
    tests = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"],
        cwd=hello,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert tests.returncode == 0, tests.stdout
    described = piped(hello, "describe", "-c", "app.yaml", "greet")
    assert "what stands before the name" in described.stdout


def test_what_is_there_is_left_alone(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "hello").mkdir()
    (tmp_path / "hello" / "app.yaml").write_text("mine: 1\n")
    answer = invoke("init", "hello")
    assert answer.exit_code == 0
    assert "app.yaml is there already" in answer.stdout
    assert (tmp_path / "hello" / "app.yaml").read_text() == "mine: 1\n"
    before = files_of(tmp_path)
    again = invoke("init", "hello")
    assert (again.exit_code, files_of(tmp_path)) == (0, before)


@pytest.mark.parametrize("name", ["My-App", "2fast", "ümläut", "a b", "class", "_", "..x"])
def test_any_name_of_a_folder_makes_a_project(invoke: Invoke, tmp_path: Path, name: str) -> None:
    assert invoke("init", name).exit_code == 0
    answer = invoke("check", str(tmp_path / name / "app.yaml"))
    assert answer.exit_code == 0, answer.stderr


def test_this_folder_may_be_the_project(invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("init", ".").exit_code == 0
    assert (tmp_path / "app.yaml").exists()


@pytest.mark.parametrize("where", ["file", "file/below"])
def test_a_folder_that_cannot_be_made_is_told_of(
    invoke: Invoke, tmp_path: Path, where: str
) -> None:
    (tmp_path / "file").touch()
    answer = invoke("init", where)
    assert answer.exit_code == 1
    assert "cannot be written" in answer.stderr
    assert isinstance(answer.exception, SystemExit)
    assert [each.name for each in tmp_path.iterdir()] == ["file"]
