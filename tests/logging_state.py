"""Logging is one for the whole process: each test here gives it back as it was."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator

import pytest

from piped.logs.redaction import unguard


def known_loggers() -> list[logging.Logger]:
    root = logging.getLogger()
    return [
        root,
        *(each for each in root.manager.loggerDict.values() if isinstance(each, logging.Logger)),
    ]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    showwarning = warnings.showwarning
    before = {
        each: (list(each.handlers), each.level, each.propagate, each.disabled)
        for each in known_loggers()
    }
    yield
    logging.captureWarnings(capture=False)
    warnings.showwarning = showwarning
    unguard()
    for each in known_loggers():
        handlers, level, propagate, disabled = before.get(each, ([], logging.NOTSET, True, False))
        for handler in set(each.handlers) - set(handlers):
            handler.close()
        each.handlers[:] = handlers
        each.setLevel(level)
        each.propagate, each.disabled = propagate, disabled
