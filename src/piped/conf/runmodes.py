"""What a file says of runs of a special kind: `runmodes.unittest` counts under a test runner."""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath

from piped.conf.change import changed
from piped.conf.loading import Loading
from piped.conf.nodes import Mapping, Node, Scalar, is_null, kind_of
from piped.problems import Kind

__all__ = ["detected", "overlay"]

_TEST_RUNNERS = ("trial", "nose", "pytest", "py.test")


def detected(program: str) -> str:
    """The run mode of a process with `program` as its `sys.argv[0]`."""
    path = PurePath(program)
    # `python -m pytest` makes it the `__main__.py` of a folder of that name.
    name = path.parent.name if path.stem == "__main__" else path.name
    return "unittest" if name.startswith(_TEST_RUNNERS) else ""


def overlay(file: Mapping, loading: Loading) -> Mapping | None:
    """What `file` puts over itself in this run mode."""
    runmodes = _mapping(file.get("runmodes"), "runmodes", loading)
    if runmodes is None or not loading.runmode:
        return None
    mode = loading.runmode
    chosen = _mapping(runmodes.get(mode), f"runmodes.{mode}", loading)
    return None if chosen is None else _marked(chosen, f"runmode {mode}")


def _mapping(node: Node | None, what: str, loading: Loading) -> Mapping | None:
    if node is None or is_null(node) or isinstance(node, Mapping):
        return node if isinstance(node, Mapping) else None
    message = f"{what} takes a mapping, not {kind_of(node)}"
    loading.problem(Kind.WRONG_TYPE, node.origin.place, message)
    return None


def _marked(mapping: Mapping, how: str) -> Mapping:
    def change(scalar: Scalar) -> Node:
        return replace(scalar, origin=replace(scalar.origin, how=how))

    marked = changed(mapping, change)
    assert isinstance(marked, Mapping)
    return marked
