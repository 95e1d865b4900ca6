"""From a file to a running process, and back.

All phases stand in one table, `Process._phases`: they open in its order and close in reverse. A
phase that fails is named with its cause, and what was open is closed again.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from piped.checking import Checked, check_file
from piped.conf import report
from piped.daemon.configuring import announce, configured
from piped.daemon.daemonise import Handshake, daemonise
from piped.daemon.exit_codes import ExitCode, exit_code_of
from piped.daemon.phases import Phase, PhaseFailed, Phases
from piped.daemon.pidfile import PidFile, pidfile_name
from piped.daemon.rundir import enter
from piped.daemon.signals import STOPPING, Signals
from piped.daemon.telling import in_colour, tell, text_of
from piped.daemon.title import set_title
from piped.daemon.twisted_logs import TwistedLogs
from piped.environment import RuntimeEnvironment
from piped.exceptions import ConfigurationError, PipedError
from piped.interop import drive, settled
from piped.interop.reactor import choose_loop, prepare, shut_down
from piped.logs import Logging, Logs, with_option
from piped.secret import redact

__all__ = ["Process", "Starting", "start"]

logger = logging.getLogger("piped")


@dataclass(frozen=True, kw_only=True)
class Starting:
    """How a process is to be started: what the options of the command say."""

    configuration: str
    foreground: bool = False
    overrides: tuple[str, ...] = ()
    pidfile: str | None = None
    rundir: str = "."
    log: str | None = None
    loop: str = "asyncio"
    debug: bool = False
    arguments: tuple[str, ...] = ()
    # What is configured with the providers, and behind them, though no configuration has it.
    beside: tuple[Any, ...] = ()


def start(starting: Starting) -> int:
    """Run a configuration until it is stopped. Returns the exit code.

    Raises PipedError where there is no such folder to run in.
    """
    enter(starting.rundir)
    handshake = None if starting.foreground else daemonise()
    return Process(starting, handshake).run()


# How long one phase may close: longer than `system-events.timeout`, which says more.
_CLOSING = 60.0


class Process:
    """One process, from its first phase to its last."""

    checked: Checked
    environment: RuntimeEnvironment

    def __init__(self, starting: Starting, handshake: Handshake | None = None) -> None:
        self._starting = starting
        self._handshake = handshake
        self._exit_code: int = ExitCode.DONE
        self._logs = Logs(console=sys.stderr if handshake is None else None)
        self._phases = Phases(
            (
                Phase("the reactor", lambda: None, shut_down),
                Phase("the configuration", self._check),
                Phase("the signals", self._listen_to_signals, self._forget_signals),
                Phase("the pid file", self._write_pidfile, self._remove_pidfile),
                Phase("the log", self._open_log, self._close_log),
                Phase("the providers", self._configure),
                Phase("the dependencies", self._resolve),
                Phase("the services", self._start_services, self._stop_services),
                Phase("the announcement", self._announce_start, self._announce_stop),
            ),
            limit=_CLOSING,
        )

    def run(self) -> int:
        """Run until something says stop. Returns the exit code."""
        try:
            loop = choose_loop(self._starting.loop)
        except ConfigurationError as error:
            return self._failed(error, ExitCode.USAGE)
        prepare(loop, on_stop=self.stop)
        loop.set_debug(self._starting.debug)
        try:
            with asyncio.Runner(loop_factory=lambda: loop) as runner:
                return runner.run(self.live())
        except KeyboardInterrupt:  # before the phase that listens to signals
            return self._ended_early()

    def stop(self, exit_code: int = ExitCode.DONE) -> None:
        """Ask for a stop in order. Of several exit codes the first that is not 0 counts."""
        self._exit_code = self._exit_code or exit_code
        self._stopping.set()

    async def live(self) -> int:
        """The same on a loop that runs. Returns the exit code."""
        self._stopping = asyncio.Event()
        starting = drive(self._phases.start(), name="starting")
        asked = asyncio.ensure_future(self._stopping.wait())
        await asyncio.wait({starting, asked}, return_when=asyncio.FIRST_COMPLETED)
        if not starting.done():
            starting.cancel()  # which closes what is open
        try:
            await starting
        except asyncio.CancelledError:
            return self._ended_early()
        except PhaseFailed as failure:
            return self._failed(failure.cause, exit_code_of(failure))
        if self._handshake is not None:
            self._handshake.up()
        await asked
        failures = await drive(self._phases.stop(), name="stopping")
        failed = ExitCode.FAILED if failures else ExitCode.DONE
        return self._exit_code or self.environment.exit_code or failed

    def _failed(self, failure: BaseException, exit_code: int) -> int:
        if self._handshake is None:
            tell(text_of(failure, colour=in_colour()))
        else:
            self._handshake.failed(redact(text_of(failure)), exit_code)
        return exit_code

    def _ended_early(self) -> int:
        """A stop that was asked for is no failure; but whoever waits for the start is to know."""
        if self._handshake is not None:
            self._handshake.failed("piped: stopped before everything was up")
        return self._exit_code

    # The phases, in their order.

    def _check(self) -> None:
        starting = self._starting
        with _interruptible():
            self.checked = check_file(starting.configuration, starting.overrides)
        self.checked.raise_errors()
        if self.checked.problems and self._handshake is None:
            tell(report.text(self.checked.problems, colour=in_colour()))
        sys.argv[:] = [starting.configuration, *starting.arguments]

    def _listen_to_signals(self) -> None:
        self._signals = Signals(
            stop=self.stop, reopen=self._logs.reopen, closing=lambda: self._phases.current
        )
        self._signals.install(asyncio.get_running_loop())

    def _forget_signals(self) -> None:
        self._signals.restore()

    def _write_pidfile(self) -> None:
        name = pidfile_name(self._starting.pidfile, self._starting.configuration)
        self._pidfile = PidFile(name) if name else None
        if self._pidfile is not None:
            with _explained(f"cannot write the pid file {name}"):
                self._pidfile.write()

    def _remove_pidfile(self) -> None:
        if self._pidfile is not None:
            self._pidfile.remove()

    def _open_log(self) -> None:
        settings = self.checked.settings.get("logging", Logging())
        if self._starting.log is not None:
            settings = with_option(settings, self._starting.log)
        if self._starting.debug:
            settings = replace(settings, level="debug")
        self._logs.apply(settings)
        self._twisted_logs = TwistedLogs()
        self._twisted_logs.install()
        title = self.checked.settings.get("service_name", "piped")
        set_title(title)
        logger.info("%s: process %d, %s", title, os.getpid(), self.checked.summary())
        if self._starting.debug:
            self._debug()
        if self._handshake is not None:  # whose caller sees errors only
            for problem in self.checked.problems:
                logger.warning("%s", problem)

    def _debug(self) -> None:
        """Let each Deferred remember where it was made and called."""
        from twisted.internet.defer import setDebugging

        setDebugging(True)
        slowest = asyncio.get_running_loop().slow_callback_duration
        logger.debug("whatever keeps the loop for more than %g s is logged", slowest)

    def _close_log(self) -> None:
        logger.info("the process ends")
        self._twisted_logs.remove()
        self._logs.close()

    def _configure(self) -> None:
        self.environment = configured(self.checked, self.stop, self._starting.beside)

    def _resolve(self) -> None:
        self.environment.dependency_manager.resolve_initial_states()

    async def _start_services(self) -> None:
        await settled(self.environment.application.startService())

    async def _stop_services(self) -> None:
        await settled(self.environment.application.stopService())

    async def _announce_start(self) -> None:
        await announce(self.environment.on_started)

    async def _announce_stop(self) -> None:
        await announce(self.environment.on_stopping)


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """What the system refuses inside is told in words."""
    try:
        yield
    except OSError as error:
        raise PipedError(f"{what}: {error.strerror or type(error).__name__}") from error


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let a signal to stop end what runs inside, at once, as if the start were cancelled.

    asyncio's own handler waits for the loop to turn, and a plugin that hangs while it is imported
    keeps it from that.
    """
    former = {each: signal.signal(each, signal.default_int_handler) for each in STOPPING}
    try:
        yield
    except KeyboardInterrupt:
        raise asyncio.CancelledError from None
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)
