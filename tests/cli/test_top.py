"""`piped top`, against a real process."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands import SOURCE, piped, read_until, running, written

APPLICATION = """
    plugins: {bundles: {here: top_bundle}}
    admin: {listen: "tcp:0:interface=127.0.0.1"}
    ticks: {interval: {often: {interval: 0.02, processor: flow.numbers}}}
    pipelines: {kept: [passthrough]}
    flows:
        numbers:
            from: {batons: {room: 5, confirm: taken}}
            through: [same, pipeline: kept, parallel: [same, sample: {every: 1h}]]
            to: never
    flow_hosts:
        work: {listen: "unix:work", through: same}
"""
BUNDLE = """
    import asyncio
    from piped import flows

    @flows.tube
    def same(item):
        return item

    @flows.drain
    async def never(items):
        await asyncio.Event().wait()
"""


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    written(tmp_path, app_yaml=APPLICATION, top_bundle_py=BUNDLE)
    with running(tmp_path, "-nc", "app.yaml", PYTHONPATH=f"{tmp_path}:{SOURCE}") as process:
        said = read_until(process, "the console page is at")
        found = re.search(r"http://[\d.:]+/", said)
        assert found is not None, said
        yield found[0]


def test_flows_and_pipelines_are_shown_with_who_holds_whom_back(
    address: str, tmp_path: Path
) -> None:
    answer = piped(tmp_path, "top", address, "--once", "--interval", "0.5")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "flow.numbers" in answer.stdout
    assert "flow_host.work  0 through here" in answer.stdout
    assert re.search(r"^  never +[\d,]+ .*  holds back$", answer.stdout, re.MULTILINE)
    assert re.search(r"^  batons +[\d,]+ .*  held back$", answer.stdout, re.MULTILINE)
    names = re.findall(r"^  ( *[a-z.-]+) {2,}\d", answer.stdout, re.MULTILINE)
    assert names[2:] == [
        "pipeline.kept",
        "together",
        "  same",
        "  sample",
        "merged",
        "never",
        "kept",
    ]
    assert re.search(r"^  kept +[\d,]+ ", answer.stdout, re.MULTILINE)


def test_where_nobody_answers_it_says_what_is_needed(tmp_path: Path) -> None:
    answer = piped(tmp_path, "top", "http://127.0.0.1:9/", "--once")
    assert answer.returncode == 1
    assert "It needs the section `admin`" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_what_is_no_address_is_refused(tmp_path: Path) -> None:
    answer = piped(tmp_path, "top", "file:///etc/passwd")
    assert answer.returncode == 2
    assert "is no address" in answer.stderr
