"""Whether the task that runs is to end, and not only what it waits for.

Some libraries make another failure of a cancellation; and `asyncio.wait_for`, before Python 3.12,
gives the result of what ended at the same time.
"""

from __future__ import annotations

import asyncio

__all__ = ["check_cancelled", "is_cancelled"]


def is_cancelled() -> bool:
    """Whether this task was cancelled, though something may have hidden that."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def check_cancelled() -> None:
    """Let this task be cancelled, if something has hidden that it is to be."""
    if is_cancelled():
        raise asyncio.CancelledError
