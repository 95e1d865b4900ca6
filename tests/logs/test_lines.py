"""Records as lines."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given, strategies as st

from piped.logs.fields import log_fields
from piped.logs.lines import JsonLines, TextLines
from piped.secret import HIDDEN, Secret

NOON = 1_719_835_200.25  # 2024-07-01, 12:00:00.250


def record(msg: Any = "hello", *args: object, **attributes: object) -> logging.LogRecord:
    made = logging.LogRecord("piped.web", logging.INFO, "web.py", 1, msg, args, None)
    made.created, made.msecs = NOON, 250.0
    vars(made).update(attributes)
    return made


def failing(message: str) -> Any:
    failure = ValueError(message)
    try:
        raise failure
    except ValueError:
        return sys.exc_info()


def as_json(made: logging.LogRecord) -> dict[str, Any]:
    line = JsonLines().format(made)
    assert "\n" not in line
    loaded: dict[str, Any] = json.loads(line)
    return loaded


HEAD = "2024-07-01T12:00:00,250 INFO  piped.web                 "


@pytest.mark.parametrize(
    ("made", "line"),
    [
        (record(), "hello"),
        (record("%s of %d", "one", 2), "one of 2"),
        (record(pipeline="web.hello", step=3), "hello [pipeline=web.hello step=3]"),
        (record("two\nlines"), "two\n    lines"),
        (record("tab\tand \x1b[2J\r\x9b"), "tab\tand \\x1b[2J\\x0d\\x9b"),
    ],
    ids=str,
)
def test_a_line_for_people(made: logging.LogRecord, line: str) -> None:
    assert TextLines().format(made) == HEAD + line


def test_a_logger_cannot_begin_a_line_either() -> None:
    assert "INFO  x\n    y   " in TextLines().format(record(name="x\ny"))


@given(st.text(), st.text())
def test_only_a_record_begins_in_the_first_column(message: str, value: str) -> None:
    lines = TextLines().format(record(message, field=value)).split("\n")
    assert all(line.startswith("    ") for line in lines[1:])
    assert all(char >= " " or char == "\t" for line in lines for char in line)


def test_a_traceback_stands_below() -> None:
    text = TextLines().format(record(exc_info=failing("burst")))
    first, second, *_, last = text.splitlines()
    assert first == HEAD + "hello"
    assert second == "    Traceback (most recent call last):"
    assert last == "    ValueError: burst"


def test_colours_are_around_the_head_only() -> None:
    line = TextLines(colours=True).format(record("\x1b[1mhello"))
    assert "\x1b[32mINFO \x1b[0m" in line
    assert line.endswith(" \\x1b[1mhello")


def test_every_level_has_a_line_even_a_new_one() -> None:
    line = TextLines(colours=True).format(record(levelno=25, levelname="NOTICE"))
    assert "NOTICE" in line


def test_a_line_for_programs() -> None:
    with log_fields(pipeline="web.hello", step="say"):
        assert as_json(record("%s!", "ho", request=7, odd={1: (2,)})) == {
            "time": "2024-07-01T12:00:00.250Z",
            "level": "INFO",
            "logger": "piped.web",
            "message": "ho!",
            "pipeline": "web.hello",
            "step": "say",
            "request": 7,
            "odd": {"1": [2]},
        }


def test_a_field_never_passes_for_what_the_record_says() -> None:
    entry = as_json(record(level="FATAL", time="never"))
    assert (entry["level"], entry["level_"], entry["time_"]) == ("INFO", "FATAL", "never")


def test_an_exception_has_type_message_and_traceback() -> None:
    exception = as_json(record(exc_info=failing("burst")))["exception"]
    assert exception["type"] == "builtins.ValueError"
    assert exception["message"] == "burst"
    assert exception["traceback"].startswith("Traceback (most recent call last):\n")
    assert exception["traceback"].endswith("ValueError: burst")


def test_one_that_was_printed_before_has_its_traceback() -> None:
    assert as_json(record(exc_text="Traceback …"))["exception"] == {"traceback": "Traceback …"}


def test_no_exception_is_none() -> None:
    assert "exception" not in as_json(record(exc_info=(None, None, None)))


def test_a_stack_is_there_when_it_was_asked_for() -> None:
    assert as_json(record(stack_info="Stack: …"))["stack"] == "Stack: …"
    assert "    Stack: …" in TextLines().format(record(stack_info="Stack: …"))


@given(st.text(), st.text())
def test_any_text_makes_one_line_of_json(message: str, value: str) -> None:
    entry = as_json(record(message, field=value))
    assert HIDDEN in entry["message"] or entry["message"] == message


@pytest.mark.parametrize("lines", [TextLines(), JsonLines()], ids=["text", "json"])
def test_a_secret_is_found_before_anything_is_escaped(lines: logging.Formatter) -> None:
    password = 'two "parts"\nof\x07 päss'
    Secret(password).reveal()
    made = record(
        "it is %s", password, exc_info=failing(password), stack_info=password, field=password
    )
    text = lines.format(made)
    assert text.count(HIDDEN) >= 4
    assert "päss" not in text
    assert "parts" not in text
