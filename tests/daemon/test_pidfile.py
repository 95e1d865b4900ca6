"""One server for each pid file."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from piped.daemon.pidfile import AnotherServer, PidFile, pidfile_name
from tests.processes import line_of, run, started, tell

HOLD = """
    import sys
    from piped.daemon.pidfile import AnotherServer, PidFile
    sys.stdin.read(1)
    try:
        PidFile(sys.argv[1]).write()
    except AnotherServer:
        print("refused", flush=True)
    else:
        print("held", flush=True)
    sys.stdin.read()
"""


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def umask() -> Iterator[None]:
    former = os.umask(0o077)
    yield
    os.umask(former)


@pytest.mark.parametrize(
    ("template", "configuration", "name"),
    [
        (None, "app.yaml", "app.pid"),
        (None, "/etc/piped/app.prod.yaml", "app.prod.pid"),
        (None, "app", "app.pid"),
        ("", "app.yaml", None),
        ("my.pid", "app.yaml", "my.pid"),
        ("/run/%d", "conf/app.yaml", "/run/app.pid"),
        ("%d/%d", "app.yaml", "app.pid/app.pid"),
    ],
)
def test_the_name_of_the_file(template: str | None, configuration: str, name: str | None) -> None:
    assert pidfile_name(template, configuration) == name


def test_the_file_has_our_number_and_goes_when_we_go(tmp_path: Path) -> None:
    path = tmp_path / "app.pid"
    pidfile = PidFile(path)
    pidfile.write()
    assert path.read_text() == f"{os.getpid()}\n"
    assert names_in(tmp_path) == ["app.pid"]
    pidfile.remove()
    pidfile.remove()
    assert names_in(tmp_path) == []


@pytest.mark.usefixtures("umask")
def test_under_the_umask_of_a_daemon_nobody_else_reads_it(tmp_path: Path) -> None:
    pidfile = PidFile(tmp_path / "app.pid")
    pidfile.write()
    assert stat.S_IMODE(pidfile.path.stat().st_mode) == 0o600
    pidfile.remove()


def test_a_living_server_is_respected_and_a_dead_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "app.pid"
    with started(HOLD, path) as server:
        tell(server, ".")
        assert line_of(server) == "held"
        expected = f"another server is running, process {server.pid} ({path})"
        with pytest.raises(AnotherServer, match=re.escape(expected)):
            PidFile(path).write()
        assert path.read_text() == f"{server.pid}\n"
    assert path.exists()  # it was killed
    pidfile = PidFile(path)
    pidfile.write()
    assert path.read_text() == f"{os.getpid()}\n"
    assert names_in(tmp_path) == ["app.pid"]
    pidfile.remove()


@pytest.mark.parametrize("content", ["", "rubbish", "1\n", "99999999999\n"])
def test_a_file_without_a_lock_is_stale_whatever_it_says(tmp_path: Path, content: str) -> None:
    path = tmp_path / "app.pid"
    path.write_text(content)
    pidfile = PidFile(path)
    pidfile.write()
    assert path.read_text() == f"{os.getpid()}\n"
    pidfile.remove()


def test_of_many_at_once_one_wins(tmp_path: Path) -> None:
    path = tmp_path / "app.pid"
    path.write_text("1\n")
    with ExitStack() as stack:
        servers = [stack.enter_context(started(HOLD, path)) for _ in range(4)]
        for server in servers:
            tell(server, ".")
        told = [line_of(server) for server in servers]
        winner = servers[told.index("held")]
        assert sorted(told) == ["held", "refused", "refused", "refused"]
        assert path.read_text() == f"{winner.pid}\n"
    assert names_in(tmp_path) == ["app.pid"]


def test_a_file_that_is_no_longer_ours_stays(tmp_path: Path) -> None:
    path = tmp_path / "app.pid"
    ours = PidFile(path)
    ours.write()
    path.unlink()
    theirs = PidFile(path)
    theirs.write()
    ours.remove()
    assert path.exists()
    theirs.remove()


def test_one_that_somebody_removed_is_no_trouble(tmp_path: Path) -> None:
    pidfile = PidFile(tmp_path / "app.pid")
    pidfile.write()
    pidfile.path.unlink()
    pidfile.remove()


def test_a_forked_child_leaves_the_file_to_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "app.pid"
    done = run(
        """
        import os, sys
        from piped.daemon.pidfile import PidFile
        pidfile = PidFile(sys.argv[1])
        pidfile.write()
        child = os.fork()
        if not child:
            pidfile.remove()
            os._exit(0)
        os.waitpid(child, 0)
        print(os.path.exists(sys.argv[1]))
        pidfile.remove()
        print(os.path.exists(sys.argv[1]))
        """,
        path,
    )
    assert (done.stdout, done.stderr) == ("True\nFalse\n", "")


def test_the_working_directory_may_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    pidfile = PidFile("app.pid")
    monkeypatch.chdir("/")
    pidfile.write()
    assert names_in(tmp_path) == ["app.pid"]
    pidfile.remove()


def test_a_link_or_a_folder_under_the_name_is_an_error(tmp_path: Path) -> None:
    link, folder = tmp_path / "link.pid", tmp_path / "folder.pid"
    link.symlink_to(tmp_path / "nowhere")
    folder.mkdir()
    for path in (link, folder):
        with pytest.raises(OSError, match=re.escape(str(path))):
            PidFile(path).write()
    assert names_in(tmp_path) == ["folder.pid", "link.pid"]
