"""Folders in which plugins are: those of `plugins.path`, and `piped/plugins` on `sys.path`."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from piped.catalogue.modules import module_names

__all__ = ["PACKAGE", "Foreign", "add_to_sys_path", "foreign_modules", "plugin_folders"]

PACKAGE = "piped.plugins"


def add_to_sys_path(folders: Iterable[Path]) -> None:
    """Make what is in `folders` importable: behind the script's own folder, before all else."""
    known = {Path(entry).resolve() for entry in sys.path if entry}
    sys.path[1:1] = [str(folder) for folder in dict.fromkeys(folders) if folder not in known]


def plugin_folders() -> list[str]:
    """The folders `piped/plugins` on `sys.path`, without those that are packages of their own."""
    folders = (Path(entry, *PACKAGE.split(".")) for entry in sys.path)
    return [*dict.fromkeys(str(folder.resolve()) for folder in folders if _is_open(folder))]


def _is_open(folder: Path) -> bool:
    return folder.is_dir() and not (folder / "__init__.py").exists()


@dataclass(frozen=True, slots=True)
class Foreign:
    """A module that somebody else has added to `piped.plugins`."""

    name: str
    folder: str
    hidden_by: str | None  # the folder that has a module of that name, and comes first


def foreign_modules() -> Iterator[Foreign]:
    """All that others have added to `piped.plugins`, folder by folder."""
    package = import_module(PACKAGE)
    own = package.__path__[0]
    # `sys.path` may have grown since the package was imported.
    package.__path__[1:] = plugin_folders()
    first = {f"{PACKAGE}.{name}": own for name in package.OURS}
    for folder in package.__path__:
        for module in module_names([folder], PACKAGE):
            if folder != own or module not in first:
                hider = first.setdefault(module, folder)
                yield Foreign(module, folder, None if hider == folder else hider)
