"""The log: lines for people or programs, in a file that rotates, without a secret."""

from __future__ import annotations

from piped.daemon.logs.dict_config import with_option
from piped.daemon.logs.fields import fields_of, log_fields
from piped.daemon.logs.logs import Logs
from piped.daemon.logs.settings import DEFAULT_FILE, Level, Logging

__all__ = ["DEFAULT_FILE", "Level", "Logging", "Logs", "fields_of", "log_fields", "with_option"]
