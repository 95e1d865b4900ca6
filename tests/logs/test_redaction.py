"""No secret leaves by the log, whatever made the record and whatever prints it."""

from __future__ import annotations

import io
import logging
import pickle
import queue
import sys
from collections.abc import Callable
from logging.config import dictConfig
from logging.handlers import (
    BufferingHandler,
    HTTPHandler,
    MemoryHandler,
    QueueHandler,
    QueueListener,
    SocketHandler,
    SysLogHandler,
)
from typing import Any

import pytest

from piped.logs.lines import JsonLines, TextLines
from piped.logs.redaction import guard, scrubbed, unguard
from piped.secret import HIDDEN, Secret

PASSWORD = "correct-horse-battery"
Secret(PASSWORD).reveal()


class Careless(logging.Formatter):
    """Prints all there is, in its own way."""

    def format(self, record: logging.LogRecord) -> str:
        return f"{record.getMessage()} {vars(record)} {record.exc_info and record.exc_info[1]}"


def in_the_message(log: logging.Logger) -> None:
    log.error(f"the password is {PASSWORD}")  # noqa: G004 - it is what careless people write


def in_an_argument(log: logging.Logger) -> None:
    log.error("the password is %s of %r", PASSWORD, {"all": [PASSWORD]})


def in_an_exception(log: logging.Logger) -> None:
    failure = ValueError(f"cannot log in with {PASSWORD}")
    try:
        raise failure
    except ValueError:
        log.exception("no login")


def in_its_cause_and_notes(log: logging.Logger) -> None:
    failure, cause = ValueError("no login"), KeyError(PASSWORD)
    cause.add_note(f"tried {PASSWORD}")
    failure.__cause__ = cause
    try:
        raise failure
    except ValueError:
        log.exception("no login")


def in_a_line_of_source(log: logging.Logger) -> None:
    try:
        "".index("correct-horse-battery")
    except ValueError:
        log.exception("a line of this file has it")


def in_a_field(log: logging.Logger) -> None:
    log.error("no login", extra={"password": PASSWORD})


def in_the_name_of_the_logger(log: logging.Logger) -> None:
    log.getChild(PASSWORD).error("no login")


def in_the_stack(log: logging.Logger) -> None:
    log.error("a line has correct-horse-battery", stack_info=True)


CARELESSNESS = [
    in_the_message,
    in_an_argument,
    in_an_exception,
    in_its_cause_and_notes,
    in_a_line_of_source,
    in_a_field,
    in_the_name_of_the_logger,
    in_the_stack,
]
FORMATTERS: dict[str, Callable[[], logging.Formatter | None]] = {
    "text": TextLines,
    "json": JsonLines,
    "none": lambda: None,
    "a format": lambda: logging.Formatter("%(name)s %(message)s"),
    "another's": Careless,
}


@pytest.fixture
def log() -> logging.Logger:
    guard()
    log = logging.getLogger("careless")
    log.propagate = False
    return log


@pytest.mark.parametrize("careless", CARELESSNESS)
@pytest.mark.parametrize("formatter", FORMATTERS.values(), ids=FORMATTERS)
def test_no_secret_is_printed(
    log: logging.Logger,
    careless: Callable[[logging.Logger], None],
    formatter: Callable[[], logging.Formatter | None],
) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter())
    log.addHandler(handler)
    careless(log)
    assert stream.getvalue() != ""
    assert PASSWORD not in stream.getvalue()


@pytest.mark.parametrize("careless", CARELESSNESS)
def test_without_the_guard_there_would_be_one(
    log: logging.Logger, careless: Callable[[logging.Logger], None]
) -> None:
    unguard()
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(Careless() if careless is in_a_field else FORMATTERS["a format"]())
    log.addHandler(handler)
    careless(log)
    assert PASSWORD in stream.getvalue()


def test_a_dict_config_is_guarded_with_its_own_formatters(log: logging.Logger) -> None:
    stream = io.StringIO()
    dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"mine": {"()": Careless}},
            "handlers": {
                "out": {"class": "logging.StreamHandler", "formatter": "mine", "stream": stream}
            },
            "loggers": {"careless": {"handlers": ["out"]}},
        }
    )
    for careless in CARELESSNESS:
        careless(log)
    assert HIDDEN in stream.getvalue()
    assert PASSWORD not in stream.getvalue()


