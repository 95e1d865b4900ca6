"""The log: lines for people or programs, in a file that rotates, without a secret."""

from __future__ import annotations

from piped.logs.dict_config import with_option
from piped.logs.fields import add_teller, fields_of, log_fields
from piped.logs.logs import Logs
from piped.logs.settings import DEFAULT_FILE, Level, Logging

__all__ = [
    "DEFAULT_FILE",
    "Level",
    "Logging",
    "Logs",
    "add_teller",
    "fields_of",
    "log_fields",
    "with_option",
]
