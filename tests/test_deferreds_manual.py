"""The manual of Deferreds and `await`: each program in it says what stands below it."""

from __future__ import annotations

import pytest

from tests.manuals import blocks
from tests.processes import run

BLOCKS = blocks("deferreds.md")
PROGRAMS = [body for language, body in BLOCKS if language == "python"]
SAID = [body for language, body in BLOCKS if language == "text"]


@pytest.mark.parametrize(("program", "said"), list(zip(PROGRAMS, SAID, strict=True)))
def test_it_says_what_the_manual_says(program: str, said: str) -> None:
    ended = run(program)
    assert (ended.stdout, ended.stderr, ended.returncode) == (said, "", 0)
