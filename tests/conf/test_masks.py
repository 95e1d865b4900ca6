"""Where secrets stand in a text."""

from __future__ import annotations

import pytest

from piped.conf.masks import Text


def masked(text: str) -> str:
    """`text` with each hidden character replaced by a dot."""
    lines = Text(text)
    return "\n".join(
        "".join("." if column in lines.hidden(index) else each for column, each in enumerate(line))
        for index, line in enumerate(lines.lines)
    )


MASKED = {
    "a: !secret xyz": "a: !secret ...",
    "a: !secret 'x y'": "a: !secret .....",
    "- !secret xyz\n- b": "- !secret ...\n- b",
    "a: {b: !secret xyz, c: d}": "a: {b: !secret ..........",
    "a: !secret |\n  x\n  y\nb: c": "a: !secret .\n...\n...\nb: c",
    "a: !secret >-\n\n  x\n   y\nb:\n  c": "a: !secret ..\n\n...\n....\nb:\n  c",
    "a: !secret\n  x\nb: c": "a: !secret\n...\nb: c",
    "a: !secret 'x\ny\nz'\nb: c": "a: !secret ..\n.\n..\nb: c",
    "a: !secret {env: NAME}": "a: !secret {env: NAME}",
    "a: !secret {file: x.txt}": "a: !secret {file: x.txt}",
    "a: !secret\n  env: NAME\n": "a: !secret\n  env: NAME\n",
    "a: !secret  # why\nb: c": "a: !secret  # why\nb: c",
    "a: !secret {text: xyz}": "a: !secret ...........",
    "a: !secret [x, y]": "a: !secret ......",
    "a: &b !secret xyz": "a: &b !secret ...",
    "a: !secert xyz": "a: !secert ...",
    "a: !Secret xyz": "a: !Secret ...",
    "a: !secrets\n  xyz": "a: !secrets\n  ...",
    "a: !path xyz": "a: !path xyz",
    "a: xyz": "a: xyz",
    "a: [\nb: !secret xyz": "a: [\nb: !secret ...",
    "%TAG !s! !sec\n---\na: !s!ret xyz": "%TAG !s! !sec\n---\na: ..........",
}


@pytest.mark.parametrize(("text", "result"), MASKED.items())
def test_secrets_are_hidden_and_little_else(text: str, result: str) -> None:
    assert masked(text) == result
