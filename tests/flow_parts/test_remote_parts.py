"""Remote founts, tubes and drains, as a configuration has them."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from piped.catalogue import Catalogue
from piped.checking import check
from piped.conf import Configuration
from piped.flows import END, Collector, Flow, Host, Items
from piped.flows.elsewhere.types import typed
from piped.interop.reactor import prepare, shut_down
from piped.options import Check
from piped.providers.flow_joining import drain_of, fount_of, tube_of
from piped.providers.flow_making import Made, Maker


@dataclass
class Entry:
    number: int


MANUAL = (Path(__file__).parents[2] / "docs" / "flows.md").read_text(encoding="utf-8")
TYPES = f"types: [{__name__}.Entry]"


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


def configured(
    *, start: str = "batons", through: str = "", to: str = "processor: pipeline.x"
) -> str:
    return (
        "pipelines: {x: [passthrough]}\n"
        f"flows: {{it: {{from: {{{start}}}, through: [{through}], to: {{{to}}}}}}}\n"
    )


def made(text: str) -> Made:
    checked = check(Configuration.from_text(text))
    assert checked.problems == []
    found = Maker(Catalogue.builtin(), Check()).made(checked.settings["flows"]["it"])
    assert found is not None
    return found


async def test_items_flow_from_one_configuration_to_another(tmp_path: Path) -> None:
    path, entries = tmp_path / "socket", [Entry(number) for number in range(100)]
    here = made(configured(start="batons: ", to=f"remote: {{endpoint: 'unix:{path}', {TYPES}}}"))
    listen = f"remote: {{listen: 'unix:{path}', {TYPES}, ends: together, room: 10}}"
    fount, items = fount_of(made(configured(start=listen)).founts), Collector()
    there = Flow(fount, items)
    there.start()
    await fount.listening()
    assert await Flow(Items(entries), drain_of(here.drains)).run() is END
    await there.wait()
    assert items.items == entries


async def test_items_flow_through_a_stage_elsewhere(tmp_path: Path) -> None:
    path, items = tmp_path / "socket", Collector()

    def next_one(entry: Entry) -> Entry:
        return Entry(entry.number + 1)

    host = Host(f"unix:{path}", next_one, typed(Entry))
    await host.start()
    text = configured(start="batons: ", through=f"remote: {{endpoint: 'unix:{path}', {TYPES}}}")
    await Flow(Items([Entry(1)]), *map(tube_of, made(text).tubes), items).run()
    assert items.items == [Entry(2)]
    await host.stop()


WRONG: dict[str, dict[str, Any]] = {
    "remote needs the option 'endpoint'": {"to": "remote: "},
    "remote.endpoint: expected": {"to": "remote: nowhere"},
    "remote.window: expected": {"to": "remote: {endpoint: 'tcp:localhost:1', window: 0}"},
    "there is no module": {"to": "remote: {endpoint: 'tcp:localhost:1', types: [no.Entry]}"},
    "is neither a dataclass nor an enum": {
        "to": "remote: {endpoint: 'tcp:localhost:1', types: [int]}"
    },
    "`initial_delay` is more than nothing": {
        "through": "remote: {endpoint: 'tcp:localhost:1', initial_delay: 2s, max_delay: 1s}"
    },
    "remote needs the option 'listen'": {"start": "remote: "},
    "remote.ends: expected one of 'alone', 'together'": {
        "start": "remote: {listen: 'tcp:0', ends: never}"
    },
    "`heartbeat` and `timeout` are longer": {"start": "remote: {listen: 'tcp:0', heartbeat: 0s}"},
}


def test_the_manual_is_right(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    [text] = re.findall(
        r"^```yaml\n(flows:\n  collected:.*?)^```", MANUAL, re.MULTILINE | re.DOTALL
    )
    (tmp_path / "shop.py").write_text(
        "from dataclasses import dataclass\n@dataclass\nclass Entry:\n    number: int\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("FLOWS_SECRET", "open sesame")
    whole = f"pipelines: {{store: [passthrough]}}\n{text}"
    assert check(Configuration.from_text(whole)).problems == []


@pytest.mark.parametrize(("said", "parts"), WRONG.items(), ids=WRONG.keys())
def test_what_they_cannot_be_made_of_is_a_problem(said: str, parts: dict[str, str]) -> None:
    text = configured(**{"start": "batons: ", **parts})
    [problem] = check(Configuration.from_text(text)).problems
    assert said in problem.message
    assert problem.place is not None
    assert problem.place.line == 2
