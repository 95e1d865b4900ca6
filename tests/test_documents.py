"""The documents: what they point to exists, and what they show can be read."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from piped.checking import check
from piped.conf import Configuration

ROOT = Path(__file__).parents[1]
# Templates of projects are none of these: they point to what is in such a project.
DOCUMENTS = {
    str(path.relative_to(ROOT)): path
    for pattern in ("*.md", "docs/**/*.md", "examples/**/*.md")
    for path in ROOT.glob(pattern)
}

BLOCK = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z]+:")
# A path of this repository, as it stands in running text: `tests/test_shape.py`, `pyproject.toml`.
NAMED = re.compile(
    r"`("
    r"(?:src|tests|docs|examples|benchmarks|scripts|requirements|\.ci)/[\w./-]+"
    r"|[\w-]+\.(?:md|toml)"
    r")`"
)
# What was measured, and the file that says so.
MEASURED = re.compile(r"^(.*)\((benchmarks/\w+\.txt)\)", re.MULTILINE)
CONFIGURATION = re.compile(r"# \S+\.yaml\b")


def blocks(text: str, language: str) -> Iterator[str]:
    """What stands between the fences."""
    for kind, body in BLOCK.findall(text):
        if kind == language:
            yield textwrap.dedent(body)


def configurations(text: str) -> list[str]:
    """The examples that are files: their first line is a comment with a file's name."""
    return [body for body in blocks(text, "yaml") if CONFIGURATION.match(body)]


def missing(path: Path) -> list[str]:
    """All that the document at `path` points to, and that is not there."""
    text = BLOCK.sub("", path.read_text(encoding="utf-8"))
    links = [link for link in LINK.findall(text) if not ELSEWHERE.match(link)]
    named = [name for name in NAMED.findall(text) if not (ROOT / name).exists()]
    return [link for link in links if not leads_somewhere(path, link)] + named


def leads_somewhere(path: Path, link: str) -> bool:
    name, _, anchor = link.partition("#")
    target = path.parent / name if name else path
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(path: Path) -> set[str]:
    """What headings are called in links."""
    headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


every_document = pytest.mark.parametrize("path", DOCUMENTS.values(), ids=DOCUMENTS)


@every_document
def test_whatever_a_document_points_to_is_there(path: Path) -> None:
    assert missing(path) == []


@every_document
def test_nothing_is_wrong_with_the_configurations_in_documents(path: Path) -> None:
    for text in configurations(path.read_text(encoding="utf-8")):
        assert check(Configuration.from_text(text, name=path.name)).problems == []


@every_document
def test_python_in_documents_is_python(path: Path) -> None:
    for text in blocks(path.read_text(encoding="utf-8"), "python"):
        ast.parse(text)


def test_the_readme_shows_a_pipeline_and_a_flow() -> None:
    assert len(configurations(DOCUMENTS["README.md"].read_text(encoding="utf-8"))) == 2


def test_the_readme_has_the_numbers_that_the_benchmarks_said_last() -> None:
    rows = [
        (re.findall(r"\d[\d,]*\d", text), Path(ROOT, file).read_text(encoding="utf-8"))
        for text, file in MEASURED.findall(DOCUMENTS["README.md"].read_text(encoding="utf-8"))
    ]
    assert sum(len(numbers) for numbers, _ in rows) > 20
    assert [number for numbers, said in rows for number in numbers if number not in said] == []


def test_the_list_of_documents_is_whole() -> None:
    listed = set(LINK.findall(DOCUMENTS["docs/README.md"].read_text(encoding="utf-8")))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in ROOT.glob("docs/**/*.md")}
    assert pages - listed == {"README.md"}


def test_the_list_of_examples_is_whole() -> None:
    listed = LINK.findall(DOCUMENTS["examples/README.md"].read_text(encoding="utf-8"))
    folders = {path.name for path in ROOT.glob("examples/*/")}
    assert folders - {link.split("/")[0] for link in listed} == set()


LOST = """\
# A heading, of sorts

[there](here.md), [its heading](here.md#a-heading-of-sorts), [elsewhere](https://example.org/x.md)
[gone](gone.md), [no heading](here.md#none), `tests/gone.py`, `gone.toml`
`app.yaml`, `tests/test_documents.py`, `tests/<part>/gone.py`

```sh
cat [gone](too.md)
```
"""


def test_what_is_not_there_is_found(tmp_path: Path) -> None:
    (tmp_path / "here.md").write_text(LOST)
    assert missing(tmp_path / "here.md") == [
        "gone.md",
        "here.md#none",
        "tests/gone.py",
        "gone.toml",
    ]


NAMED_AND_NOT = """\
```yaml
# app.yaml
a: 1
```
```yaml
a: 1
```
1. in a list

   ```yaml
   # b.yaml: the second
   b: 2
   ```
"""


def test_only_yaml_with_a_name_is_a_configuration() -> None:
    expected = ["# app.yaml\na: 1\n", "# b.yaml: the second\nb: 2\n"]
    assert configurations(NAMED_AND_NOT) == expected
