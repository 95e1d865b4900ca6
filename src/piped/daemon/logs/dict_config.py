"""`logging.config.dictConfig`, with the mistakes in it as problems."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from logging.config import dictConfig
from pathlib import Path
from typing import Any

import yaml

from piped.daemon.logs.settings import Logging
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Place, Problem

__all__ = ["configure", "read", "with_option"]

# Without the first, every call would have to say it; without the second, a `dictConfig` silences
# whatever was imported before it.
_DEFAULTS: Mapping[str, Any] = {"version": 1, "disable_existing_loggers": False}


def with_option(settings: Logging, option: str) -> Logging:
    """`settings` changed by `-l option`: a `.log` is a log file, anything else a `dictConfig`."""
    if option.endswith(".log"):
        return replace(settings, file=Path(option))
    return replace(settings, config=read(Path(option)))


def read(path: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file."""
    try:
        content = yaml.safe_load(path.read_bytes())
    except OSError as error:
        raise _wrong(Kind.UNREADABLE, Place(str(path)), error.strerror or str(error)) from error
    except yaml.YAMLError as error:
        raise _wrong(Kind.SYNTAX, _place(path, error), _said(error)) from error
    if not isinstance(content, dict):
        found = type(content).__name__
        raise _wrong(Kind.WRONG_TYPE, Place(str(path)), f"expected a mapping, got {found}")
    return content


def configure(config: Mapping[str, Any]) -> None:
    """Hand `config` to `dictConfig`, or raise `ConfigurationError`."""
    try:
        dictConfig({**_DEFAULTS, **config})
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        raise _wrong(Kind.WRONG_VALUE, None, ": ".join(_chain(error))) from error


def _wrong(kind: Kind, place: Place | None, what: str) -> ConfigurationError:
    problem = Problem(kind, place, f"the logging configuration is wrong: {what}")
    return ConfigurationError(str(problem), problems=[problem])


def _place(path: Path, error: yaml.YAMLError) -> Place:
    mark = getattr(error, "problem_mark", None)
    return Place(str(path), mark.line + 1, mark.column + 1) if mark else Place(str(path))


def _said(error: yaml.YAMLError) -> str:
    return str(getattr(error, "problem", None) or error)


def _chain(error: BaseException) -> list[str]:
    """What went wrong, and why: `dictConfig` says only in which handler."""
    cause = error.__cause__
    return [str(error), *(_chain(cause) if cause else ())]
