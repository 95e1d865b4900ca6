"""The servers of the example `poetry`, as processes: what its README only tells of."""

from __future__ import annotations

import shutil
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.commands import LIMIT
from tests.examples.poetry import EXAMPLE, Shell, free_ports, skip_unless_root, wait_for, wait_until

POEM = (EXAMPLE / "poetry" / "ecstasy.txt").read_bytes()


def read(port: int) -> bytes:
    """All that is sent to a reader."""
    with socket.create_connection(("127.0.0.1", port), LIMIT) as reader:
        return b"".join(iter(lambda: reader.recv(1000), b""))


def started(a_shell: Shell, command: str) -> int:
    """The port at which a server listens that was started without one."""
    job = a_shell.start(command)
    job.sees("port=")
    return int(job.said.rpartition("port=")[2].partition(")")[0])


@pytest.mark.service("netcat")
def test_netcat_gets_the_poem(a_shell: Shell) -> None:
    port = started(a_shell, "python twisted-server-1/fastpoetry.py poetry/ecstasy.txt")
    assert a_shell.says(f"netcat localhost {port}").encode() == POEM.rstrip(b"\n")


def test_the_transform_server_has_the_name_by_which_the_text_starts_it(a_shell: Shell) -> None:
    port = started(a_shell, "python twisted-server-1/tranformedpoetry.py")
    with socket.create_connection(("127.0.0.1", port), LIMIT) as asking:
        asking.sendall(b"18:cummingsify.A Poem,")
        assert b"".join(iter(lambda: asking.recv(1000), b"")) == b"6:a poem,"


def test_the_log_of_a_daemon_is_rotated_when_it_is_beyond_a_megabyte(a_shell: Shell) -> None:
    log, [port] = a_shell.folder / "twistd.log", free_ports(1)
    log.write_bytes(b"." * 999_990 + b"\n")
    assert a_shell.says(f"twistd fastpoetry --port {port} --poem poetry/ecstasy.txt") == ""
    assert read(port) == POEM
    a_shell.end("twistd.pid")
    assert (a_shell.folder / "twistd.log.1").stat().st_size > 999_990
    assert "sending 613 bytes of poetry" in log.read_text()


def test_so_it_is_when_it_has_become_somebody_else(a_shell: Shell) -> None:
    skip_unless_root()
    run, [port] = a_shell.folder / "run", free_ports(1)
    run.mkdir()
    log = run / "poetry.log"
    log.write_bytes(b"." * 995_000 + b"\n")  # room for what it says before, as root
    for each in (run, log):
        shutil.chown(each, "nobody")
    files = "--pidfile run/poetry.pid --logfile run/poetry.log"
    twistd = f"twistd --uid nobody {files} fastpoetry"
    assert a_shell.says(f"{twistd} --port {port} --poem poetry/science.txt") == ""
    for _ in range(60):
        assert len(read(port)) == 365
    a_shell.end("run/poetry.pid")
    assert sorted(each.name for each in run.iterdir()) == ["poetry.log", "poetry.log.1"]
    assert log.owner() == "nobody"
    assert "Server Shut Down." in log.read_text()


def test_a_poem_that_the_user_may_not_read_is_not_served(a_shell: Shell) -> None:
    skip_unless_root()
    poem, [port] = a_shell.folder / "secret.txt", free_ports(1)
    poem.touch(0o600)
    twistd = f"twistd --uid nobody fastpoetry --port {port}"
    said = a_shell.says(f"{twistd} --poem secret.txt || echo no")
    assert "PermissionError" in said
    assert said.endswith("no")


def test_a_daemon_whose_poem_is_missing_says_so_and_is_none(a_shell: Shell) -> None:
    [port] = free_ports(1)
    said = a_shell.says(f"twistd fastpoetry --port {port} --poem poetry/lost.txt || echo failed")
    assert "No such file or directory: 'poetry/lost.txt'" in said
    assert said.endswith("failed")
    pid_file = a_shell.folder / "twistd.pid"  # it goes a moment after that was said
    wait_until(lambda: not pid_file.exists(), pid_file.read_text)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("fastpoetry", "--poem says which poem to serve"),
        ("fastpoetry --poem poetry/ecstasy.txt --port many", "not a port: 'many'"),
        ("poetryproxy --server nowhere", "not a port: 'nowhere'"),
    ],
)
def test_a_plugin_says_what_it_does_not_understand(a_shell: Shell, options: str, told: str) -> None:
    said = a_shell.says(f"twistd {options} || echo failed")
    assert told in said
    assert said.endswith("failed")


def test_a_port_that_is_taken_is_told(a_shell: Shell) -> None:
    command = "python twisted-server-1/fastpoetry.py poetry/ecstasy.txt --port"
    port = started(a_shell, f"{command} 0")
    assert "Address already in use" in a_shell.says(f"{command} {port}")
    configured = f"piped -nc poetry.yaml -p '' -O poems.ecstasy.port:{port}"
    assert "Address already in use" in a_shell.says(configured)


def test_a_slow_poet_has_time_for_several_readers(a_shell: Shell) -> None:
    slowly = "python twisted-server-1/slowpoetry.py --num-bytes 10 --delay 0.01"
    port = started(a_shell, f"{slowly} poetry/ecstasy.txt")
    with ThreadPoolExecutor(4) as readers:
        assert list(readers.map(read, [port] * 4)) == [POEM] * 4


def test_a_proxy_fetches_a_poem_once_for_all_who_ask_and_keeps_it(a_shell: Shell) -> None:
    slowly = "python twisted-server-1/slowpoetry.py --num-bytes 10 --delay 0.01"
    poet = started(a_shell, f"{slowly} poetry/ecstasy.txt")
    [port] = free_ports(1)
    plugin = f"twistd poetryproxy --port {port} --server localhost:{poet}"
    assert a_shell.says(plugin) == ""
    with ThreadPoolExecutor(4) as readers:
        assert list(readers.map(read, [port] * 4)) == [POEM] * 4
    a_shell.jobs[0].end()
    assert read(port) == POEM
    assert (a_shell.folder / "twistd.log").read_text().count("fetching the poem") == 1


def test_a_proxy_without_a_poem_breaks_the_connection_and_tries_again(a_shell: Shell) -> None:
    [poet] = free_ports(1)
    port = started(a_shell, f"python twisted-server-1/poetry-proxy.py {poet}")
    with pytest.raises(ConnectionResetError):
        read(port)
    fast = f"python twisted-server-1/fastpoetry.py --port {poet} poetry/ecstasy.txt"
    assert started(a_shell, fast) == poet
    assert read(port) == POEM


def test_a_proxy_that_has_to_stop_does_not_wait_for_the_poem(a_shell: Shell) -> None:
    endless = "python twisted-server-1/slowpoetry.py --num-bytes 1 --delay 1000"
    poet = started(a_shell, f"{endless} poetry/ecstasy.txt")
    [port] = free_ports(1)
    plugin = f"twistd poetryproxy --port {port} --server localhost:{poet}"
    assert a_shell.says(plugin) == ""
    log = a_shell.folder / "twistd.log"
    with socket.create_connection(("127.0.0.1", port), LIMIT):
        wait_for(log, "fetching the poem")
        a_shell.end("twistd.pid")
    assert "there is no poem for" in log.read_text()
    assert "Unhandled" not in log.read_text()


def test_wrong_poems_are_found_before_anything_starts(a_shell: Shell) -> None:
    wrong = "piped check poetry.yaml -O poems.ecstasy.prot:1 -O poems.fascination.port:many"
    said = a_shell.says(wrong)
    assert "'prot'" in said
    assert "'many'" in said
