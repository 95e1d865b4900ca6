"""From the command to a running process and back: what each start comes to, and what is left."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.commands import LIMIT, piped, read_until, running, wait_for_end_of, written

# What is there is there before: plugins, and a configuration that uses everything that can be
# left behind.
PLUGINS = '''
    import os
    from twisted.application.service import Service
    from piped.exceptions import ConfigurationError
    from piped.provider import Provider


    class Failing(Provider):
        """Fail when it is configured."""

        section = "failing"
        settings = str

        def configure(self, runtime_environment):
            if runtime_environment.settings("failing") == "configuration":
                raise ConfigurationError("this is not right", hint="Do it right.")
            self.burst()

        def burst(self):
            raise LookupError("the plugin burst")


    class Tale(Service):
        """Tells when it starts and stops."""

        def __init__(self, name):
            self.setName(name)

        def startService(self):
            super().startService()
            print("start", self.name, flush=True)
            if self.name == "bad":
                raise LookupError("bad does not start")

        def stopService(self):
            super().stopService()
            print("stop", self.name, flush=True)
            if self.name == "grumbling":
                raise LookupError("grumbling does not stop")


    class Tales(Provider):
        """Attach services."""

        section = "tales"
        settings = list[str]

        def configure(self, runtime_environment):
            for name in runtime_environment.settings("tales"):
                Tale(name).setServiceParent(runtime_environment.application)


    class Stopping(Provider):
        """Stop Twisted's reactor when everything is up."""

        section = "stopping"
        settings = int

        def configure(self, runtime_environment):
            def stop():
                from twisted.internet import reactor
                reactor.stop()

            runtime_environment.on_started.handle(stop)


    class Leaving(Provider):
        """Stop with an exit code when everything is up."""

        section = "leaving"
        settings = int

        def configure(self, runtime_environment):
            code = runtime_environment.settings("leaving")
            runtime_environment.on_started.handle(lambda: runtime_environment.stop(code))
    '''
APP = """
    plugins: {path: [.], bundles: {mine: plugins_of_startup}}
    persisted_contexts: {kept: {file: kept.json}}
    pipelines:
      up: [log: {message: "everything is up"}]
      end: [shutdown]
      write: [{eval-lambda: {lambda: "b: open('ran', 'w').close()"}}]
    """
GIVEN = {"app.yaml", "plugins_of_startup.py"}
UP = "system-events.startup:{up: pipeline.up}"
END = "system-events.startup:{end: pipeline.end}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path, app_yaml=APP, plugins_of_startup_py=PLUGINS)
    return tmp_path


def left_in(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()} - GIVEN


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        yield taken.getsockname()[1]


@dataclass(frozen=True)
class Refused:
    """A start that comes to nothing: options, exit code, what is told."""

    options: str
    exit_code: int
    told: tuple[str, ...]
    # What is left, beside the log of a daemon that got as far as having one.
    left: frozenset[str] = frozenset()
    is_logged: bool = False


REFUSED = {
    "no file": Refused("-c missing.yaml", 78, ("there is no file",)),
    "a folder": Refused("-c .", 78, ("is a folder",)),
    "a wrong option": Refused("-c app.yaml -O admin.lisen:x", 78, ("did you mean 'listen'?",)),
    "two wrong things": Refused(
        "-c app.yaml -O admin.lisen:x -O pipelines.up:[lgo]",
        78,
        ("'listen'", "'log'", "2 problems"),
    ),
    "an unset variable": Refused(
        "-c app.yaml -O admin.listen:${NO_SUCH_PORT}", 78, ("is not set",)
    ),
    "a wrong override": Refused("-c app.yaml -O nonsense", 78, ("a key path, a colon",)),
    "no bundle": Refused(
        "-c app.yaml -O plugins.bundles.b:nowhere",
        78,
        ("piped.exceptions.ConfigurationError:", "ERROR: No module named 'nowhere'"),
    ),
    "no logging configuration": Refused("-c app.yaml -l missing.yaml", 78, ("there is no file",)),
    "no folder for the log": Refused("-c app.yaml -l no/x.log", 1, ("cannot log to no/x.log",)),
    "no folder for the pid file": Refused(
        "-c app.yaml -p no/x.pid", 1, ("cannot write the pid file no/x.pid: No such file",)
    ),
    "no folder to run in": Refused("-c app.yaml -d nowhere", 1, ("cannot run in nowhere",)),
    "no such loop": Refused("-c app.yaml -r uvlop", 2, ("did you mean 'uvloop'?",)),
    "a plugin finds something wrong": Refused(
        "-c app.yaml -O failing:configuration",
        78,
        ("piped: this is not right", "Failing was configured", "HINT: Do it right."),
        is_logged=True,
    ),
    "a plugin fails": Refused(
        "-c app.yaml -O failing:badly",
        1,
        ("plugins_of_startup.py", "LookupError: the plugin burst", "Failing was configured"),
        is_logged=True,
    ),
    "a service fails": Refused(
        "-c app.yaml -O tales:[a,b,bad,c]",
        1,
        ("LookupError: bad does not start", "bad was started"),
        frozenset({"kept.json"}),  # its service was up, and was stopped in order
        is_logged=True,
    ),
}


@pytest.mark.parametrize("refused", REFUSED.values(), ids=REFUSED)
def test_a_start_that_fails_says_why_and_leaves_nothing(folder: Path, refused: Refused) -> None:
    answer = piped(folder, "-n", *refused.options.split(" "), "-O", UP)
    assert_refused(answer, refused)
    assert left_in(folder) == refused.left


@pytest.mark.parametrize(
    "name",
    [
        "two wrong things",
        "no folder for the log",
        "no such loop",
        "a plugin fails",
        "a plugin finds something wrong",
        "a service fails",
    ],
)
def test_the_caller_of_a_daemon_says_why_it_failed(folder: Path, name: str) -> None:
    refused = REFUSED[name]
    answer = piped(folder, *refused.options.split(" "), "-O", UP)
    assert_refused(answer, refused)
    log = {"piped.log"} if refused.is_logged else set()
    assert left_in(folder) == refused.left | log


def assert_refused(answer: subprocess.CompletedProcess[str], refused: Refused) -> None:
    assert answer.returncode == refused.exit_code
    assert all(text in answer.stderr for text in refused.told), answer.stderr
    assert "piped/daemon/" not in answer.stderr  # no traceback of ours
    assert "everything is up" not in answer.stderr


def test_a_service_that_does_not_start_closes_what_was_started_in_reverse(folder: Path) -> None:
    answer = piped(folder, "-nc", "app.yaml", "-O", "tales:[a, b, bad, c]")
    assert answer.stdout.split("\n") == [
        "start a",
        "start b",
        "start bad",
        "stop bad",
        "stop b",
        "stop a",
        "",
    ]


@pytest.mark.parametrize("mode", ["-nc", "-c"])
def test_a_port_that_is_taken_is_a_failure(folder: Path, mode: str) -> None:
    with taken_port() as port:
        answer = piped(
            folder, mode, "app.yaml", "-O", f"admin.listen:tcp:{port}:interface=127.0.0.1"
        )
    assert answer.returncode == 1
    assert f"piped: Couldn't listen on 127.0.0.1:{port}" in answer.stderr
    assert "(while admin was started)" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert not {"app.pid", "kept.json"} & left_in(folder)


# Running and stopping


@pytest.mark.parametrize(
    ("option", "exit_code"),
    [
        (END, 0),
        ("stopping:1", 0),
        ("leaving:0", 0),
        ("leaving:3", 3),
        ("tales:[a, b]", 0),
        ("tales:[a, grumbling, b]", 1),
    ],
)
def test_a_process_that_ends_by_itself_stops_in_order(
    folder: Path, option: str, exit_code: int
) -> None:
    answer = piped(folder, "-nc", "app.yaml", "-O", END, "-O", option)
    assert answer.returncode == exit_code
    assert left_in(folder) == {"kept.json"}  # saved at the stop; the pid file is gone
    lines = answer.stdout.splitlines()
    started = [line.split()[1] for line in lines if line.startswith("start")]
    assert [line.split()[1] for line in lines if line.startswith("stop")] == started[::-1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_in_order(folder: Path, number: signal.Signals) -> None:
    with running(folder, "-nc", "app.yaml", "-O", UP, "-O", "tales:[a]") as process:
        read_until(process, "everything is up")
        assert (folder / "app.pid").read_text() == f"{process.pid}\n"
        process.send_signal(number)
        said = read_until(process, "the process ends")
        assert process.wait(LIMIT) == 0
    assert f"{number.name}: stopping" in said
    assert "stop a" in said
    assert left_in(folder) == {"kept.json"}


def test_a_second_signal_ends_at_once(folder: Path) -> None:
    endless = "b: __import__('asyncio').Event().wait()"
    written(
        folder,
        more_yaml=f"""
            includes: [app.yaml]
            system-events: {{startup: {{up: pipeline.up}}, shutdown: {{a: pipeline.endless}}}}
            pipelines:
              endless: [{{log: {{message: farewell}}}}, {{eval-lambda: {{lambda: "{endless}"}}}}]
            """,
    )
    with running(folder, "-nc", "more.yaml") as process:
        read_until(process, "everything is up")
        process.send_signal(signal.SIGTERM)
        read_until(process, "farewell")
        process.send_signal(signal.SIGTERM)
        assert "while closing the announcement" in read_until(process, "SIGTERM again")
        assert process.wait(LIMIT) == 1


# Of a caller that waits, only an interrupt is meant for the daemon, too.
@pytest.mark.parametrize(
    ("mode", "number"),
    [("-nc", signal.SIGINT), ("-nc", signal.SIGTERM), ("-c", signal.SIGINT)],
)
def test_a_start_that_hangs_in_a_plugin_is_stopped_by_the_first_signal(
    tmp_path: Path, number: signal.Signals, mode: str
) -> None:
    os.mkfifo(tmp_path / "fifo")
    written(
        tmp_path,
        app_yaml="plugins: {path: [.], bundles: {slow: slow_of_startup}}\n",
        slow_of_startup_py="""
            import threading
            with open("fifo", "w") as fifo:
                fifo.write("importing")
            threading.Event().wait()
            """,
    )
    with running(tmp_path, mode, "app.yaml") as process:
        assert (tmp_path / "fifo").read_text() == "importing"
        process.send_signal(number)
        said, _ = process.communicate(timeout=LIMIT)
    assert process.returncode == (0 if mode == "-nc" else 1)
    assert said == ("" if mode == "-nc" else "piped: stopped before everything was up\n")
    assert {each.name for each in tmp_path.iterdir()} - {"fifo"} == {
        "app.yaml",
        "slow_of_startup.py",
    }


# Options


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ([], "app.pid"),
        (["-p", "mine.pid"], "mine.pid"),
        (["-p", "x-%d"], "x-app.pid"),
        (["-p", ""], ""),
    ],
)
def test_the_pid_file_has_the_name_that_is_wanted(
    folder: Path, options: list[str], name: str
) -> None:
    with running(folder, "-nc", "app.yaml", "-O", UP, *options) as process:
        read_until(process, "everything is up")
        assert {each for each in left_in(folder) if "pid" in each} == ({name} if name else set())
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
    assert "pid" not in "".join(left_in(folder))


def test_everything_is_relative_to_the_folder_to_run_in(folder: Path) -> None:
    inside = folder / "inside"
    inside.mkdir()
    for name in GIVEN:
        (folder / name).rename(inside / name)
    answer = piped(folder, "-nc", "app.yaml", "-d", "inside", "-l", "x.log", "-O", END)
    assert answer.returncode == 0
    assert left_in(inside) == {"x.log", "kept.json"}


def test_a_log_file_is_named_by_its_ending(folder: Path) -> None:
    assert piped(folder, "-nc", "app.yaml", "-l", "x.log", "-O", END).returncode == 0
    assert "the process ends" in (folder / "x.log").read_text()


def test_any_other_file_configures_logging(folder: Path) -> None:
    written(
        folder,
        log_yaml="""
            formatters: {short: {format: "<%(message)s>"}}
            handlers: {file: {class: logging.FileHandler, filename: y.log, formatter: short}}
            root: {level: INFO, handlers: [file]}
            """,
    )
    answer = piped(folder, "-nc", "app.yaml", "-l", "log.yaml", "-O", END)
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "<the process ends>" in (folder / "y.log").read_text()


def test_debugging_names_what_keeps_the_loop_and_where_deferreds_were_made(folder: Path) -> None:
    slow = """
import time

from piped.processors.base import Processor


class Slow(Processor):
    '''Keep the loop.'''

    name = "slow-of-startup"

    def process(self, baton):
        until = time.monotonic() + 0.15
        while time.monotonic() < until:
            pass
        from twisted.internet.defer import Deferred
        print("remembers", hasattr(Deferred(), "_debugInfo") and Deferred.debug, flush=True)
        return baton
"""
    (folder / "slow_of_startup.py").write_text(slow)
    (folder / "more.yaml").write_text(
        "includes: [app.yaml]\n"
        "plugins: {bundles: {slow: slow_of_startup}}\n"
        "system-events: {startup: {slow: pipeline.slow}}\n"
        "pipelines: {slow: [slow-of-startup, shutdown]}\n"
    )
    answer = piped(folder, "-Dnc", "more.yaml")
    assert answer.returncode == 0
    assert "remembers True" in answer.stdout
    assert "took 0." in answer.stderr
    assert "opening the services" in answer.stderr
    quiet = piped(folder, "-nc", "more.yaml")
    assert "remembers False" in quiet.stdout
    assert "took 0." not in quiet.stderr


def test_overrides_come_from_the_environment_first(folder: Path) -> None:
    overrides = '["pipelines.end:[log: {message: early}, shutdown]", "service_name:mine"]'
    variables = {"PIPED_CONFIGURATION_OVERRIDES": overrides}
    answer = piped(folder, "-nc", "app.yaml", "-O", END, **variables)
    assert '"early"' in answer.stderr
    assert "mine: process" in answer.stderr
    late = "pipelines.end:[log: {message: late}, shutdown]"
    answer = piped(folder, "-nc", "app.yaml", "-O", END, "-O", late, **variables)
    assert '"late"' in answer.stderr
    assert '"early"' not in answer.stderr


def test_another_event_loop_carries_twisted_too(folder: Path) -> None:
    pytest.importorskip("uvloop")
    answer = piped(
        folder, "-nc", "app.yaml", "-r", "uvloop", "-O", "stopping:1", "-O", "admin.listen:tcp:0"
    )
    assert answer.returncode == 0
    assert "the console page is at" in answer.stderr


def test_run_is_the_short_way(folder: Path) -> None:
    with running(folder, "run", "app.yaml", "-O", UP) as process:
        read_until(process, "everything is up")
        assert left_in(folder) == set()  # no pid file
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT) == 0


def test_warnings_are_told_and_do_not_keep_it_from_running(folder: Path) -> None:
    answer = piped(folder, "-nc", "app.yaml", "-O", END, "-O", "context:1")
    assert answer.returncode == 0
    assert "warning: nothing reads the section 'context'" in answer.stderr


# Daemons


@contextmanager
def daemon(folder: Path, *options: str) -> Iterator[int]:
    """A daemon that is up; ended at last."""
    answer = piped(folder, "-c", "app.yaml", *options)
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")
    number = int((folder / "app.pid").read_text())
    try:
        yield number
    finally:
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGTERM)
        wait_for_end_of(number)


def test_a_daemon_is_up_when_its_caller_returns_and_stops_in_order(folder: Path) -> None:
    with daemon(folder, "-O", UP) as number:
        assert number != os.getpid()
        assert os.getsid(number) != os.getsid(0)
        for name in ("app.pid", "piped.log"):
            assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert left_in(folder) == {"piped.log", "kept.json"}
    log = (folder / "piped.log").read_text()
    assert "everything is up" in log
    assert "SIGTERM: stopping" in log


def test_a_second_daemon_is_refused_and_the_first_goes_on(folder: Path) -> None:
    with daemon(folder) as number:
        for mode in ("-c", "-nc"):
            answer = piped(folder, mode, "app.yaml")
            assert answer.returncode == 1
            assert f"another server is running, process {number}" in answer.stderr
        os.kill(number, 0)
        assert (folder / "app.pid").read_text() == f"{number}\n"


def test_a_hang_up_opens_the_log_anew(folder: Path) -> None:
    with daemon(folder) as number:
        (folder / "piped.log").rename(folder / "old.log")
        os.kill(number, signal.SIGHUP)
    assert "SIGHUP: log files opened anew" in (folder / "piped.log").read_text()
    assert "the process ends" not in (folder / "old.log").read_text()


def test_a_daemon_logs_its_warnings(folder: Path) -> None:
    with daemon(folder, "-O", "context:1"):
        assert "nothing reads the section 'context'" in (folder / "piped.log").read_text()


def test_plugin_services_are_configured_and_started_if_they_are_enabled(folder: Path) -> None:
    written(
        folder,
        more_yaml="""
            includes: [app.yaml]
            plugins: {path: [.], bundles: {mine: services_of_startup}}
            """,
        services_of_startup_py="""
            from twisted.application.service import Service
            from zope.interface import provider
            from piped.interfaces import IPipedService

            class Base(Service):
                def configure(self, runtime_environment):
                    print(type(self).__name__, "is configured", flush=True)
                def startService(self):
                    super().startService()
                    print(type(self).__name__, "is started", flush=True)

            @provider(IPipedService)
            class Wanted(Base):
                def is_enabled(self):
                    return True

            @provider(IPipedService)
            class Unwanted(Base):
                def is_enabled(self):
                    return False
            """,
    )
    answer = piped(folder, "-nc", "more.yaml", "-O", END)
    assert answer.returncode == 0
    for line in ("Wanted is configured", "Unwanted is configured", "Wanted is started"):
        assert line in answer.stdout.splitlines()
    assert "Unwanted is started" not in answer.stdout.splitlines()


def test_in_the_foreground_the_umask_is_the_callers(folder: Path) -> None:
    with running(folder, "-nc", "app.yaml", "-O", UP) as process:
        read_until(process, "everything is up")
        umask = Path(f"/proc/{process.pid}/status").read_text().partition("Umask:")[2].split()[0]
        ours = Path("/proc/self/status").read_text().partition("Umask:")[2].split()[0]
        assert umask == ours
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
