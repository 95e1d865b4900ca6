"""Whose fault it is that a database refuses something: that of the rows, or of the world.

What is the world's fault passes, or somebody sees to it; then the same rows are taken.
"""

from __future__ import annotations

from typing import Any

__all__ = ["is_of_the_world"]

# PostgreSQL's classes: connections, rolled back transactions, resources, operators, the system.
_CLASSES = ("08", "40", "53", "55", "57", "58")
# Read only, no such column, no such table, not allowed to.
_STATES = {"25006", "42501", "42703", "42P01"}
# The same of MySQL and MariaDB: locks, space, rights, tables, columns, read only, too many.
_NUMBERS = {1021, 1040, 1044, 1045, 1054, 1114, 1142, 1143, 1146, 1205, 1213, 1290, 1317, 1792}
# Permission, busy, locked, read only, interrupted, I/O, full, cannot open, protocol, authorization.
_CODES = {3, 5, 6, 8, 9, 10, 13, 14, 15, 23}


def is_of_the_world(error: BaseException) -> bool:
    """Whether that error of SQLAlchemy says nothing against the rows."""
    if getattr(error, "connection_invalidated", False):
        return True
    cause: Any = getattr(error, "orig", None)
    if cause is None:
        return type(error).__name__ == "TimeoutError"  # no connection is free
    state = getattr(cause, "sqlstate", None)
    if state is not None:
        return state in _STATES or state.startswith(_CLASSES)
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None:
        return code & 0xFF in _CODES
    text = str(cause)
    number = cause.args[0] if cause.args else None
    return number in _NUMBERS if isinstance(number, int) else text.startswith("no such table")
