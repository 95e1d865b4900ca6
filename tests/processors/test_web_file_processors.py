"""Files that come with a form."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings, strategies

from tests.processors import web
from tests.processors.trying import complaint
from tests.processors.web import serving

pytestmark = pytest.mark.usefixtures("engine")


def form(*parts: tuple[str, str | None, bytes]) -> bytes:
    """A form of fields and files: name, file name, content."""
    lines = []
    for name, filename, content in parts:
        said = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
        kind = b"Content-Type: text/x\r\n" if filename else b""
        head = f"--limit\r\nContent-Disposition: {said}\r\n".encode()
        lines.append(head + kind + b"\r\n" + content + b"\r\n")
    return b"".join(lines) + b"--limit--\r\n"


# Reads the files, which end with the request.
READ = (
    "{eval-lambda: {output_path: null, lambda: \"b: [f.update(file=f['file'].read()) for v in"
    ' b.values() for f in (v if type(v) is list else [v]) if type(f) is dict]"}}'
)


async def files(mapping: str, body: bytes, options: str = "", **headers: str) -> Any:
    """What is taken out of a form, with what is in the files instead of them."""
    step = f"{{extract-web-request-files: {{mapping: {mapping} {options}}}}}, {READ}"
    given: Any = {"content_type": "multipart/form-data; boundary=limit", **headers}
    async with serving(step) as served:
        await served.ask("POST /", body, **given)
    assert served.failures == []
    [baton] = served.results
    del baton["request"]
    return baton


async def test_a_file_is_described() -> None:
    found = await files("[a, b, c]", form(("a", "ø.txt", b"\xff\r\n"), ("b", None, b"field")))
    assert found == {
        "a": {"filename": "ø.txt", "content_type": "text/x", "size": 3, "file": b"\xff\r\n"}
    }


async def test_there_may_be_several_of_one_name() -> None:
    body = form(("a", "1", b"one"), ("a", "2", b"two"))
    found = await files("{a: {output_path: b, only_first: false}}", body)
    assert [each["file"] for each in found["b"]] == [b"one", b"two"]


@pytest.mark.parametrize(
    ("filename", "name"),
    [("../../etc/passwd", "passwd"), ("C:\\\\windows\\\\a.exe", "a.exe"), ("a\x1b[0m", "a[0m")],
)
async def test_a_name_leads_nowhere(filename: str, name: str) -> None:
    assert (await files("[a]", form(("a", filename, b""))))["a"]["filename"] == name


async def test_fields_are_still_arguments() -> None:
    steps = (
        "{extract-web-request-files: {mapping: [a]}},"
        "{extract-web-request-arguments: {mapping: [b]}}"
    )
    body = form(("a", "1", b"one"), ("b", None, b"two"))
    kind = "multipart/form-data; boundary=limit"
    async with serving(steps) as served:
        await served.ask("POST /", body, content_type=kind)
    assert served.results[0]["b"] == "two"


async def test_another_body_has_no_files() -> None:
    kind = "application/x-www-form-urlencoded"
    assert await files("[a]", b"a=1", content_type=kind) == {}
    options = ", skip_if_nonexistent: false, input_fallback: 7"
    assert await files("[a]", b"a=1", options, content_type=kind) == {"a": 7}


@pytest.mark.parametrize("which", web.ENGINES)
@settings(max_examples=30, deadline=None)
@given(content=strategies.binary(max_size=100) | strategies.text("\r\n-a").map(str.encode))
def test_whatever_is_in_a_file_stays_as_it_is(which: str, content: bytes) -> None:
    with web.engine(which):
        found = asyncio.run(files("[a]", form(("a", "1", content))))
    assert found["a"]["file"] == content


@pytest.mark.parametrize(
    ("step", "message"),
    [("{}", "needs the option 'mapping'"), ("{mapping: {a: {only_last: true}}}", "only_first")],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(f"extract-web-request-files: {step}")
