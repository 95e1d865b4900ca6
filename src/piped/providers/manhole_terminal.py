"""The prompt of a manhole: one terminal, at which somebody types Python.

1. What is typed is executed on the event loop, where everything else runs; while it is waited
   for, the process goes on. What never gives the loop its turn holds up the process.
2. `await` may stand anywhere. What comes later and is not waited for is shown when it is there.
3. What is printed is shown at the terminal that it was printed for, and nowhere else.
4. What is typed meanwhile appears and counts afterwards, in order. Ctrl-C ends what is waited for,
   and forgets it.
5. Tab completes what can be known without calling anything, or shows what there is to choose from.
6. Whatever is typed, the process goes on; `exit()` leaves the terminal only.
7. The resources of `dependencies` are known by their names while they are there, unless a name
   stands for something else.
"""

from __future__ import annotations

import ast
import asyncio
import builtins
import code
import inspect
import sys
import traceback
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from types import CodeType, FunctionType
from typing import Any, NoReturn

from twisted.conch.insults import insults
from twisted.conch.manhole import CTRL_C, ColoredManhole
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

import piped
from piped.interop import drive, is_cancelled, is_later, settled
from piped.secret import redact
from piped.web.debugger.capture import Output, Stream, capturing
from piped.web.debugger.completion import complete
from piped.web.debugger.console import Names

__all__ = ["Screen", "Terminal"]

_FILE = "<manhole>"
_SHOW = "<show>"  # no name that anybody could write
_MOST_KEYS = 100_000  # that are kept while something is waited for
_CTRL_H, _CTRL_U, _CTRL_W = b"\x08", b"\x15", b"\x17"


class Screen(insults.ServerProtocol):
    """What stands between a terminal and the channel."""

    def __init__(self, names: dict[str, Any], leave: Callable[[], object]) -> None:
        super().__init__(Terminal, names)
        self._leave = leave

    def loseConnection(self) -> None:  # noqa: N802 - Twisted's name
        # Twisted's wipes out all that stands on the screen.
        self._leave()


