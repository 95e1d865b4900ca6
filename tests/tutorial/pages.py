"""What the pages of the tutorial tell their reader to do, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

__all__ = ["NAMES", "PAGES", "Deed", "deeds"]

PAGES = Path(__file__).parents[2] / "docs" / "tutorial"
NAMES = [each.stem for each in sorted(PAGES.glob("[0-9]_*.md"))]

# A block; what has a link above it is a file.
_BLOCK = re.compile(
    r"(?:^\[([^\]\n]+)\]\((\S+)\)\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Deed:
    """To save a file, run a command, type something into the debugger's console, or see a text."""

    kind: Literal["save", "run", "type", "see"]
    text: str
    name: str = ""
    source: Path | None = None  # what the link of a file leads to


def deeds(page: str) -> list[Deed]:
    """All that the page of that name tells to do."""
    file = PAGES / f"{page}.md"
    return [
        deed
        for name, link, language, body in _BLOCK.findall(file.read_text(encoding="utf-8"))
        for deed in _of_block(file, name, link, language, body)
    ]


def _of_block(file: Path, name: str, link: str, language: str, body: str) -> Iterator[Deed]:
    if link:
        yield Deed("save", body, name, (file.parent / link).resolve())
    elif language == "sh":
        for line in body.splitlines():
            yield Deed("run", line)
    elif language == "text":
        yield Deed("see", body)
    elif language == "python":
        yield Deed("type", body.strip())
    else:
        assert language == "mermaid", f"nobody knows what to do with this: {language} in {file}"
