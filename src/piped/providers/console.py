"""The terminal: a thread that reads, a loop that executes.

1. What is typed is executed on the event loop, where everything else runs: nothing it touches
   needs a lock.
2. `await` may stand anywhere; the terminal waits, the process does not.
3. The end of the input asks the process to stop; the end of the process restores the terminal.
4. A daemon has no input, which is not the end of one.
"""

from __future__ import annotations

import ast
import asyncio
import code
import concurrent.futures
import inspect
import logging
import os
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

import piped
from piped.interop import drive, is_cancelled, outcome_of

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.options import ResourceName, Script

__all__ = ["Console"]

logger = logging.getLogger(__name__)


class _Interpreter(code.InteractiveConsole):
    """Reads in its thread, executes on the loop."""

    def __init__(self, names: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._names = names
        self._loop = loop

    def runcode(self, compiled: CodeType) -> None:
        ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._loop.call_soon_threadsafe(lambda: drive(self._execute(compiled, ended)))
        ended.result()

    async def _execute(self, compiled: CodeType, ended: concurrent.futures.Future[None]) -> None:
        try:
            result = FunctionType(compiled, self._names)()
            if inspect.iscoroutine(result):
                await result
        except SystemExit as left:
            ended.set_exception(left)
        except BaseException:  # whatever is typed, the process goes on
            if is_cancelled():
                ended.set_exception(SystemExit())
                raise
            self.showtraceback()
        if not ended.done():
            sys.stdout.flush()
            ended.set_result(None)


class _Pipe(_Interpreter):
    """The input of a program: nobody looks at a prompt."""

    # `sys.stdin` would be locked by the thread that waits for a line, when the process ends.
    _rest = b""

    def raw_input(self, prompt: str = "") -> str:
        del prompt
        while b"\n" not in self._rest:
            more = os.read(0, 65536)
            if not more and not self._rest:
                raise EOFError
            self._rest += more or b"\n"
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode(errors="replace")

    def write(self, data: str) -> None:
        if data.strip():  # not the line end behind the end of the input
            super().write(data)


class Console(Service):
    """The terminal of one process."""

    def __init__(
        self,
        runtime_environment: RuntimeEnvironment,
        dependencies: dict[str, ResourceName],
        bootstrap: Script | None,
    ) -> None:
        self.setName("repl")
        self._environment = runtime_environment
        self._bootstrap = bootstrap
        self._terminal: list[Any] | None = None
        self._dependencies = runtime_environment.create_dependency_map(self, **dependencies)

    def startService(self) -> Any:
        Service.startService(self)
        if _is_null_device(0):
            logger.warning("repl: this process has no terminal and no input to read Python from")
            return None
        return outcome_of(self._begin())

    def stopService(self) -> None:
        Service.stopService(self)
        _restore_terminal(self._terminal)

    async def _begin(self) -> None:
        names = {
            "__name__": "__console__",
            "runtime_environment": self._environment,
            "dependencies": self._dependencies,
            "d": self._dependencies,
        }
        await self._run_bootstrap(names)
        self._terminal = _terminal_settings()
        kind = _Pipe if self._terminal is None else _Interpreter
        loop = asyncio.get_running_loop()
        # A thread that waits for a line cannot be told to stop; it must not keep the process.
        read = threading.Thread(
            target=self._read, args=(kind(names, loop), names, loop), daemon=True, name="repl"
        )
        read.start()

    async def _run_bootstrap(self, names: dict[str, Any]) -> None:
        if self._bootstrap is None:
            return
        try:
            await self._bootstrap.run(names)
        except Exception:
            logger.exception("repl: the bootstrap failed")

    def _read(
        self, interpreter: _Interpreter, names: dict[str, Any], loop: asyncio.AbstractEventLoop
    ) -> None:
        banner = ""
        if self._terminal is not None:
            _complete(names)
            python = sys.version.split()[0]
            banner = f"piped {piped.__version__}, Python {python}; Ctrl-D stops the process"
        exit_code = 0
        try:
            interpreter.interact(banner, exitmsg="")
        except SystemExit as left:  # of `exit()`
            exit_code = left.code if isinstance(left.code, int) else int(left.code is not None)
        except RuntimeError:
            if not loop.is_closed():  # else the process has stopped by itself
                raise
        with suppress(RuntimeError):  # see above
            loop.call_soon_threadsafe(self._environment.stop, exit_code)


def _complete(names: dict[str, Any]) -> None:
    """Let the tabulator complete `names`, where there is line editing."""
    with suppress(ImportError):
        import readline
        import rlcompleter

        readline.set_completer(rlcompleter.Completer(names).complete)
        readline.parse_and_bind("tab: complete")


def _is_null_device(descriptor: int) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), Path(os.devnull).stat())
    except OSError:  # it is closed
        return True


def _terminal_settings() -> list[Any] | None:
    if not os.isatty(0):
        return None
    import termios

    return termios.tcgetattr(0)


def _restore_terminal(settings: list[Any] | None) -> None:
    if settings is not None:
        import termios

        termios.tcsetattr(0, termios.TCSADRAIN, settings)
