"""The shape of the code base: who may import whom, and how long things may get."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src"

# From the ground up. A part may import those below its own line, and no neighbour.
LAYERS = """
    problems
    exceptions interfaces
    paths clock secret durable backoff
    interop
    event
    conf
    options
    logs checkers
    flows
    catalogue
    resource
    dependencies application
    environment
    provider service flow_part
    processing
    observe
    admin
    web mail status_testing
    processors providers
    flow_parts
    checking
    daemon
    testing
    cli
    __main__
"""
# Within a part that has folders, each may import those before it only.
FOLDERS = {"piped.web": ["engine", "site", "files"]}
HEIGHT = {part: height for height, line in enumerate(LAYERS.split("\n")) for part in line.split()}
# The folder to which others add plugins: whatever stands there is written like a plugin.
ANYWHERE = {"plugins"}
# No name that says nothing.
NO_NOUNS = {"util", "utils", "common", "misc", "helpers", "core", "tools"}
LONGEST_FILE, LONGEST_FUNCTION = 400, 40

MODULES = {
    ".".join(path.relative_to(SOURCE).with_suffix("").parts).removesuffix(".__init__"): path
    for path in SOURCE.glob("piped/**/*.py")
}
TREES = {name: ast.parse(path.read_text()) for name, path in MODULES.items()}


def imports(tree: ast.Module) -> set[str]:
    """Our modules imported anywhere in `tree`: in functions and for type checkers too."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names} & MODULES.keys()
            found.add(str(node.module))
    return found & MODULES.keys()


def allowed(importer: str, imported: str) -> bool:
    if importer == "piped" or imported == "piped":
        return True
    part, other = importer.split(".")[1], imported.split(".")[1]
    return other == part or part in ANYWHERE or HEIGHT[other] < HEIGHT[part]


def test_every_part_has_its_layer() -> None:
    parts = {name.split(".")[1] for name in MODULES if name != "piped"}
    assert parts - HEIGHT.keys() - ANYWHERE == set()


def test_imports_point_down() -> None:
    upward = [
        f"{name} imports {other}"
        for name, tree in TREES.items()
        for other in imports(tree)
        if not allowed(name, other)
    ]
    assert upward == []


def test_imports_between_the_folders_of_a_part_point_down() -> None:
    upward = [
        f"{name} imports {other}"
        for part, folders in FOLDERS.items()
        for name, tree in TREES.items()
        for other in imports(tree)
        if (height := folder_of(part, folders, name)) is not None
        and (below := folder_of(part, folders, other)) is not None
        and below > height
    ]
    assert upward == []


def folder_of(part: str, folders: list[str], name: str) -> int | None:
    """Which of the folders a module stands in, or above them: the debugger is for nobody below."""
    if not name.startswith(f"{part}."):
        return None
    folder = name.removeprefix(f"{part}.").split(".")[0]
    return folders.index(folder) if folder in folders else len(folders)


def test_imports_never_come_round() -> None:
    graph = {name: imports(tree) - {"piped", name} for name, tree in TREES.items()}
    TopologicalSorter(graph).prepare()


def test_files_are_short() -> None:
    lengths = {name: len(path.read_text().splitlines()) for name, path in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


def test_functions_are_short() -> None:
    lengths = {
        f"{name}.{node.name}": code_lines(node)
        for name, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FUNCTION} == {}


def code_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of code, without docstring, comments and blank lines."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return len(ast.unparse(ast.Module(body, [])).splitlines())


def test_every_module_says_what_it_is() -> None:
    assert [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)] == []


def test_names_are_nouns() -> None:
    assert [name for name in MODULES if name.rsplit(".", 1)[-1] in NO_NOUNS] == []
