"""Settings at work."""

from __future__ import annotations

import io
import json
import logging
import re
import warnings
from logging.handlers import MemoryHandler
from pathlib import Path

import pytest

from piped.exceptions import PipedError
from piped.logs import Logging, Logs, log_fields
from piped.secret import HIDDEN, Secret
from tests.processes import run


class Screen(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


log = logging.getLogger("orders")


def shown(console: io.StringIO, settings: Logging) -> str:
    logs = Logs(console)
    logs.apply(settings)
    log.info("hello", extra={"pipeline": "web"})
    logs.close()
    return console.getvalue()


def test_people_get_coloured_text_and_programs_json() -> None:
    assert re.search(r"Z?.*INFO .*orders.* hello \[pipeline=web\]\n", shown(Screen(), Logging()))
    assert json.loads(shown(io.StringIO(), Logging()))["pipeline"] == "web"


def test_either_can_be_asked_for() -> None:
    assert shown(io.StringIO(), Logging(format="text")).endswith("hello [pipeline=web]\n")
    assert json.loads(shown(Screen(), Logging(format="json")))["message"] == "hello"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colours_can_be_refused(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" in shown(Screen(), Logging())
    monkeypatch.setenv(name, value)
    assert "\x1b" not in shown(Screen(), Logging())
    assert "\x1b" not in shown(io.StringIO(), Logging(format="text"))


def test_without_a_console_there_is_a_file(tmp_path: Path) -> None:
    Logs().apply(Logging())
    log.info("hello")
    assert json.loads((tmp_path / "piped.log").read_text())["message"] == "hello"


@pytest.mark.parametrize("settings", [Logging(), Logging(config={}), Logging(console=True)])
def test_with_one_there_is_a_file_only_if_named(tmp_path: Path, settings: Logging) -> None:
    Logs(io.StringIO()).apply(settings)
    assert list(tmp_path.iterdir()) == []


def test_a_file_beside_the_console_and_rotated(tmp_path: Path) -> None:
    console = io.StringIO()
    logs = Logs(console)
    logs.apply(Logging(format="text", file=Path("app.log"), rotate=60, keep=1))
    log.info("one")
    log.info("two")
    logs.close()
    assert [line[-3:] for line in console.getvalue().splitlines()] == ["one", "two"]
    assert {path.name: path.read_text()[-4:] for path in tmp_path.iterdir()} == {
        "app.log": "two\n",
        "app.log.1": "one\n",
    }


def test_a_file_that_cannot_be_written_is_named() -> None:
    with pytest.raises(PipedError, match=r"cannot log to nowhere/app\.log: No such file"):
        Logs().apply(Logging(file=Path("nowhere/app.log")))


def test_levels_of_all_and_of_some_until_the_log_is_closed() -> None:
    console = io.StringIO()
    logs = Logs(console)
    before = logging.getLogger().level
    logs.apply(Logging(level="WARNING", levels={"orders": "debug", "orders.old": "error"}))
    logging.getLogger("web").info("no")
    log.debug("yes")
    logging.getLogger("orders.old").warning("no")
    logs.close()
    assert [json.loads(line)["message"] for line in console.getvalue().splitlines()] == ["yes"]
    assert (logging.getLogger().level, log.level) == (before, logging.NOTSET)


def test_new_settings_take_the_place_of_the_former() -> None:
    console = io.StringIO()
    logs = Logs(console)
    logs.apply(Logging(level="debug", format="text"))
    logs.apply(Logging())
    log.debug("no")
    log.info("once")
    assert [json.loads(line)["message"] for line in console.getvalue().splitlines()] == ["once"]
    assert len(logging.getLogger().handlers) == len(set(logging.getLogger().handlers))


DICT_CONFIG = {
    "formatters": {"short": {"format": "%(levelname)s %(message)s"}},
    "handlers": {
        "file": {"class": "logging.FileHandler", "filename": "own.log", "formatter": "short"}
    },
    "root": {"level": "WARNING", "handlers": ["file"]},
}


def test_a_dict_config_says_all_unless_more_is_asked_for(tmp_path: Path) -> None:
    console = io.StringIO()
    logs = Logs(console)
    logs.apply(Logging(config=DICT_CONFIG))
    log.info("no")
    log.warning("yes")
    logs.apply(Logging(config=DICT_CONFIG, level="info", console=True))
    log.info("both")
    assert (tmp_path / "own.log").read_text() == "WARNING yes\nINFO both\n"
    assert json.loads(console.getvalue())["message"] == "both"


def test_a_secret_is_not_seen_wherever_it_goes(tmp_path: Path) -> None:
    password = Secret("hunter2-and-more").reveal()
    console = io.StringIO()
    logs = Logs(console)
    logs.apply(Logging(config=DICT_CONFIG, console=True, file=Path("app.log")))
    with log_fields(request=password):
        log.warning("it is %s", password)
    outputs = [console.getvalue(), *(path.read_text() for path in tmp_path.iterdir())]
    assert len(outputs) == 3
    assert all(HIDDEN in each and password not in each for each in outputs)


def test_moved_files_are_opened_anew_those_of_a_dict_config_too(tmp_path: Path) -> None:
    logs = Logs()
    logs.apply(Logging(config=DICT_CONFIG, file=Path("app.log")))
    far = logging.FileHandler("far.log")
    memory = MemoryHandler(1, target=far)
    lazy = logging.FileHandler("lazy.log", delay=True)
    whole = logging.FileHandler("whole.log", "w")
    for handler in (memory, lazy, whole):
        log.addHandler(handler)
    assert whole.stream is not None
    whole.stream.write("kept ")
    names = ["app.log", "own.log", "far.log"]
    for name in names:
        Path(name).rename(f"{name}.moved")
    logs.reopen()
    log.warning("after")
    for name in names:
        assert "after" in Path(name).read_text()
        assert Path(f"{name}.moved").read_text() == ""
    assert Path("lazy.log").read_text() == "after\n"
    assert Path("whole.log").read_text() == "kept after\n"
    far.close()


def test_warnings_are_logged_while_it_is_open() -> None:
    console = io.StringIO()
    logs = Logs(console)
    former = warnings.showwarning
    logs.apply(Logging())
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn("old-fashioned", DeprecationWarning, stacklevel=1)
    logs.close()
    entry = json.loads(console.getvalue())
    assert (entry["logger"], entry["level"]) == ("py.warnings", "WARNING")
    assert "DeprecationWarning: old-fashioned" in entry["message"]
    assert warnings.showwarning is former


def test_it_costs_no_import_of_twisted() -> None:
    done = run(
        """
        import sys
        import piped.logs, piped.daemon.phases, piped.daemon.daemonise
        import piped.daemon.signals, piped.daemon.pidfile
        print([name for name in sys.modules if name.startswith("twisted")])
        """
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")
