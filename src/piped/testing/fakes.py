"""Stand-ins for processors and resources, by name.

A name with a dot is the path of a resource: `**{"context.settings": {"a": 1}}`. Any other is the
name of a processor, in which an underscore may stand for a hyphen: `fetch_price=Fake()`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import deepcopy
from typing import Any

from piped.catalogue import Plugin
from piped.processors.base import Processor

__all__ = ["Fake", "processors_of", "resources_of"]

_ORIGIN = "a fake"


class Fake:
    """Does what it is told with a baton, or gives it as it is; and remembers what it was given.

    `fails` is raised instead.
    """

    def __init__(
        self, does: Callable[[Any], Any] | None = None, *, fails: Exception | None = None
    ) -> None:
        self.batons: list[Any] = []
        self._does = does
        self._fails = fails

    def __call__(self, baton: Any) -> Any:
        # The baton may be changed by those who come after.
        self.batons.append(deepcopy(baton))
        if self._fails is not None:
            raise self._fails
        return baton if self._does is None else self._does(baton)


class _FakeProcessor(Processor):
    """Hands each baton to a fake."""

    # What it was given as options means nothing to it, but it has to keep each `!path`.
    resolves = ("given",)

    def __init__(self, fake: Callable[[Any], Any], given: Mapping[str, Any]) -> None:
        super().__init__()
        self.given = given
        self._fake = (fake,)  # a function that is an attribute of its own would be none to copy

    def process(self, baton: Any) -> Any:
        [fake] = self._fake
        return fake(baton)


def resources_of(fakes: Mapping[str, Any]) -> dict[str, Any]:
    """Those that are resources, by path."""
    return {name: fake for name, fake in fakes.items() if "." in name}


def processors_of(fakes: Mapping[str, Any], known: Iterable[str]) -> dict[str, Plugin]:
    """Those that are processors, by name. `known` are the names that there are without them."""
    names = set(known)
    found = {}
    for given, fake in fakes.items():
        if "." not in given:
            name = given if given in names else given.replace("_", "-")
            found[name] = Plugin("processor", name, _ORIGIN, "", found=_factory(given, fake))
    return found


def _factory(name: str, fake: Any) -> Callable[..., Any]:
    if isinstance(fake, type) or hasattr(fake, "__piped_processor__"):
        factory: Callable[..., Any] = fake
        return factory
    if not callable(fake):
        raise TypeError(
            f"{name!r} names a processor, and {fake!r} cannot be called with a baton"
            " (the path of a resource has a dot)"
        )

    def made(**options: Any) -> Processor:
        """Stand in for a processor, whatever its options."""
        return _FakeProcessor(fake, options)

    return made
