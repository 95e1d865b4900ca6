"""What is wrong with the settings of ZeroMQ is found before anything starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from piped.testing import check_yaml
from tests.commands import piped, written
from tests.processes import run

from .zmq_peers import threads

KEY = "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7"
AT = "connects: 'tcp://a:1'"


@pytest.mark.parametrize(
    ("queue", "problem"),
    [
        ("type: PUSH", "a queue needs an endpoint that it `binds`, or `connects` to"),
        (f"type: PULLL, {AT}", "(did you mean 'PULL'?)"),
        (f"type: PULL, {AT}, conects: x", "(did you mean 'connects'?)"),
        ("type: PULL, binds: 'tcp//a:1'", "'tcp//a:1' is no endpoint like tcp://127.0.0.1:5555"),
        ("type: PULL, binds: 'tcp://a'", "'tcp://a' is no endpoint"),
        ("type: PULL, binds: 'tcp://a:70000'", "'tcp://a:70000' is no endpoint"),
        ("type: PULL, binds: 'http://a:1'", "'http://a:1' is no endpoint"),
        ("type: PULL, connects: 'tcp://a:*'", "nobody can connect to 'tcp://a:*'"),
        (f"type: PUSH, {AT}, processor: pipeline.it", "a PUSH only sends, it has nothing for a"),
        (f"type: PULL, {AT}, processor: pipeline.its", "(did you mean 'pipeline.it'?)"),
        (f"type: REP, {AT}, concurrency: 2", "the `concurrency` of a REP is 1"),
        (f"type: PULL, {AT}, concurrency: 0", "expected a whole number from 1 on, got 0"),
        (f"type: SUB, {AT}", "a SUB gets nothing without `subscribe`"),
        (f"type: PULL, {AT}, subscribe: ''", "`subscribe` is for a SUB, and not for a PULL"),
        (f"type: ROUTER, {AT}, multipart: false", "a message of a ROUTER always has several"),
        (f"type: PULL, {AT}, high_water_mark: -1", "from 0 on, got -1"),
        (f"type: PULL, {AT}, sockopts: [{{key: LINGRE, value: 1}}]", "the option 'LINGRE' of"),
        (f"type: PULL, {AT}, sockopts: [{{key: PULL, value: 1}}]", "it is no option of a socket"),
        (f"type: PULL, {AT}, sockopts: [{{key: 99999, value: 1}}]", "the option 99999 of sockopts"),
        (f"type: PULL, {AT}, sockopts: [{{key: LINGER, value: secret}}]", "it takes a number"),
        (f"type: PULL, {AT}, sockopts: [{{key: TOS, value: -7}}]", "the option 'TOS' of sockopts"),
        (f"type: PULL, {AT}, curve: {{}}", "`curve` needs a `secret_key`"),
        (f"type: PULL, {AT}, curve: {{secret_key: secret}}", "`curve` needs the `server_key`"),
        (
            f"type: PULL, {AT}, curve: {{secret_key: secret, allowed: any}}",
            "the `secret_key` is none: it has 40 characters",
        ),
        (
            f"type: PULL, {AT}, curve: {{secret_key: '{KEY}', server_key: x}}",
            "expected a public key, 40 characters of Z85, got 'x'",
        ),
        (
            f"type: PULL, {AT}, curve: {{secret_key: '{KEY}', allowed: all}}",
            "expected 'any' or a list",
        ),
        (
            f"type: PULL, {AT}, curve: {{certificate: none.key, allowed: any}}",
            "the `certificate` cannot be read",
        ),
    ],
)
def test_what_is_wrong_with_a_queue_is_said(queue: str, problem: str) -> None:
    text = f"zmq: {{queues: {{it: {{{queue}}}}}}}\npipelines: {{it: [passthrough]}}\n"
    found = check_yaml(text)
    assert len(found) == 1
    assert problem in found[0]
    assert "secret'" not in found[0]
    assert KEY not in found[0]


@pytest.mark.parametrize(
    "queue",
    [
        f"type: SUB, {AT}, sockopts: [{{key: SUBSCRIBE, value: ''}}]",
        f"type: SUB, {AT}, sockopts: [{{key: 6, value: a}}]",
        f"type: XREQ, {AT}, sockopts: [{{key: IDENTITY, value: ada}}, {{key: 17, value: 0}}]",
        "type: XREP, binds: ['tcp://*:*', 'tcp://[::1]:5', 'ipc:///tmp/it', 'inproc://it']",
        f"type: PULL, {AT}, curve: {{secret_key: !secret '{KEY}', server_key: '{KEY}'}}",
    ],
)
def test_what_is_right_is_no_problem(queue: str) -> None:
    assert check_yaml(f"zmq: {{queues: {{it: {{{queue}}}}}}}\n") == []
    assert threads() == []


def test_nothing_is_sent_where_things_only_come_in() -> None:
    text = (
        f"zmq: {{queues: {{it: {{type: PULL, {AT}}}}}}}\n"
        "pipelines: {it: [send-zmq-message: {queue_name: it}]}\n"
    )
    [found] = check_yaml(text)
    assert "nothing can be sent to the queue 'it', for a PULL only receives" in found


def test_a_library_that_is_missing_is_named(tmp_path: Path) -> None:
    written(tmp_path, app_yaml=f"zmq: {{queues: {{it: {{type: PULL, {AT}}}}}}}\n")
    code = """
        import importlib.util, sys
        found = importlib.util.find_spec
        import piped.catalogue.extras as extras
        extras.find_spec = lambda name: None if name == "zmq" else found(name)
        from piped.cli.main import main
        sys.argv = ["piped", "check", sys.argv[1]]
        main()
    """
    said = run(code, tmp_path / "app.yaml")
    assert said.returncode == 78
    assert "zmq needs zmq, which is not installed" in said.stdout + said.stderr
    assert "pip install 'piped[zmq]'" in said.stdout + said.stderr


def test_a_queue_feeds_nobody_while_single_batons_are_run(tmp_path: Path) -> None:
    text = """
        zmq:
          queues:
            out: {type: PUSH, connects: inproc://it}
            in: {type: PULL, binds: inproc://it, processor: pipeline.take}
        pipelines:
          give: [send-zmq-message: {queue_name: out, message_path: it}]
          take: [append-to-file: {file_path: taken}]
    """
    written(tmp_path, app_yaml=text)
    said = piped(tmp_path, "run-pipeline", "app.yaml", "give", "--baton", '{"it": "hello"}')
    assert said.returncode == 0, said.stderr
    assert not (tmp_path / "taken").exists()
