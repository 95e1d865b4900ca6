"""Keep batons."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Any

from piped.options import Lambda
from piped.paths import get_path, set_path
from piped.processors.base import Processor
from piped.processors.fixed import names_in, namespace_of, taking

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["CollectBatons"]

# Where a baton lists the paths of what cannot be copied.
_VOLATILE = "_volatile"


class CollectBatons(Processor):
    """Append each baton to a list, and hand it on.

    Example::

        pipeline: [collect-batons: {describer: "baton: baton['who']"}]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "collect-batons"

    def __init__(
        self,
        *,
        list: list[Any] | None = None,
        deepcopy: bool = False,
        describer: Lambda | None = None,
        namespace: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        list: what to append to
        deepcopy: keep a copy; what the baton lists under `_volatile` is only described in it
        describer: keep what this gives for the baton
        namespace: names that the describer may use
        """
        super().__init__(**node)
        self.list = [] if list is None else list
        self.deepcopy = deepcopy
        self.describer = taking(1, "describer", describer)
        self.namespace = names_in(namespace)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        del runtime_environment
        if self.describer is not None:
            self._describe = self.describer.bind(**namespace_of(self, self.namespace))

    def process(self, baton: Any) -> Any:
        kept = _copied(baton) if self.deepcopy else baton
        self.list.append(kept if self.describer is None else self._describe(kept))
        return baton


def _copied(baton: Any) -> Any:
    """A copy that shares nothing, with descriptions in the place of what is volatile."""
    paths = baton.get(_VOLATILE, ()) if isinstance(baton, dict) else ()
    there = {path: get_path(baton, path, None) for path in paths}
    # What stands in the memo is taken for a copy that has been made already.
    described = {id(value): repr(value) for value in there.values()}
    copied = deepcopy(baton, dict(described))
    for path, value in there.items():
        set_path(copied, path, described[id(value)])
    return copied
