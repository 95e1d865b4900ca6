"""A configuration in `twistd`: each in a process of its own, as a reactor is chosen once."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.commands import LIMIT, environment, wait_for_end_of, written

TWISTD = [sys.executable, "-c", "from twisted.scripts.twistd import run; run()"]
TAC = """
    from twisted.application.service import Application
    from piped.daemon.hosted import HostedService

    application = Application("engines")
    HostedService("app.yaml", ["contexts.engine.year: 1837"]).setServiceParent(application)
"""
APP = """
    contexts:
      engine: {year: 1822, secret: !secret {env: SECRET}}
    system-events:
      startup: {told: pipeline.begin}
      shutdown: {told: pipeline.end}
    pipelines:
      begin:
        - fetch-context: {context: engine}
        - eval-lambda: {input_path: engine, output_path: told, lambda: "e: f'up, {e[\\"year\\"]}'"}
        - log: {message_path: told}
        - log: {message: it is difference, level: warning}
      end: [{log: {message: about to stop}}]
"""


@contextmanager
def twistd(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*TWISTD, *arguments],
        cwd=folder,
        env=environment(SECRET="difference", **variables),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def all_said(process: subprocess.Popen[str]) -> str:
    return process.communicate(timeout=LIMIT)[0]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path, app_yaml=APP, app_tac=TAC)
    return tmp_path


@pytest.mark.parametrize("reactor", [(), ("--reactor", "asyncio")])
def test_it_starts_and_stops_with_its_host(folder: Path, reactor: tuple[str, ...]) -> None:
    with twistd(folder, "-n", *reactor, "-y", "app.tac") as process:
        assert process.stdout is not None
        said = ""
        while "2 pipelines" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        process.send_signal(signal.SIGTERM)
        said += all_said(process)
    assert "[root#info] up, 1837" in said
    assert "about to stop" in said
    assert "Traceback" not in said


def test_secrets_do_not_come_to_the_log_of_the_host(folder: Path) -> None:
    reveal = "import os; from piped.secret import Secret; Secret(os.environ['SECRET']).reveal()"
    (folder / "app.tac").write_text(f"{reveal}\n{(folder / 'app.tac').read_text()}")
    with twistd(folder, "-n", "-y", "app.tac") as process:
        assert process.stdout is not None
        said = next(line for line in process.stdout if "it is" in line)
    assert "difference" not in said


def test_what_is_wrong_is_told_before_anything_begins(folder: Path) -> None:
    (folder / "app.yaml").write_text("ticks: {interval: {it: {interval: soon}}}")
    with twistd(folder, "-n", "-y", "app.tac") as process:
        said = all_said(process)
        assert process.returncode != 0
    assert "app.yaml:1" in said
    assert "soon" in said


def test_what_keeps_it_from_starting_is_told_and_ends_the_host(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"tcp:{taken.getsockname()[1]}:interface=127.0.0.1"
        written(folder, app_yaml=f"{APP}    web: {{it: {{listen: '{listen}', routing: {{}}}}}}\n")
        with twistd(folder, "-n", "-y", "app.tac") as process:
            said = all_said(process)
    assert "address already in use" in said
    assert "up, 1837" not in said
    assert "Traceback" not in said


def test_another_reactor_is_refused_in_words(folder: Path) -> None:
    with twistd(folder, "-n", "--reactor", "epoll", "-y", "app.tac") as process:
        said = all_said(process)
    assert "and not on asyncio's loop: EPollReactor" in said
    assert "--reactor asyncio" in said


def test_it_goes_into_the_background_with_its_host(folder: Path) -> None:
    with twistd(folder, "-y", "app.tac", "-l", "twistd.log") as process:
        assert all_said(process) == ""
        assert process.returncode == 0
    log, pid = folder / "twistd.log", folder / "twistd.pid"
    while "up, 1837" not in log.read_text():
        time.sleep(0.02)
    host = int(pid.read_text())
    os.kill(host, signal.SIGTERM)
    wait_for_end_of(host)
    assert "about to stop" in log.read_text()
