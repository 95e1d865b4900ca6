"""Python in the configuration: lambdas, and the bodies of functions.

It is compiled when the configuration is read, so that what does not compile is found in time,
and knows where it stands: a traceback shows the line of the configuration.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import textwrap
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate, pairwise
from types import CodeType, FunctionType
from typing import Any

from piped.conf.nodes import Mapping, Node
from piped.options.findings import Findings
from piped.options.scalars import text_hint, text_of
from piped.options.source import Spot, spots_of
from piped.options.wording import about
from piped.problems import Kind, Place

__all__ = ["Code", "Lambda", "Script"]

# Whatever the compiler raises for a text that is no Python, or too much of it.
_UNCOMPILABLE = (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError)


@dataclass(frozen=True)
class _Snippet:
    """Python, and the place where it is written."""

    text: str
    place: Place | None = field(default=None, compare=False)

    @classmethod
    def from_node(cls, node: Node, findings: Findings) -> Any:
        text, what = text_of(node), findings.what
        if text is None:
            quotes = "put it in quotes" if isinstance(node, Mapping) else text_hint(node)
            return findings.unfit(node, what, cls._expected(), hint=quotes)
        snippet = cls(text, node.origin.place)
        try:
            with findings.python_warnings(node, what, Kind.BAD_CODE):
                snippet._check()
        except _UNCOMPILABLE as error:
            message = error.msg if isinstance(error, SyntaxError) else str(error)
            place = snippet._place_of(error) if isinstance(error, SyntaxError) else None
            return findings.problem(
                Kind.BAD_CODE, place or node, about(what, message), snippet._hint()
            )
        return snippet

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string"}

    @classmethod
    def _expected(cls) -> str:
        raise NotImplementedError

    def _check(self) -> None:
        raise NotImplementedError

    def _hint(self) -> str:
        return ""

    @cached_property
    def _source(self) -> _Source:
        raise NotImplementedError

    def _place_of(self, error: SyntaxError) -> Place | None:
        """The place in the configuration that the compiler complains of."""
        spots = self._spots
        if self.place is None or spots is None:
            return None
        index = self._source.index(error.lineno or 1, max((error.offset or 1) - 1, 0))
        # Indentation has no spots of its own.
        index = len(self.text) - len(self.text[index:].lstrip(" \t"))
        return Place(self.place.file, spots[index].line, spots[index].column)

    @cached_property
    def _spots(self) -> list[Spot] | None:
        return None if self.place is None else spots_of(self.text, self.place)

    @property
    def _file(self) -> str:
        return self.place.file if self.place else f"<{self.text.strip()}>"

    def _settle(self, tree: ast.AST) -> None:
        """Give all of `tree` the lines and columns of the configuration."""
        for node in ast.walk(tree):
            if hasattr(node, "lineno"):
                self._settle_node(node)

    def _settle_node(self, node: Any) -> None:
        spots, line = self._spots, self.place.line if self.place else 0
        if spots is not None:
            first = spots[self._source.byte_index(node.lineno, node.col_offset)]
            last = spots[self._source.byte_index(node.end_lineno, node.end_col_offset)]
            node.lineno, node.col_offset = first.line, first.offset
            node.end_lineno, node.end_col_offset = last.line, last.offset
        elif line:
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = 0


@dataclass(frozen=True)
class _Source:
    """Python made of a text: on each line, something is added or taken away at the beginning."""

    python: str
    text: str
    shifts: tuple[int, ...]  # of each line: how much further to the left it begins in the text

    def index(self, line: int, column: int) -> int:
        """The index in the text of a line (from 1) and a column (from 0) of the Python."""
        if line > len(self._starts):
            return len(self.text)
        start, end = self._starts[line - 1]
        return min(max(start + column + self.shifts[line - 1], start), end)

    def byte_index(self, line: int, offset: int) -> int:
        """The same for an offset in bytes, as syntax trees have it."""
        if line > len(self._lines):
            return len(self.text)
        before = self._lines[line - 1][:offset]
        return self.index(line, len(before.decode(errors="ignore")))

    @cached_property
    def _lines(self) -> list[bytes]:
        return [line.encode() for line in self.python.split("\n")]

    @cached_property
    def _starts(self) -> list[tuple[int, int]]:
        """Where each line of the text begins and ends."""
        ends = list(accumulate(len(line) + 1 for line in self.text.split("\n")))
        return [(start, end - 1) for start, end in pairwise([0, *ends])]


class Lambda(_Snippet):
    """A lambda without its keyword: `input, n=1: input * n`."""

    def bind(self, /, **namespace: Any) -> Callable[..., Any]:
        """The function, with these globals beside the built-ins."""
        made: Callable[..., Any] = eval(self._code, _globals(namespace))  # noqa: S307 - code of the configuration's author
        return made

    def takes(self, count: int) -> bool:
        """Whether it can be called with so many arguments."""
        body = self._tree().body
        assert isinstance(body, ast.Lambda), "it was read as one"
        arguments = body.args
        positional = len(arguments.posonlyargs) + len(arguments.args)
        if any(default is None for default in arguments.kw_defaults):
            return False
        return positional - len(arguments.defaults) <= count and (
            count <= positional or arguments.vararg is not None
        )

    @cached_property
    def _code(self) -> CodeType:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were noted when it was read
            tree = self._tree()
            self._settle(tree)
            return compile(tree, self._file, "eval")

    def _tree(self) -> ast.Expression:
        tree = ast.parse(self._source.python, mode="eval")
        if not isinstance(tree.body, ast.Lambda):
            raise _fault("this is more than one lambda")
        return tree

    def _check(self) -> None:
        compile(self._tree(), self._file, "eval")

    @cached_property
    def _source(self) -> _Source:
        several = "\n" in self.text.rstrip()
        shifts = (-len("(lambda " if several else "lambda "), *[0] * self.text.count("\n"))
        if not several:
            return _Source(f"lambda {self.text.rstrip()}", self.text, shifts)
        # Parentheses let it have several lines, but get into what the compiler complains about.
        return _Source(f"(lambda {self.text}\n)", self.text, shifts)

    @classmethod
    def _expected(cls) -> str:
        return "a lambda like 'input: input + 1'"

    def _hint(self) -> str:
        if self.text.lstrip().startswith("lambda"):
            return "write it without the word lambda"
        return f"write {self._expected()}" if ":" not in self.text else ""


class _Statements(_Snippet):
    """Lines of Python, indented in any way."""

    def _body(self) -> list[ast.stmt]:
        body = ast.parse(self._source.python).body
        if not body:
            raise _fault("there is no code")
        return body

    @cached_property
    def _source(self) -> _Source:
        python = textwrap.dedent(self.text)
        pairs = zip(self.text.split("\n"), python.split("\n"), strict=True)
        shifts = tuple(len(line) - len(rest) if rest else 0 for line, rest in pairs)
        return _Source(python, self.text, shifts)

    @classmethod
    def _expected(cls) -> str:
        return "Python code"


class Code(_Statements):
    """The body of a function. With `await` in it, the function is asynchronous."""

    def bind(self, name: str, parameters: Iterable[str], /, **namespace: Any) -> Callable[..., Any]:
        """A function of that name and those parameters, with these globals beside the built-ins."""
        variables, scope = _globals(namespace), dict[str, Any]()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were noted when it was read
            tree = self._tree(name, parameters)
            self._settle(tree)
            exec(compile(tree, self._file, "exec"), variables, scope)  # noqa: S102 - code of the configuration's author
        made: Callable[..., Any] = scope[name]
        return made

    def _tree(self, name: str, parameters: Iterable[str]) -> ast.Module:
        body = self._body()
        arguments = ast.arguments(
            posonlyargs=[],
            args=[ast.arg(each) for each in parameters],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        kind = ast.AsyncFunctionDef if any(map(_waits, _own(body))) else ast.FunctionDef
        function = kind(name=name, args=arguments, body=body, decorator_list=[])
        for each in (function, *arguments.args):
            ast.copy_location(each, body[0])
        return ast.Module([function], type_ignores=[])

    def _check(self) -> None:
        compile(self._tree("code", ()), self._file, "exec")


class Script(_Statements):
    """Python as it stands in a module: the names that it sets are there afterwards."""

    async def run(self, namespace: dict[str, Any]) -> None:
        """Run it with `namespace` as its globals. `await` may stand anywhere in it."""
        tree = ast.Module(self._body(), type_ignores=[])
        self._settle(tree)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they were noted when it was read
            compiled = self._compiled(tree)
        namespace.setdefault("__builtins__", builtins)
        waiting = FunctionType(compiled, namespace)()
        if inspect.iscoroutine(waiting):
            await waiting

    def _check(self) -> None:
        self._compiled(ast.Module(self._body(), type_ignores=[]))

    def _compiled(self, tree: ast.Module) -> CodeType:
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        compiled: CodeType = compile(tree, self._file, "exec", flags=flags)
        return compiled


def _globals(namespace: dict[str, Any]) -> dict[str, Any]:
    return {"__builtins__": builtins, "__name__": "piped.configuration", **namespace}


def _fault(message: str) -> SyntaxError:
    return SyntaxError(message, ("", 1, 1, ""))


_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)


def _own(body: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """All of `body` but what is inside functions and classes of its own."""
    for node in body:
        yield node
        if not isinstance(node, _SCOPES):
            yield from _own(ast.iter_child_nodes(node))


def _waits(node: ast.AST) -> bool:
    if isinstance(node, ast.comprehension):
        return bool(node.is_async)
    return isinstance(node, ast.Await | ast.AsyncFor | ast.AsyncWith)
