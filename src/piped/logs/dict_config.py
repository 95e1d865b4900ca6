"""`logging.config.dictConfig`, with the mistakes in it as problems."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from piped.conf import Configuration, load
from piped.conf.overrides import VARIABLE
from piped.exceptions import ConfigurationError
from piped.logs.settings import Logging
from piped.problems import Kind, Place, Problem, did_you_mean

__all__ = ["configure", "read", "with_option"]

logger = logging.getLogger(__name__)

# Without the first, every call would have to say it; without the second, a `dictConfig` silences
# whatever was imported before it.
_DEFAULTS: Mapping[str, Any] = {"version": 1, "disable_existing_loggers": False}
_WAY_OUT = "-l takes a log file, whose name ends in .log, or a file for logging.config.dictConfig"
# `dictConfig` passes over anything else.
_KEYS = ("handlers", "loggers", "root", "formatters", "filters", "incremental", *_DEFAULTS)


def with_option(settings: Logging, option: str) -> Logging:
    """`settings` changed by `-l option`: a `.log` is a log file, anything else a `dictConfig`."""
    if option.endswith(".log"):
        return replace(settings, file=Path(option))
    return replace(settings, config=read(Path(option)))


def read(path: Path) -> dict[str, Any]:
    """The mapping in a YAML or JSON file, with all that a configuration file may have in it."""
    # The overrides are those of the application's configuration.
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    configuration = load(path, environment=environment, runmode="")
    for problem in configuration.warnings:
        logger.warning("%s", problem)
    content: dict[str, Any] = configuration.get("")
    problems = list(_problems(configuration, path))
    if problems:
        raise ConfigurationError(str(problems[0]), problems=problems)
    return content


def _problems(configuration: Configuration, path: Path) -> Iterator[Problem]:
    """What is no part of a `dictConfig`. Keys that begin with `x-` are for anchors and the like."""
    tree = configuration.tree
    if not any(key in tree for key in _KEYS):
        message = "it configures no logging: it has no handlers, no loggers, and no root"
        yield Problem(Kind.MISSING_OPTION, Place(str(path), 1, 1), message, _WAY_OUT)
        return
    for key, entry in tree.entries.items():
        if key not in _KEYS and not str(key).startswith("x-"):
            near = did_you_mean(str(key), _KEYS)
            message = f"a configuration of logging has no {key!r}{near}"
            yield Problem(Kind.UNKNOWN_OPTION, entry.key_place, message, _WAY_OUT)


def configure(config: Mapping[str, Any]) -> None:
    """Hand `config` to `dictConfig`, or raise `ConfigurationError`."""
    from logging.config import dictConfig

    try:
        dictConfig({**_DEFAULTS, **config})
    except (ValueError, TypeError, AttributeError, ImportError) as error:
        what = ": ".join(_chain(error))
        problem = Problem(Kind.WRONG_VALUE, None, f"the logging configuration is wrong: {what}")
        raise ConfigurationError(str(problem), problems=[problem]) from error


def _chain(error: BaseException) -> list[str]:
    """What went wrong, and why: `dictConfig` says only in which handler."""
    cause = error.__cause__
    return [str(error), *(_chain(cause) if cause else ())]
