"""The files that `-l` takes."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import Any

import pytest

from piped.daemon.logs.dict_config import configure, read, with_option
from piped.daemon.logs.settings import Logging
from piped.exceptions import ConfigurationError
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


@pytest.mark.parametrize(
    ("content", "kind", "message"),
    [
        (None, Kind.UNREADABLE, "x.yaml: the logging configuration is wrong: No such file"),
        (b"a: [", Kind.SYNTAX, "x.yaml:1:5: the logging configuration is wrong: "),
        (b"a:\n\tb: 1", Kind.SYNTAX, "x.yaml:2:1: the logging configuration is wrong: found char"),
        (b"\xff\xfe\xff", Kind.SYNTAX, "x.yaml: the logging configuration is wrong: "),
        (b"!!python/name:os.system x", Kind.SYNTAX, "could not determine a constructor"),
        (b"- a", Kind.WRONG_TYPE, "x.yaml: the logging configuration is wrong: expected a mapping"),
        (b"", Kind.WRONG_TYPE, "expected a mapping, got NoneType"),
    ],
)
def test_a_file_that_is_none(
    tmp_path: Path, content: bytes | None, kind: Kind, message: str
) -> None:
    path = tmp_path / "x.yaml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigurationError, match=re.escape(message)) as caught:
        read(path)
    [problem] = caught.value.problems
    assert problem.kind is kind


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
