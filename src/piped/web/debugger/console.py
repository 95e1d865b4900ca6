"""A console in a frame: what is evaluated there, sees what the code there saw.

1. Names are those that the frame had when it failed; behind them the globals of its module, as
   they are now, and the built-ins. A local hides a global of the same name.
2. What is assigned stays in the console of that frame: a frame that has ended has no use for it.
   Objects are those that the code had, so whatever is done to them is done.
3. `await` may stand anywhere.
4. Whatever is evaluated may fail, print and return as much as it likes; it may take as long as
   its limit. Where the alarm cannot help (`piped.web.debugger.alarm`), the limit is not held.
"""

from __future__ import annotations

import ast
import asyncio
import codeop
import inspect
import linecache
import traceback
import types
import warnings
from collections import deque
from collections.abc import Coroutine, Generator, Mapping
from dataclasses import dataclass
from types import CodeType, FrameType, FunctionType
from typing import Any

from piped.interop import is_cancelled
from piped.web.debugger.alarm import TooLong, limited
from piped.web.debugger.capture import Output, Piece, capturing, current_output
from piped.web.debugger.values import shown

__all__ = ["Console", "Evaluated", "Names", "is_incomplete"]

_FLAGS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
_FILE = "<console>"
_SHOW = "<show>"  # no name that anybody could write
_LONGEST_VALUE = 10_000
_MOST_KEPT = 50  # evaluations of one console
_LONGEST_ERROR = 20_000
_BLOCKS = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.If,
    ast.With,
    ast.AsyncWith,
    ast.Match,
    ast.Try,
    ast.TryStar,
)


@dataclass(frozen=True, slots=True)
class Evaluated:
    """What was evaluated, and what came of it."""

    code: str
    output: list[Piece]


class Names(dict[str, Any]):
    """The names at a place, for whatever is evaluated there."""

    def __init__(
        self, own: Mapping[str, Any], around: dict[str, Any], builtins: dict[str, Any]
    ) -> None:
        super().__init__(own)
        self.globals = around
        self["__builtins__"] = self.builtins = builtins

    def __missing__(self, name: str) -> Any:
        return self.globals[name]


class Console:
    """The names of one frame, and what has been evaluated with them."""

    def __init__(self, frame: FrameType) -> None:
        self.names = Names(frame.f_locals, frame.f_globals, frame.f_builtins)
        self.history: deque[Evaluated] = deque(maxlen=_MOST_KEPT)
        self._keeps_last = "_" not in frame.f_locals
        self.names[_SHOW] = self._show

    async def evaluate(self, code: str, limit: float) -> Evaluated:
        """Run `code`; every statement that is an expression shows its value."""
        output = Output()
        with capturing(output):
            await self._run(code, limit, output)
        evaluated = Evaluated(code, output.pieces())
        self.history.append(evaluated)
        return evaluated

    async def _run(self, code: str, limit: float, output: Output) -> None:
        try:
            compiled = _compiled(code)
            with limited(limit):
                result = FunctionType(compiled, self.names)()
            if inspect.iscoroutine(result):
                await _awaited(result, limit)
        except TooLong as late:
            output.write("error", f"It was interrupted: {late}.\n")
        except BaseException as failure:  # whatever is evaluated, the process goes on
            if is_cancelled():
                raise
            output.write("error", _told(failure, code))

    def _show(self, value: Any) -> None:
        # There may be several evaluations at a time.
        output = current_output()
        if value is None or output is None:
            return
        if self._keeps_last:
            self.names["_"] = value
        output.write("value", shown(value, _LONGEST_VALUE) + "\n")


def is_incomplete(code: str) -> bool:
    """Whether more lines have to come, or may: a block ends with an empty line."""
    compiler = codeop.CommandCompiler()
    compiler.compiler.flags |= _FLAGS
    try:
        if compiler(code, _FILE, "exec") is None:
            return True
        body = compile(code, _FILE, "exec", _FLAGS | ast.PyCF_ONLY_AST).body
    except (SyntaxError, ValueError, OverflowError, RecursionError, MemoryError):
        return False
    last = code.rpartition("\n")[2]
    return "\n" in code and bool(last.strip()) and isinstance(body[-1], _BLOCKS)


def _compiled(code: str) -> CodeType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SyntaxWarning)
        tree = compile(code, _FILE, "exec", _FLAGS | ast.PyCF_ONLY_AST)
        for statement in tree.body:
            if isinstance(statement, ast.Expr):
                show = ast.Call(ast.Name(_SHOW, ast.Load()), [statement.value], [])
                statement.value = ast.fix_missing_locations(ast.copy_location(show, statement))
        compiled: CodeType = compile(tree, _FILE, "exec", _FLAGS)
        return compiled


async def _awaited(coroutine: Coroutine[Any, Any, Any], limit: float) -> None:
    try:
        async with asyncio.timeout(limit) as waiting:
            await _stepwise(coroutine, limit)
    except TimeoutError:
        if waiting.expired():
            raise TooLong(f"it waited longer than {limit:g} s") from None
        raise


@types.coroutine
def _stepwise(coroutine: Coroutine[Any, Any, Any], limit: float) -> Generator[Any, Any, Any]:
    """Await `coroutine`, of which no step may take longer than that."""
    step: Any = coroutine.send
    given: Any = None
    while True:
        try:
            with limited(limit):
                yielded = step(given)
        except StopIteration as end:
            return end.value
        try:
            step, given = coroutine.send, (yield yielded)
        except BaseException as error:  # noqa: BLE001 - it is for the coroutine
            step, given = coroutine.throw, error


def _told(failure: BaseException, code: str) -> str:
    """The traceback of what was evaluated, without ours."""
    former = linecache.cache.get(_FILE)
    linecache.cache[_FILE] = (len(code), None, [f"{each}\n" for each in code.split("\n")], _FILE)
    try:
        told = traceback.TracebackException.from_exception(failure, compact=True, limit=-40)
        del told.stack[: _ours(told.stack)]
        return "".join(told.format())[-_LONGEST_ERROR:]
    except Exception as another:  # noqa: BLE001 - somebody's exception may not even have a text
        return f"{type(failure).__name__}, which cannot be shown: {type(another).__name__}\n"
    finally:
        linecache.cache.pop(_FILE, None)
        if former is not None:
            linecache.cache[_FILE] = former


def _ours(stack: traceback.StackSummary) -> int:
    """How many frames stand before the first of what was evaluated."""
    return next((at for at, each in enumerate(stack) if each.filename == _FILE), len(stack))
