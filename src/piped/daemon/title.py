"""The name of the process as `ps` shows it."""

from __future__ import annotations

__all__ = ["set_title"]


def set_title(name: str) -> bool:
    """Call the process `name`, if the extra "title" is installed. Was it?"""
    try:
        from setproctitle import setproctitle
    except ModuleNotFoundError:
        return False
    setproctitle(name)
    return True
