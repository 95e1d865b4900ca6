"""Twisted's log in ours."""

from __future__ import annotations

import io
import json
import logging
from typing import Any

import pytest
from twisted.logger import Logger, LogLevel, LogPublisher
from twisted.python import failure, log

from piped.daemon.twisted_logs import TwistedLogs
from piped.logs.lines import JsonLines
from tests.processes import run

# Twisted has no types for these.
Failure: Any = failure.Failure
OldPublisher: Any = log.LogPublisher
NewPublisher: Any = LogPublisher


class Bridge:
    """Twisted's two ways to log, and what becomes of it."""

    def __init__(self, observer: TwistedLogs, caplog: pytest.LogCaptureFixture) -> None:
        self.publisher = NewPublisher(observer)
        self.legacy = OldPublisher(self.publisher, self.publisher)
        self.caplog = caplog

    def logger(self, namespace: str = "twisted.web.http") -> Logger:
        return Logger(namespace, observer=self.publisher)

    @property
    def told(self) -> list[tuple[str, int, str]]:
        return self.caplog.record_tuples


@pytest.fixture
def bridge(caplog: pytest.LogCaptureFixture) -> Bridge:
    caplog.set_level(logging.DEBUG)
    return Bridge(TwistedLogs(most_names=4), caplog)


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        (LogLevel.debug, logging.DEBUG),
        (LogLevel.info, logging.INFO),
        (LogLevel.warn, logging.WARNING),
        (LogLevel.error, logging.ERROR),
        (LogLevel.critical, logging.CRITICAL),
    ],
)
def test_levels(bridge: Bridge, level: Any, expected: int) -> None:
    bridge.logger().emit(level, "{count} requests of 100%s", count=3)
    assert bridge.told == [("twisted.web.http", expected, "3 requests of 100%s")]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({}, ("twisted", logging.INFO)),
        ({"system": "-"}, ("twisted", logging.INFO)),
        ({"system": "HTTPChannel,3,127.0.0.1"}, ("HTTPChannel", logging.INFO)),
        ({"system": "a.b", "logLevel": logging.WARNING}, ("a.b", logging.WARNING)),
        ({"logLevel": 17}, ("twisted", 17)),
        ({"isError": 1}, ("twisted", logging.ERROR)),
    ],
    ids=str,
)
def test_the_old_way(bridge: Bridge, event: dict[str, Any], expected: tuple[str, int]) -> None:
    bridge.legacy.msg("hello", **event)
    assert bridge.told == [(*expected, "hello")]


def test_a_connection_is_a_field_and_no_logger(bridge: Bridge) -> None:
    bridge.legacy.msg("hello", system="HTTPChannel,3,127.0.0.1")
    [record] = bridge.caplog.records
    assert vars(record)["system"] == "HTTPChannel,3,127.0.0.1"


def test_new_names_come_to_an_end(bridge: Bridge) -> None:
    for number in range(10):
        bridge.legacy.msg("hello", system=f"connection-{number}")
    names = [name for name, _, _ in bridge.told]
    assert names == [*(f"connection-{number}" for number in range(4)), *["twisted"] * 6]
    assert "connection-9" not in logging.getLogger().manager.loggerDict
    assert vars(bridge.caplog.records[-1])["system"] == "connection-9"


def burst() -> None:
    raise ValueError("burst")


@pytest.mark.parametrize("clean", [False, True])
@pytest.mark.parametrize("way", ["new", "old"])
def test_a_failure_comes_with_its_traceback_once(bridge: Bridge, way: str, clean: bool) -> None:
    try:
        burst()
    except ValueError:
        burst_failure = Failure()
    if clean:
        burst_failure.cleanFailure()
    if way == "new":
        bridge.logger().failure("while serving", failure=burst_failure)
    else:
        bridge.legacy.msg(failure=burst_failure, why="while serving", isError=1)
    [record] = bridge.caplog.records
    entry = json.loads(JsonLines().format(record))
    assert entry["message"] == "while serving"
    assert entry["exception"]["type"] == "builtins.ValueError"
    assert entry["exception"]["traceback"].count("in burst") == 1
    assert "burst" not in entry["message"]


def test_a_failure_without_a_word_has_one(bridge: Bridge) -> None:
    bridge.legacy.msg(failure=Failure(ValueError("burst")), isError=1)
    assert bridge.told == [("twisted", logging.ERROR, "Unhandled Error")]


def test_an_event_that_cannot_be_printed_is_told_of(bridge: Bridge) -> None:
    bridge.logger().info("{missing.thing}")
    [(_, _, message)] = bridge.told
    assert "Unable to format event" in message


def test_it_happened_when_twisted_says(bridge: Bridge) -> None:
    bridge.publisher({"log_format": "hello", "log_time": 1_719_835_200.25})
    assert '"2024-07-01T12:00:00.250Z"' in JsonLines().format(bridge.caplog.records[0])


def test_nothing_is_formatted_for_a_level_that_is_off(bridge: Bridge) -> None:
    class Costly:
        def __str__(self) -> str:
            raise AssertionError("it was printed")

    logging.getLogger("twisted.web.http").setLevel(logging.WARNING)
    bridge.logger().info("{costly}", costly=Costly())
    assert bridge.told == []


INSTALLING = """
    import io, logging, sys, warnings
    from piped.logs import Logging, Logs
    from piped.daemon.twisted_logs import TwistedLogs
    from twisted.logger import Logger
    Logger("early").warn("kept")
    stdout, stderr = sys.stdout, sys.stderr
    Logs(sys.stdout).apply(Logging(format="text"))
    bridge = TwistedLogs()
    for _ in range(2):
        bridge.install()
        Logger("app").critical("seen")
        bridge.remove()
        Logger("app").critical("not seen")
    warnings.resetwarnings()
    warnings.warn("old-fashioned")
    assert (stdout, stderr) == (sys.stdout, sys.stderr)
"""


def test_it_is_installed_and_removed_and_leaves_the_streams_alone() -> None:
    done = run(INSTALLING)
    told = [line.split(maxsplit=3)[1:] for line in io.StringIO(done.stdout) if line[0] == "2"]
    assert done.stderr == ""
    assert [(level, name, text.split(":")[0].strip()) for level, name, text in told] == [
        ("WARNING", "early", "kept"),
        ("CRITICAL", "app", "seen"),
        ("CRITICAL", "app", "seen"),
        ("WARNING", "py.warnings", "<string>"),
    ]
