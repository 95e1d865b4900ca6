"""The terminal: a thread that reads, a loop that executes.

1. What is typed is executed on the event loop, where everything else runs: nothing it touches
   needs a lock.
2. `await` may stand anywhere; the terminal waits, the process does not.
3. The end of the input asks the process to stop; the end of the process restores the terminal.
"""

from __future__ import annotations

import ast
import asyncio
import code
import concurrent.futures
import inspect
import logging
import sys
import threading
from contextlib import suppress
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from twisted.application.service import Service

import piped
from piped.interop import drive

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment
    from piped.options import Code, ResourceName

__all__ = ["Console"]

logger = logging.getLogger(__name__)

_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class _Interpreter(code.InteractiveConsole):
    """Reads in its thread, executes on the loop."""

    def __init__(self, names: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= _AWAIT
        self._loop = loop

    def runcode(self, compiled: CodeType) -> None:
        ended: concurrent.futures.Future[None] = concurrent.futures.Future()
        self._loop.call_soon_threadsafe(lambda: drive(self._execute(compiled, ended)))
        ended.result()

    async def _execute(self, compiled: CodeType, ended: concurrent.futures.Future[None]) -> None:
        try:
            result = FunctionType(compiled, self.locals)()
            if inspect.iscoroutine(result):
                await result
        except SystemExit as exit_:
            ended.set_exception(exit_)
        except BaseException:
            self.showtraceback()
            ended.set_result(None)
            raise
        else:
            ended.set_result(None)


class Console(Service):
    """The terminal of one process."""

    def __init__(
        self,
        runtime_environment: RuntimeEnvironment,
        dependencies: dict[str, ResourceName],
        bootstrap: Code | None,
    ) -> None:
        self.setName("repl")
        self._environment = runtime_environment
        self._bootstrap = bootstrap
        self._terminal: list[Any] | None = None
        self._dependencies = runtime_environment.create_dependency_map(self, **dependencies)

    def startService(self) -> None:
        super().startService()
        self._terminal = _terminal_settings()
        interpreter = _Interpreter(self._names(), asyncio.get_running_loop())
        # A thread that waits for a line cannot be told to stop; it must not keep the process.
        threading.Thread(target=self._read, args=(interpreter,), daemon=True, name="repl").start()

    def stopService(self) -> None:
        super().stopService()
        _restore_terminal(self._terminal)

    def _names(self) -> dict[str, Any]:
        names = {
            "__name__": "__console__",
            "runtime_environment": self._environment,
            "dependencies": self._dependencies,
            "d": self._dependencies,
        }
        if self._bootstrap is not None:
            self._bootstrap.execute(names)
        return names

    def _read(self, interpreter: _Interpreter) -> None:
        with suppress(ImportError):
            import readline
            import rlcompleter

            readline.set_completer(rlcompleter.Completer(dict(interpreter.locals)).complete)
            readline.parse_and_bind("tab: complete")
        loop = interpreter._loop  # noqa: SLF001 - ours, ten lines above
        python = sys.version.split()[0]
        banner = f"piped {piped.__version__}, Python {python}; Ctrl-D stops the process"
        with suppress(SystemExit):
            interpreter.interact(banner, exitmsg="")
        with suppress(RuntimeError):  # the loop is closed: the process has stopped by itself
            loop.call_soon_threadsafe(self._environment.stop)


def _terminal_settings() -> list[Any] | None:
    if not sys.stdin.isatty():
        return None
    import termios

    return termios.tcgetattr(sys.stdin)


def _restore_terminal(settings: list[Any] | None) -> None:
    if settings is not None:
        import termios

        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
