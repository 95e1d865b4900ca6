"""Names of pipelines: absolute as they are, relative ones beginning with dots."""

from __future__ import annotations

__all__ = ["absolute"]


def absolute(name: str, home: str) -> str | None:
    """The full name of what `name` means when it stands in the pipeline `home`.

    The first dot means a sibling of `home`, each further one goes up by a namespace. None: it goes
    up further than there are namespaces.
    """
    relative = name.lstrip(".")
    up = len(name) - len(relative)
    if not up:
        return name
    namespaces = home.split(".")
    if up > len(namespaces):
        return None
    return ".".join([*namespaces[:-up], relative])
