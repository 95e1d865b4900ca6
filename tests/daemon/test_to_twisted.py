"""What is logged by `logging`, in Twisted's log."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from twisted.logger import LogLevel, STDLibLogObserver, formatEvent, globalLogPublisher

from piped.daemon.to_twisted import ToTwisted
from piped.secret import Secret

logger = logging.getLogger("engines.difference")


@pytest.fixture
def told() -> Iterator[list[dict[str, Any]]]:
    """What Twisted's log hears while the handler is installed."""
    heard: list[dict[str, Any]] = []
    handler = ToTwisted(logging.INFO)
    observer: Any = heard.append
    globalLogPublisher.addObserver(observer)
    handler.install()
    try:
        yield heard
    finally:
        handler.remove()
        globalLogPublisher.removeObserver(observer)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (logging.INFO, LogLevel.info),
        (logging.WARNING, LogLevel.warn),
        (logging.ERROR, LogLevel.error),
        (logging.CRITICAL, LogLevel.critical),
        (logging.WARNING + 5, LogLevel.warn),
        (logging.CRITICAL + 10, LogLevel.critical),
    ],
)
def test_a_record_keeps_its_text_its_level_and_its_logger(
    level: int, expected: Any, told: list[dict[str, Any]]
) -> None:
    logger.log(level, "%d {wheels}", 25000)
    [event] = told
    assert formatEvent(event) == "25000 {wheels}"
    assert (event["log_level"], event["log_namespace"]) == (expected, logger.name)


def test_what_is_not_worth_a_line_gets_none(told: list[dict[str, Any]]) -> None:
    logger.debug("a wheel turns")
    assert told == []


def test_a_traceback_is_a_part_of_the_text_and_secrets_are_none(
    told: list[dict[str, Any]],
) -> None:
    try:
        vars(logging)[Secret("perforated").reveal()]
    except LookupError:
        logger.exception("it failed")
    text = formatEvent(told[0])
    assert text.startswith("it failed\nTraceback")
    assert "KeyError" in text
    assert "perforated" not in text


def test_a_host_that_logs_by_logging_is_no_loop(told: list[dict[str, Any]]) -> None:
    back: Any = STDLibLogObserver("host")
    globalLogPublisher.addObserver(back)
    try:
        logger.info("once")
    finally:
        globalLogPublisher.removeObserver(back)
    assert [formatEvent(event) for event in told] == ["once"]


def test_it_is_gone_when_it_is_removed() -> None:
    handlers, level = list(logging.root.handlers), logging.root.level
    handler = ToTwisted()
    handler.install()
    handler.remove()
    assert (logging.root.handlers, logging.root.level) == (handlers, level)
