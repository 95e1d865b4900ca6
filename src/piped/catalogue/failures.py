"""What to say when the import of a plugin fails."""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec
from pathlib import Path
from traceback import FrameSummary, TracebackException

from piped.exceptions import ConfigurationError
from piped.problems import Kind, Place, Problem

__all__ = ["broken", "configuration_error", "is_missing", "missing_package", "said", "trace"]

_SYS_PATH = "Ensure that sys.path is set correctly."
# Frames from here say how a module was looked for, and nothing about what is wrong in it.
_IMPORTING = (
    "<frozen importlib",
    f"{Path(importlib.__file__).parent}{os.sep}",
    f"{Path(__file__).parent}{os.sep}",
)
# Marks within a class worked on Python 2.
_OLD_MARKS = {
    r"classProvides|Class advice": "@zope.interface.provider(IProcessor)",
    r"'implements(Only)?'": "@zope.interface.implementer(...)",
}


def broken(error: BaseException, module: str, place: Place | None) -> Problem:
    """The problem that `module` fails when it is imported."""
    way_out = f"Mend it, or leave it out: plugins.disabled: [{module}]."
    hint = f"{_cure(error, module)} {way_out}".strip()
    return Problem(
        Kind.BROKEN_PLUGIN,
        place,
        f"{module} {_complaint(error, module)}",
        hint=hint,
        detail=trace(error),
    )


def missing_package(error: BaseException, package: str, place: Place, file: str) -> Problem:
    """The problem that there is no such bundle; `file` is what piped is started with."""
    cure = f"If it is in this folder: PYTHONPATH=. piped -nc {file}"
    return Problem(
        Kind.MISSING_PACKAGE,
        place,
        str(error),
        hint=f"{_SYS_PATH} {cure}",
        detail=f"{package!r} does not seem to be a valid package.",
    )


def configuration_error(problems: Sequence[Problem]) -> ConfigurationError:
    """The exception that has `problems`, in the words of the first."""
    first = problems[0]
    # The words for a missing bundle have been in print for long; the cure is with the problem.
    hint = _SYS_PATH if first.kind is Kind.MISSING_PACKAGE else first.hint
    # An exception's text is re-wrapped, which a traceback does not survive.
    detail = None if "\n" in first.detail else first.detail
    return ConfigurationError(first.message, detail, hint, problems=problems)


def said(error: BaseException) -> str:
    """The kind of `error`, and the first line of what it says."""
    lines = str(TracebackException.from_exception(error)).splitlines()
    return ": ".join([type(error).__name__, *lines[:1]])


def trace(error: BaseException) -> str:
    """The traceback of `error` from the first frame that is not about finding a module."""
    report = TracebackException.from_exception(error)
    _trim(report)
    return "".join(report.format()).rstrip()


def _trim(report: TracebackException) -> None:
    report.stack[:] = [frame for frame in report.stack if not _is_importing(frame)]
    for inner in (report.__cause__, report.__context__, *(report.exceptions or ())):
        if inner is not None:
            _trim(inner)


def _is_importing(frame: FrameSummary) -> bool:
    return frame.filename.startswith(_IMPORTING)


def is_missing(error: BaseException, module: str) -> bool:
    """Whether it is `module` itself that is not there, or a package around it."""
    missing = _missing_module(error)
    return missing is not None and f"{module}.".startswith(f"{missing}.")


def _complaint(error: BaseException, module: str) -> str:
    missing = _missing_module(error)
    if is_missing(error, module):
        return "is not there"
    if missing:
        return f"imports {missing!r}, which is not there"
    return f"cannot be imported: {said(error)}"


def _missing_module(error: BaseException) -> str | None:
    return error.name if isinstance(error, ModuleNotFoundError) else None


def _cure(error: BaseException, module: str) -> str:
    """What is to be done about some failures that are known."""
    missing = _missing_module(error)
    if missing:
        return _cure_of_missing(missing, module)
    text = str(TracebackException.from_exception(error))
    for pattern, mark in _OLD_MARKS.items():
        if re.search(pattern, text):
            return f"Python 3 has the mark above the class: {mark}."
    return ""


def _cure_of_missing(missing: str, module: str) -> str:
    package = _package_with(missing, module)
    if package:
        return f"Python 3 has the package in the import: from {package} import {missing}."
    top = missing.partition(".")[0]
    if top == module.partition(".")[0] or _spec(top) is not None:
        return ""
    return f"Install the library that has it, often: pip install {top}."


def _package_with(missing: str, module: str) -> str | None:
    """`module` itself, or the package around it, if that has a module `missing`."""
    for package in (module, module.rpartition(".")[0]):
        spec = _spec(package)
        folders = spec and spec.submodule_search_locations
        if folders and PathFinder.find_spec(f"{package}.{missing}", folders):
            return package
    return None


def _spec(module: str) -> ModuleSpec | None:
    """Where `module` would come from, found without importing anything."""
    package = module.rpartition(".")[0]
    if not module or (package and package not in sys.modules):
        return None
    try:
        return find_spec(module)
    except ValueError:  # it is imported, and does not know where from
        return None
