"""One plugin: what it is called, where it comes from, and how to get at it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import reduce
from importlib import import_module
from typing import Any, Literal

from piped.catalogue.failures import broken, configuration_error, said, trace
from piped.exceptions import ConfigurationError
from piped.problems import Kind, Place, Problem

__all__ = ["BUILT_IN", "FLOW_KINDS", "KINDS", "Plugin", "PluginKind"]

PluginKind = Literal["processor", "provider", "service", "fount", "tube", "drain"]
KINDS: tuple[PluginKind, ...] = ("processor", "provider", "service", "fount", "tube", "drain")
FLOW_KINDS: tuple[PluginKind, ...] = ("fount", "tube", "drain")
BUILT_IN = "built in"


@dataclass(frozen=True, slots=True)
class Plugin:
    """What is known of a plugin before it is imported; `load` imports it."""

    kind: PluginKind
    name: str
    origin: str  # "built in", "entry point of acme", "bundle mine (mine/steps.py)" …
    target: str  # "module:attribute"
    # Made whatever the configuration says: a service, or a provider that has no section.
    always: bool = False
    found: Any = field(default=None, repr=False, compare=False)

    @property
    def module(self) -> str:
        return self.target.partition(":")[0]

    def load(self, place: Place | None = None) -> Any:
        """The class or function. Raises ConfigurationError; `place` is where it is asked for."""
        if self.found is not None:
            return self.found
        try:
            return _resolved(self.target)
        except (Exception, SystemExit) as error:
            raise configuration_error([self._problem(error, place)]) from error

    def factory(self, place: Place | None = None) -> Any:
        """What makes one: the thing itself, or the class that a decorated function carries."""
        found = self.load(place)
        return getattr(found, "__piped_processor__", found)

    @property
    def summary(self) -> str:
        """The first paragraph of its docstring; or, if it cannot be loaded, why not."""
        try:
            text = self.load().__doc__ or ""
        except ConfigurationError as error:
            return error.msg
        [first, *_] = re.split(r"\n\s*\n", text.strip(), maxsplit=1)
        return " ".join(first.split())

    def _problem(self, error: BaseException, place: Place | None) -> Problem:
        if self.origin == BUILT_IN and _is_missing_library(error):
            return self._missing_extra(error, place)
        problem = broken(error, self.module, place)
        message = f"{self.kind} {self.name!r} ({self.origin}): {problem.message}"
        return Problem(problem.kind, place, message, problem.hint, problem.detail)

    def _missing_extra(self, error: BaseException, place: Place | None) -> Problem:
        message = f"{self.kind} {self.name!r} needs a library that is not there: {said(error)}"
        says_how = "pip install" in str(error)
        hint = "" if says_how else "All that the built-in plugins need: pip install 'piped[all]'"
        return Problem(Kind.MISSING_EXTRA, place, message, hint, trace(error))


def _resolved(target: str) -> Any:
    module, _, path = target.partition(":")
    found = reduce(getattr, filter(None, path.split(".")), import_module(module))
    if not callable(found) and not hasattr(found, "make"):
        raise TypeError(f"{target} is neither a class nor a function")
    return found


def _is_missing_library(error: BaseException) -> bool:
    return isinstance(error, ImportError) and (error.name or "").partition(".")[0] != "piped"
