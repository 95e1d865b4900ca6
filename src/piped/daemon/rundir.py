"""The directory in which the server runs."""

from __future__ import annotations

import os

from piped.exceptions import PipedError

__all__ = ["enter"]


def enter(directory: str | os.PathLike[str]) -> None:
    """Make `directory` the working directory."""
    try:
        os.chdir(directory)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise PipedError(f"cannot run in {os.fspath(directory)}: {reason}") from error