class Terminal(ColoredManhole):
    """Line editing with colours and a history is Twisted's, the rest is ours."""

    interpreter: Any
    terminal: Any

    def __init__(self, names: dict[str, Any]) -> None:
        super().__init__()
        self._names = {**names, "exit": _leave, "quit": _leave}
        self._there: dict[str, Any] = {}
        self._typed: deque[tuple[Any, Any]] = deque(maxlen=_MOST_KEYS)
        self._letter = b""
        self._running: asyncio.Task[None] | None = None
        self._is_interrupted = False
        self._is_there = False
        self._is_at_end = False

    # What Twisted calls.

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        self._is_there = True
        super().connectionMade()
        self.interpreter = _Interpreter(self, self._names)  # it has made one of its own
        for key, handler in (
            (_CTRL_H, self.handle_BACKSPACE),
            (_CTRL_U, self._delete_to_start),
            (_CTRL_W, self._delete_word),
        ):
            self.keyHandlers[key] = handler

    def initializeScreen(self) -> None:  # noqa: N802 - Twisted's name
        python = sys.version.split()[0]
        self.terminal.write(f"piped {piped.__version__}, Python {python}; Ctrl-D leaves\n")
        self.terminal.write(self.ps[self.pn])
        self.setInsertMode()

    def terminalSize(self, width: int, height: int) -> None:  # noqa: N802 - Twisted's name
        self.width, self.height = width, height

    def keystrokeReceived(self, keyID: Any, modifier: Any) -> None:  # noqa: N802, N803 - Twisted's names
        if self._running is not None and keyID != CTRL_C:
            self._typed.append((keyID, modifier))
        elif isinstance(keyID, bytes) and keyID >= b"\x80":
            self._letter_received(keyID)
        elif keyID in self.keyHandlers or keyID in self._printableChars:
            self._letter = b""
            super().keystrokeReceived(keyID, modifier)

    def characterReceived(self, ch: bytes, moreCharactersComing: bool) -> None:  # noqa: N802, N803 - Twisted's names
        try:
            super().characterReceived(ch, moreCharactersComing)
        except (SyntaxError, ValueError, LookupError):  # it cannot be coloured
            self.terminal.write(ch)

    def handle_TAB(self) -> None:  # noqa: N802 - Twisted's name
        before = self.currentLineBuffer()[0].decode(errors="replace")
        if not before.strip():
            super().handle_TAB()
            return
        self._look_around()
        found = complete(before, Names(self._names, {}, vars(builtins)))
        texts = [each.text for each in found.candidates]
        more = _shared(texts)[len(before) - found.start :]
        self._type(more)
        if texts and not more:
            self.addOutput("  ".join(texts), isAsync=True)

    def _deliverBuffer(self, buf: bytes | list[bytes]) -> None:  # noqa: N802 - Twisted's name
        # Twisted's fails with a list, which it is given too, and tears letters apart.
        text = b"".join(buf) if isinstance(buf, list) else buf
        self._type(text.decode(errors="replace"))

    def _type(self, text: str) -> None:
        # What is said to be followed by more is drawn with that; a space draws nothing but itself.
        last = len(text.rstrip(" ")) - 1
        for at, letter in enumerate(text):
            self.characterReceived(letter.encode(), at < last)

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        self.pn = bool(self.interpreter.push(line.decode(errors="replace")))
        if self._running is None:
            self._prompt()

    def handle_INT(self) -> None:  # noqa: N802 - Twisted's name
        self._typed.clear()
        if self._running is not None:
            self._is_interrupted = True
            self._running.cancel()
        else:
            super().handle_INT()

    def handle_QUIT(self) -> None:  # noqa: N802 - Twisted's name
        self.terminal.resetModes([insults.modes.IRM])
        super().handle_QUIT()

    def connectionLost(self, reason: Any) -> None:  # noqa: N802 - Twisted's name
        self._is_there = False
        self._typed.clear()
        if self._running is not None:
            self._running.cancel()
        super().connectionLost(reason)

    # What is executed.

    def _go_on(self) -> None:
        while self._typed and self._running is None and self._is_there:
            self.keystrokeReceived(*self._typed.popleft())
        if self._is_at_end and self._running is None and self._is_there:
            self.handle_QUIT()

    def execute(self, compiled: CodeType) -> None:
        """Execute it, or begin to."""
        result = None
        self._look_around()
        with self._showing():
            result = FunctionType(compiled, self._names)()
        if inspect.iscoroutine(result):
            self._running = drive(self._wait_for(result), name="manhole")
            self._running.add_done_callback(self._ended)

    def _look_around(self) -> None:
        """Know what is there now, and no more what is gone; what was typed stands."""
        there = dict(self._names.get("dependencies", {}).items())
        for name, resource in self._there.items():
            if self._names.get(name) is resource:
                del self._names[name]
        self._there = {name: each for name, each in there.items() if name not in self._names}
        self._names.update(self._there)

    async def _wait_for(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        with self._showing():
            await coroutine

    @contextmanager
    def _showing(self) -> Iterator[None]:
        """Show what is printed in the body, and how it fails."""
        with capturing(_Printed(self)):
            try:
                yield
            except SystemExit:
                self.handle_QUIT()
            except BaseException as error:  # whatever is typed, the process goes on
                if not is_cancelled():
                    self.addOutput(_told(error))
                elif self._is_interrupted:
                    self.addOutput("KeyboardInterrupt\n")
                else:
                    raise

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running, self._is_interrupted = None, False
        if not task.cancelled():
            self._prompt()
            self._go_on()

    def end_of_input(self) -> None:
        """Leave, when all that was typed has been executed."""
        self._is_at_end = True
        self._go_on()

    def _prompt(self) -> None:
        if not self._is_there:
            return
        if self._needsNewline():
            self.terminal.nextLine()
        self.drawInputLine()

    # What is shown.

    def addOutput(self, data: str, isAsync: bool | None = None) -> None:  # noqa: N802, N803 - Twisted's names
        if self._is_there:
            if isAsync and self._running is not None:
                isAsync, data = None, f"{data}\n"  # noqa: N806 - there is no prompt now
            super().addOutput(redact(data), isAsync)

    def show(self, value: Any) -> None:
        """Show the value of an expression; of one that comes later, when it is there."""
        if value is None:
            return
        self._names["_"] = value
        self.addOutput(f"{value!r}\n")
        if isinstance(value, Deferred):
            value.addBoth(self._show_later, value)
        elif is_later(value):
            waiting = drive(settled(value), name="manhole")
            waiting.add_done_callback(lambda task: self._show_task(task, value))

    def _show_task(self, task: asyncio.Task[Any], value: Any) -> None:
        if task.cancelled():
            self.addOutput(f"{_name(value)} was cancelled", isAsync=True)
        elif (error := task.exception()) is not None:
            self.addOutput(f"{_name(value)} failed: {error!r}", isAsync=True)
        else:
            self.addOutput(f"{_name(value)}: {task.result()!r}", isAsync=True)

    def _show_later(self, result: Any, value: Any) -> Any:
        told = f"failed: {result.value!r}" if isinstance(result, Failure) else f": {result!r}"
        self.addOutput(f"{_name(value)} {told}".replace(" :", ":"), isAsync=True)
        return result

    # What is edited.

    def _letter_received(self, byte: bytes) -> None:
        """Letters beyond ASCII come as several bytes."""
        self._letter += byte
        try:
            self._letter.decode()
        except UnicodeDecodeError as error:
            if error.reason != "unexpected end of data":
                self._letter = b""
            return
        letter, self._letter = self._letter, b""
        self.characterReceived(letter, False)

    def _delete_to_start(self) -> None:
        for _ in range(self.lineBufferIndex):
            self.handle_BACKSPACE()

    def _delete_word(self) -> None:
        before, _ = self.currentLineBuffer()
        kept = before.decode().rstrip()
        rest = len(kept[: len(kept) - len(kept.split()[-1])]) if kept else 0
        while self.lineBufferIndex > rest:
            self.handle_BACKSPACE()


class _Interpreter(code.InteractiveInterpreter):
    """Compiles lines, and has the terminal execute them."""

    def __init__(self, terminal: Terminal, names: dict[str, Any]) -> None:
        super().__init__(names)
        self._terminal = terminal
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self.buffer: list[bytes] = []  # what Twisted's colours look at
        names[_SHOW] = terminal.show

    def push(self, line: str) -> bool:
        """Whether more lines are needed."""
        self.buffer.append(line.encode())
        more = self.runsource(b"\n".join(self.buffer).decode(), _FILE)
        if not more:
            self.resetBuffer()
        return more

    def resetBuffer(self) -> None:  # noqa: N802 - Twisted's name
        self.buffer = []

    def runsource(self, source: str, filename: str = _FILE, symbol: str = "single") -> bool:
        try:
            if self.compile(source, filename, symbol) is None:
                return True
            self._terminal.execute(_compiled(source))
        except (OverflowError, SyntaxError, ValueError, MemoryError, RecursionError):
            self.showsyntaxerror(filename)
        return False

    def write(self, data: str) -> None:
        self._terminal.addOutput(data)


def _compiled(source: str) -> CodeType:
    """The code of `source`, in which each expression shows its value."""
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    tree = compile(source, _FILE, "single", flags | ast.PyCF_ONLY_AST)
    for statement in tree.body:
        if isinstance(statement, ast.Expr):
            show = ast.Call(ast.Name(_SHOW, ast.Load()), [statement.value], [])
            statement.value = ast.fix_missing_locations(ast.copy_location(show, statement))
    compiled: CodeType = compile(tree, _FILE, "single", flags)
    return compiled


class _Printed(Output):
    """Where what is printed goes."""

    def __init__(self, terminal: Terminal) -> None:
        super().__init__()
        self._terminal = terminal

    def write(self, stream: Stream, text: str) -> None:
        del stream
        self._terminal.addOutput(text)


def _shared(texts: list[str]) -> str:
    """What all of them begin with."""
    first, last = min(texts, default=""), max(texts, default="")
    differs = (at for at, (a, b) in enumerate(zip(first, last, strict=False)) if a != b)
    return first[: next(differs, len(first))]


def _leave(*_: object) -> NoReturn:
    # Python's own closes the standard input of the process.
    raise SystemExit


def _told(error: BaseException) -> str:
    """The traceback, from what was typed onwards."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != _FILE:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))


def _name(value: Any) -> str:
    return f"<{type(value).__name__} at {id(value):#x}>"
