"""Hosts of a configuration, and the flows of others that go through them."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from piped.checking import check
from piped.conf import Configuration
from piped.exceptions import ConfigurationError
from piped.interop.reactor import prepare, shut_down
from piped.options import schema_of
from piped.providers.flow_host_settings import FlowHostSettings
from tests.commands import piped
from tests.flow_parts.hosted import Number, Word
from tests.providers.database.databases import Running, until

from .hearing import Ear, flow_of

BUNDLE = "plugins: {bundles: {mine: [tests.flow_parts.hosted]}}"
TYPES = "[tests.flow_parts.hosted.Number, tests.flow_parts.hosted.Word]"
NUMBERS = "iterate: {function: tests.flow_parts.hosted.numbers, arguments: {most: %d}}"


def host_at(path: Path, through: str = "spelled", more: str = "") -> str:
    return f"""
{BUNDLE}
flow_hosts:
  it: {{listen: 'unix:{path}', types: {TYPES}, through: [{through}], stop_time: 100ms{more}}}
"""


def flow_through(path: Path, start: str = "batons: ", more: str = "") -> str:
    return f"""
{BUNDLE}
flows:
  it:
    from: {{{start}}}
    through: {{remote: {{endpoint: 'unix:{path}', types: {TYPES}, initial_delay: 10ms{more}}}}}
    to: {{processor: heard}}
    stop_time: 100ms
