"""What flows of a configuration need of their process."""

from __future__ import annotations

import gc
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from piped.dependencies import InstanceDependency

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["let_items_pass", "needs_of"]

_YOUNG = 20_000  # objects that may be new when Python looks for garbage


def needs_of(
    consumer: Any, parts: Iterable[Any], environment: RuntimeEnvironment
) -> InstanceDependency:
    """All that parts depend on; it is lost while something is that one does not wait for itself."""
    manager = environment.dependency_manager
    needs = InstanceDependency(consumer)
    manager.add_dependency(consumer, needs)
    for part in parts:
        if hasattr(part, "configure"):
            manager.add_dependency(needs, part, gates=not part.waits)
            part.configure(environment)
    return needs


def let_items_pass() -> None:
    """Have Python look for garbage less often, unless somebody has said how often.

    As it is, it would look through each item on its way several times, and through all else that
    there is: that takes half of the time of a flow of rows.
    """
    young, *others = gc.get_threshold()
    if 0 < young < _YOUNG:
        gc.set_threshold(_YOUNG, *others)
