"""`piped completion`."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result

from tests.commands import LIMIT, PIPED, environment

Invoke = Callable[..., Result]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_own(invoke: Invoke, shell: str) -> None:
    answer = invoke("completion", shell)
    assert answer.exit_code == 0
    assert f"_PIPED_COMPLETE={shell}_complete" in answer.stdout


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        (["che"], ["check"]),
        (["--no"], ["--nodaemon"]),
        (["list", "pro"], ["processors", "providers"]),
        (["completion", "z"], ["zsh"]),
    ],
)
def test_what_the_shell_asks_is_answered(
    tmp_path: Path, words: list[str], completed: list[str]
) -> None:
    answer = subprocess.run(
        PIPED,
        cwd=tmp_path,
        env=environment(
            _PIPED_COMPLETE="bash_complete",
            COMP_WORDS=" ".join(["piped", *words]),
            COMP_CWORD=str(len(words)),
        ),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert answer.stdout.split() == [f"plain,{each}" for each in completed]