def test_a_handler_that_was_there_before_is_guarded_as_well(log: logging.Logger) -> None:
    unguard()
    stream = io.StringIO()
    log.addHandler(logging.StreamHandler(stream))
    guard()
    in_the_message(log)
    assert stream.getvalue() == f"the password is {HIDDEN}\n"


class Sent:
    """Takes the place of a socket."""

    def __init__(self) -> None:
        self.data: list[Any] = []

    def __call__(self, data: Any, *address: object) -> None:
        self.data.append(data)


@pytest.mark.parametrize("careless", CARELESSNESS)
def test_a_record_that_is_sent_has_none(
    log: logging.Logger, careless: Callable[[logging.Logger], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    handler, sent = SocketHandler("localhost", 0), Sent()
    monkeypatch.setattr(handler, "send", sent)
    log.addHandler(handler)
    careless(log)
    [data] = sent.data
    received = vars(logging.makeLogRecord(pickle.loads(data[4:])))
    assert PASSWORD not in str(received)
    assert HIDDEN in str(received)


@pytest.mark.parametrize("careless", CARELESSNESS)
def test_attributes_that_are_sent_have_none(
    log: logging.Logger, careless: Callable[[logging.Logger], None]
) -> None:
    record: list[logging.LogRecord] = []
    handler = BufferingHandler(10)
    log.addHandler(handler)
    careless(log)
    record = handler.buffer
    attributes = HTTPHandler("localhost", "/").mapLogRecord(record[0])
    assert PASSWORD not in str(attributes)
    assert HIDDEN in str(attributes)


def test_one_that_waits_in_a_queue_or_in_memory_has_none_when_it_is_printed(
    log: logging.Logger,
) -> None:
    stream, waiting = io.StringIO(), queue.SimpleQueue[Any]()
    out = logging.StreamHandler(stream)
    out.setFormatter(Careless())
    memory = MemoryHandler(100, flushLevel=logging.CRITICAL, target=out)
    log.addHandler(QueueHandler(waiting))
    log.addHandler(memory)
    listener = QueueListener(waiting, out)
    listener.start()
    for careless in CARELESSNESS:
        careless(log)
    listener.stop()
    assert len(memory.buffer) == len(CARELESSNESS)
    memory.flush()
    assert HIDDEN in stream.getvalue()
    assert PASSWORD not in stream.getvalue()


def test_syslog_gets_none(log: logging.Logger, monkeypatch: pytest.MonkeyPatch) -> None:
    handler, sent = SysLogHandler(), Sent()
    monkeypatch.setattr(handler, "socket", type("Socket", (), {"sendto": sent, "close": str})())
    log.addHandler(handler)
    in_the_message(log)
    [data] = sent.data
    assert HIDDEN.encode() in data
    assert PASSWORD.encode() not in data


def test_a_record_that_cannot_be_printed_is_told_of_without_it(
    log: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.handlers[:] = [logging.StreamHandler(io.StringIO())]  # pytest's own would make a fuss
    log.error("%d times correct-horse-battery", PASSWORD)
    printed = capsys.readouterr().err
    assert "a log record of careless (" in printed
    assert "TypeError" in printed
    assert HIDDEN in printed
    assert PASSWORD not in printed


def test_a_scrubbed_copy_leaves_the_record_as_it_is() -> None:
    record = logging.makeLogRecord({"msg": "%s", "args": (PASSWORD,), "when": {1}, "count": 3})
    clean: Any = scrubbed(record)
    assert (clean.getMessage(), clean.when, clean.count) == (HIDDEN, "{1}", 3)
    assert record.args == (PASSWORD,)


def test_the_guard_is_put_up_once_and_can_be_taken_away() -> None:
    former = logging.Handler.format
    guard()
    guard()
    assert logging.Handler.format is not former
    unguard()
    assert logging.Handler.format is former


def test_a_process_without_stderr_is_no_trouble(
    log: logging.Logger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    log.handlers[:] = [logging.StreamHandler(io.StringIO())]  # pytest's own would make a fuss
    log.error("%d", "not a number")
