"""The pages as HTML, of whatever failed."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from hypothesis import given, settings, strategies as st

from piped.secret import HIDDEN, Secret
from piped.web.debugger.document import Shell, failure_page, gone_page, list_page
from piped.web.debugger.failed import Asked, Failed
from piped.web.debugger.held import Item

SHELL = Shell("/a/__debug__", "token")
VOID = {"meta", "link", "input", "br"}
# Those of ours, and of pictures.
TAGS = """
html head meta title link script body a header p nav button kbd main section h1 h2 b code span time
ul ol li details summary div pre mark figure svg g rect path text defs marker label input noscript
"""


class Reader(HTMLParser):
    """Complains of what is not closed, or not ours."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS.split(), tag
        for name, value in attrs:
            assert not name.startswith("on"), name
            assert name != "style"
            if name in {"href", "src"}:
                assert value is None or value.startswith(("/a/__debug__", "#main")), value
            if name == "id":
                assert value not in self.ids
                self.ids.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def read(page: bytes) -> str:
    reader = Reader()
    reader.feed(page.decode())
    reader.close()
    assert not reader.open
    return reader.text


def page_of(failure: BaseException, uri: str = "/", client: str = "127.0.0.1") -> str:
    failed = Failed(failure, Asked("GET", uri, client))
    return read(failure_page(SHELL, Item("id", failed.kind, failed, 0, 0, 1)))


def raised(failure: BaseException) -> BaseException:
    try:
        raise failure  # noqa: TRY301
    except BaseException as caught:  # noqa: BLE001 - it is what is shown
        return caught


@settings(deadline=None)
@given(st.text(), st.text(), st.lists(st.text(), max_size=3), st.text())
def test_no_text_becomes_markup(message: str, uri: str, notes: list[str], name: str) -> None:
    failure: Any = type(name.replace("\0", ""), (Exception,), {})(message)
    for note in notes:
        failure.add_note(note)
    page_of(raised(failure), uri)


def test_markup_in_a_message_is_text() -> None:
    text = page_of(raised(ValueError("</p><script>alert(1)</script>")))
    assert "</p><script>alert(1)</script>" in text
    assert "web.Server Traceback" in text


def test_all_that_stands_behind_is_there() -> None:
    failure = ExceptionGroup("several", [ValueError("one"), OSError("two")])
    failure.__cause__ = raised(KeyError("cause"))
    failure.__cause__.__context__ = RuntimeError("context")
    failure.__cause__.add_note("a note")
    text = page_of(raised(failure))
    for part in (
        "several (2 sub-exceptions)",
        "One of the group",
        "OSError two",
        "It was raised because of",
        "KeyError 'cause'",
        "a note",
        "It was raised while this was being handled",
        "RuntimeError context",
        "It has no traceback",
    ):
        assert part in text, part


def test_what_cannot_be_shown_is_named() -> None:
    class Mute(Exception):
        def __str__(self) -> str:
            raise SystemExit

    assert "(it has no text: SystemExit)" in page_of(raised(Mute()))


def test_secrets_are_taken_out() -> None:
    secret = Secret("moby-dick-1851").reveal()
    failure = ValueError(f"wrong: {secret}")
    failure.add_note(secret)
    text = page_of(raised(failure), f"/?key={secret}")
    assert secret not in text
    assert text.count(HIDDEN) >= 3


def test_long_messages_are_cut() -> None:
    assert len(page_of(raised(ValueError("x" * 1_000_000)))) < 20_000


def test_there_is_a_list_and_a_page_for_what_is_gone() -> None:
    assert "Failures" in read(list_page(SHELL))
    assert "nobody had looked at it for 300 seconds" in read(
        gone_page(SHELL, was_there=True, idle=300)
    )
    assert "There is none of that name" in read(gone_page(SHELL, was_there=False, idle=300))