"""


def host_of(app: Any) -> Any:
    """The service of the host."""
    return next(each for each in app.environment.application if each.name == "flow_host.it")


def passed(app: Any) -> list[int]:
    return [each["passed"] for each in host_of(app).seen()["parts"]]


@pytest.fixture
async def start() -> AsyncIterator[Running]:
    prepare(asyncio.get_running_loop())
    running = Running()
    yield running
    await running.stop_all()
    await shut_down()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "socket"


async def test_a_flow_goes_through_the_host_of_another_configuration(
    start: Running, path: Path
) -> None:
    ear = Ear()
    there = await start(host_at(path))
    await there.comes("flow_host.it")
    here = await start(flow_through(path, NUMBERS % 15), heard=ear)
    await until(lambda: len(ear.got) == 14)
    assert ear.got == [Word(str(number)) for number in range(15) if number != 13]
    await here.goes("flow.it")
    seen = host_of(there).seen()
    assert seen["flows"]
    assert [each["name"] for each in seen["parts"]] == ["remote", "spelled", "remote"]
    assert passed(there) == [15, 14, 14]


async def test_who_sent_an_item_hears_what_became_of_it(start: Running, path: Path) -> None:
    ear = Ear()
    there = await start(host_at(path, '{change: "number: 10 // number"}'))
    here = await start(flow_through(path), heard=ear)
    await here.comes("flow.it")
    hand_over = flow_of(here, "it")
    ear.gate.clear()
    sent = asyncio.ensure_future(hand_over(5))
    await until(lambda: passed(there) == [1, 1, 1])
    assert not sent.done()
    ear.gate.set()
    await sent
    assert ear.got == [2]
    with pytest.raises(Exception, match="ZeroDivisionError"):
        await hand_over(0)


async def test_a_slow_drain_here_holds_back_what_works_there(start: Running, path: Path) -> None:
    ear = Ear()
    ear.gate.clear()
    there = await start(host_at(path, more=", room: 50"))
    await start(flow_through(path, NUMBERS % 100_000), heard=ear)
    seen: list[int] = []
    while not seen or passed(there) != seen or not seen[-1]:  # until it stands
        seen = passed(there)
        await asyncio.sleep(0.2)
    assert 0 < seen[0] < 10_000
    ear.gate.set()
    await until(lambda: len(ear.got) > 10_000)


async def test_it_listens_when_all_is_there_that_its_parts_need_and_holds_back_while_it_is_lost(
    start: Running, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    there = await start(host_at(path, "scaled"), factor=10)
    await there.comes("flow_host.it")
    here = await start(flow_through(path), heard=ear)
    await here.comes("flow.it")
    hand_over = flow_of(here, "it")
    await hand_over(1)
    factor = there.environment.resource_manager.get_provider_or_fail("factor")
    factor.lost("gone for a while")
    with caplog.at_level(logging.WARNING):
        waiting = asyncio.ensure_future(hand_over(2))
        await until(lambda: host_of(there).seen()["parts"][0]["waiting"])
    assert not waiting.done()
    factor.ready(100)
    await waiting
    assert ear.got == [10, 200]


async def test_one_that_is_stopped_leaves_the_rest_to_the_next(start: Running, path: Path) -> None:
    ear = Ear()
    here = await start(flow_through(path, NUMBERS % 3_000), heard=ear)
    for enough in (500, 1_500):
        there = await start(host_at(path, more=", room: 20"))
        await until(lambda: len(ear.got) > enough)  # noqa: B023 - it is awaited
        await there.stop()
        assert not there.has("flow_host.it")
    await start(host_at(path))
    await here.goes("flow.it")
    expected = [Word(str(number)) for number in range(3_000) if number != 13]
    assert ear.got == expected, "once, and in order"


async def test_one_with_another_secret_gets_nothing(
    start: Running, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ear = Ear()
    secret = ", secret: !secret {env: FLOWS_SECRET}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FLOWS_SECRET", "open sesame")
        there = await start(host_at(path, more=secret))
        right = await start(flow_through(path, more=secret), heard=ear)
        patch.setenv("FLOWS_SECRET", "open barley")
        await start(flow_through(path, NUMBERS % 3, more=secret), heard=ear)
    await there.comes("flow_host.it")
    await until(lambda: "its secret is another one" in caplog.text)
    assert ear.got == []
    await right.comes("flow.it")
    await flow_of(right, "it")(Number(7))
    assert ear.got == [Word("7")]


WRONG = {
    "flow_hosts.it needs the option 'listen'": "through: spelled",
    "flow_hosts.it needs the option 'through'": "listen: 'tcp:0'",
    "has no option 'throuhg' (did you mean 'through'?)": (
        "listen: 'tcp:0', through: spelled, throuhg: 1"
    ),
    "flow_hosts.it.listen: expected an endpoint": "listen: nowhere, through: only",
    "tube 'speled' is unknown (did you mean 'spelled'?)": "listen: 'tcp:0', through: speled",
    "'log' is a drain, and a tube belongs here": "listen: 'tcp:0', through: log",
    "`through` names one tube at least": "listen: 'tcp:0', through: []",
    "`heartbeat` and `timeout` are longer": ("listen: 'tcp:0', through: [lines], heartbeat: 0s"),
    "spelled gives Word, and spelled takes Number": (
        f"listen: 'tcp:0', through: [spelled, spelled], types: {TYPES}"
    ),
    "counted takes Word, which `types` does not let go over": (
        "listen: 'tcp:0', through: counted, types: tests.flow_parts.hosted.Number"
    ),
    "spelled gives Word, which `types` does not let go over": (
        "listen: 'tcp:0', through: [parallel: [spelled]], types: [tests.flow_parts.hosted.Number]"
    ),
    "flow_hosts.it.types: nowhere.Entry: there is no module": (
        "listen: 'tcp:0', through: lines, types: [nowhere.Entry]"
    ),
    "flow_hosts.it.types: builtins.int: <class 'int'> is neither a dataclass nor an enum": (
        "listen: 'tcp:0', through: lines, types: [builtins.int]"
    ),
    "'spill' is for one flow, and a host has stages for many": (
        "listen: 'tcp:0', through: [{parallel: [[lines, {spill: {folder: a, disk: 1MB}}]]}]"
    ),
}


@pytest.mark.parametrize(("said", "settings"), WRONG.items(), ids=WRONG.keys())
def test_what_is_wrong_with_one_is_told_with_its_place(said: str, settings: str) -> None:
    text = f"{BUNDLE}\nflow_hosts:\n  it: {{{settings}}}\n"
    [problem] = check(Configuration.from_text(text, "app.yaml")).problems
    assert said in problem.message
    assert problem.place is not None
    assert (problem.place.file, problem.place.line) == ("app.yaml", 3)


def test_a_secret_that_is_missing_is_told_with_its_place_and_a_way_out() -> None:
    with pytest.raises(ConfigurationError) as raised:
        Configuration.from_text(host_at(Path("s"), more=", secret: !secret {env: NO_SECRET}"))
    [problem] = raised.value.problems
    assert problem.message == "the environment variable NO_SECRET is not set"
    assert problem.place is not None
    assert problem.place.line == 4
    assert problem.hint == "Set it where the process is started."


def test_a_misspelt_section_is_told_of() -> None:
    text = "flow_host: {it: {listen: 'tcp:0', through: lines}}"
    [problem] = check(Configuration.from_text(text, "app.yaml")).problems
    assert "did you mean 'flow_hosts'?" in problem.message


def test_what_flows_to_a_remote_part_without_its_class_being_named_is_told_of() -> None:
    flow = (
        f"from: {{{NUMBERS % 1}}}, through: [spelled, {{remote: {{endpoint: 'tcp:h:1'}}}}], to: log"
    )
    text = f"{BUNDLE}\nflows: {{it: {{{flow}}}}}"
    [problem] = check(Configuration.from_text(text, "app.yaml")).problems
    assert "spelled gives Word, which `types` does not let go over" in problem.message
    assert "types: [tests.flow_parts.hosted.Word]" in problem.hint


def test_every_setting_has_a_line_of_help() -> None:
    assert [each.name for each in schema_of(FlowHostSettings).options if not each.help] == []


def test_the_manual_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[2]
    manual = (root / "docs" / "flows.md").read_text(encoding="utf-8")
    found = re.compile(r"^```yaml\n(plugins: [^`]*split_bundle.*?)^```", re.MULTILINE | re.DOTALL)
    texts = found.findall(manual)
    monkeypatch.setenv("SPLIT_SECRET", "open sesame")
    monkeypatch.chdir(root / "examples" / "split")
    problems = [check(Configuration.from_text(text, "app.yaml")).problems for text in texts]
    assert problems == [[], []]


def test_where_it_cannot_listen_the_process_ends_with_one_line(tmp_path: Path) -> None:
    text = "flow_hosts: {it: {listen: 'unix:/nowhere/at/all', through: lines}}"
    (tmp_path / "app.yaml").write_text(text)
    answer = piped(tmp_path, "-nc", "app.yaml", "-p", "")
    assert answer.returncode == 1
    [line] = [each for each in answer.stderr.splitlines() if "cannot listen" in each]
    assert "flow_host.it cannot listen" in line
    assert "Traceback" not in answer.stderr + answer.stdout
