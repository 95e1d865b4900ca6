"""The files that `-l` takes."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from piped.exceptions import ConfigurationError
from piped.logs.dict_config import configure, read, with_option
from piped.logs.settings import Logging
from piped.problems import Kind


@pytest.mark.parametrize(
    "text", ["root: {level: DEBUG}", '{"root": {"level": "DEBUG"}}'], ids=["yaml", "json"]
)
def test_a_file_is_yaml_or_json(tmp_path: Path, text: str) -> None:
    path = tmp_path / "logging.yaml"
    path.write_text(text)
    assert with_option(Logging(level="error"), str(path)) == Logging(
        level="error", config={"root": {"level": "DEBUG"}}
    )


def test_a_log_is_written_to_and_not_read() -> None:
    assert with_option(Logging(), "logs/app.log") == Logging(file=Path("logs/app.log"))


def test_a_file_may_have_what_any_configuration_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "logging.yaml"
    path.write_text('root: {level: "${LOUDNESS:-INFO}"}\nx-file: !filepath app.log\n')
    monkeypatch.setenv("LOUDNESS", "ERROR")
    monkeypatch.setenv("PIPED_CONFIGURATION_OVERRIDES", '["root.level: DEBUG"]')
    assert read(path) == {"root": {"level": "ERROR"}, "x-file": tmp_path / "app.log"}


def test_what_is_odd_about_a_file_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "logging.yaml"
    path.write_text("includes: [logging.yaml]\nroot: {}\n")
    read(path)
    assert str(path) in caplog.text


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (None, Kind.UNREADABLE),
        ("a: [", Kind.SYNTAX),
        ("a:\n\tb: 1", Kind.SYNTAX),
        ("a: !!python/name:os.system x", Kind.UNKNOWN_TAG),
        ("- a", Kind.WRONG_TYPE),
    ],
)
def test_a_file_that_is_none(tmp_path: Path, content: str | None, kind: Kind) -> None:
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_text(content)
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    [problem] = caught.value.problems
    assert problem.kind is kind
    assert problem.place is not None
    assert problem.place.file == str(path)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"handlers": {"x": {"class": "nowhere.Handler"}}}, "Unable to configure handler 'x': "),
        ({"root": {"handlers": ["x"]}}, "Unable to configure root logger: "),
        ({"version": 2}, "Unsupported version: 2"),
        ({"root": {"level": "LOUD"}}, "Unknown level: 'LOUD'"),
        ({"handlers": 3}, "'int' object"),
    ],
)
def test_a_mapping_that_is_wrong_says_where_and_why(config: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(message)) as caught:
        configure(config)
    [problem] = caught.value.problems
    assert problem.kind is Kind.WRONG_VALUE


def test_what_was_imported_before_still_logs() -> None:
    early = logging.getLogger("early.bird")
    configure({"loggers": {"late": {"level": "DEBUG"}}})
    assert not early.disabled
    assert logging.getLogger("late").level == logging.DEBUG


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("handler: {}\nroot: {}", "1:1: a configuration of logging has no 'handler' (did you mean"),
        ("pipelines: {a: [passthrough]}", "1:1: it configures no logging"),
        ("{}", "1:1: it configures no logging"),
    ],
)
def test_what_is_no_such_configuration_is_a_problem(
    tmp_path: Path, text: str, complaint: str
) -> None:
    """`dictConfig` itself would pass over it."""
    path = tmp_path / "logging.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        read(path)
    [problem] = caught.value.problems
    assert complaint in str(problem)
    assert "-l takes a log file" in problem.hint
