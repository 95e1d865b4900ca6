"""`logging.config.dictConfig`, with the mistakes in it as problems."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from logging.config import dictConfig
from pathlib import Path
from typing import Any

from piped.conf import load
from piped.conf.overrides import VARIABLE
from piped.exceptions import ConfigurationError
from piped.logs.settings import Logging
from piped.problems import Kind, Problem

__all__ = ["configure", "read", "with_option"]

logger = logging.getLogger(__name__)

# Without the first, every call would have to say it; without the second, a `dictConfig` silences
# whatever was imported before it.
_DEFAULTS: Mapping[str, Any] = {"version": 1, "disable_existing_loggers": False}


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
    return content


def configure(config: Mapping[str, Any]) -> None:
    """Hand `config` to `dictConfig`, or raise `ConfigurationError`."""
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
