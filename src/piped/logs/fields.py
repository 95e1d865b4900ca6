"""What a log record is about: the pipeline, the step, the request.

Fields come from those who can tell what is under way (`add_teller`), from the context in which
something is logged (`log_fields`), and from the record itself (`extra=`); of these, the later wins.
They are read when a record is printed, and never before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

__all__ = ["Teller", "add_teller", "fields_of", "log_fields"]

_NONE: Mapping[str, object] = MappingProxyType({})
_context: ContextVar[Mapping[str, object]] = ContextVar("log fields", default=_NONE)
_OF_EVERY_RECORD = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}

# Tells fields of whatever is under way when it is asked.
Teller = Callable[[], Mapping[str, object]]
_tellers: dict[Teller, None] = {}


def add_teller(teller: Teller) -> None:
    """Ask `teller` for fields of each record from now on."""
    _tellers[teller] = None


@contextmanager
def log_fields(**fields: object) -> Iterator[None]:
    """Whatever is logged inside, and in tasks begun inside, has these fields."""
    token = _context.set({**_context.get(), **fields})
    try:
        yield
    finally:
        _context.reset(token)


def fields_of(record: logging.LogRecord) -> dict[str, object]:
    """All fields of `record`, printed in the context in which it was made."""
    extra = {key: value for key, value in vars(record).items() if key not in _OF_EVERY_RECORD}
    told = {key: value for teller in _tellers for key, value in teller().items()}
    return {**told, **_context.get(), **extra}
