"""`piped graph`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from piped.cli.graph import FORMATS, STAGES
from piped.cli.main import piped

TEXT = """\
pipelines:
    web:
        hello: [{passthrough: {id: begin}}, inline-pipeline: store]
        bye: [passthrough]
    store: [remap: {mapping: {a: b}}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "app.yaml"
    path.write_text(TEXT)
    return path


def invoked(*arguments: object) -> Result:
    return CliRunner().invoke(piped, ["graph", *map(str, arguments)])


def test_all_pipelines_are_shown_as_graphs(file: Path) -> None:
    result = invoked(file)
    assert result.exit_code == 0
    assert result.stdout == (
        "web.hello\n> begin -> remap-1\n  remap-1 {'mapping': {'a': 'b'}}\n\n"
        "web.bye\n> passthrough-1\n\n"
        "store\n> remap-1 {'mapping': {'a': 'b'}}\n"
    )


def test_flows_are_shown_beside_pipelines(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(
        "pipelines: {store: [passthrough]}\n"
        "flows:\n"
        "  both:\n"
        "    from: [batons, batons: {room: 5}]\n"
        "    through: [parallel: [pipeline: store, [best-effort, pipeline: store]]]\n"
        "    to: {processor: pipeline.store}\n"
        "    on_end: stop\n"
    )
    assert invoked(path, "flow.both").stdout == (
        "flow both (then stop)\n"
        "  0 batons -> 2 pipeline, 3 pipeline\n"
        "  1 batons (room: 5) -> 2 pipeline, 3 pipeline\n"
        "  2 pipeline (store) -> 4 processor\n"
        "  3 pipeline (store) -> 4 processor\n"
        "  4 processor (pipeline.store)\n"
    )
    data = json.loads(invoked(path, "--format", "json").stdout)
    assert [each["name"] for each in data["pipelines"]] == ["store", "flow both"]
    assert "best effort" in invoked(path, "--format", "dot").stdout


def test_a_flow_that_is_split_shows_what_goes_where(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    path.write_text(
        "flows:\n"
        "  it:\n"
        "    from: batons\n"
        "    through:\n"
        "      split: {by: 'i: i', into: {one: {batch: 2}}, otherwise: [buffer, unbatch]}\n"
        "    to: [split: {by: 'i: i', into: {1: [best-effort, log], 2: [buffer, stdout]}}]\n"
    )
    assert invoked(path, "flow.it").stdout == (
        "flow it\n"
        "  0 batons -> 1 batch, 2 buffer\n"
        "  1 batch (2) -> 4 log, 5 buffer\n"
        "  2 buffer -> 3 unbatch\n"
        "  3 unbatch -> 4 log, 5 buffer\n"
        "  4 log\n"
        "  5 buffer -> 6 stdout\n"
        "  6 stdout\n"
    )
    drawn = invoked(path, "--format", "dot").stdout
    for label in ("one", "otherwise", "1, best effort", "2"):
        assert f'label="{label}"' in drawn


def test_hosts_of_flows_are_shown_too(tmp_path: Path) -> None:
    path = tmp_path / "app.yaml"
    host = "{listen: 'tcp:8765', through: [buffer: 5, parallel: [json-lines, csv-rows]]}"
    path.write_text(f"flow_hosts: {{work: {host}}}\n")
    assert invoked(path, "flow_host.work").stdout == (
        "flow host work\n"
        "  0 remote (tcp:8765) -> 1 buffer\n"
        "  1 buffer (5) -> 2 json-lines, 3 csv-rows\n"
        "  2 json-lines -> 4 remote\n"
        "  3 csv-rows -> 4 remote\n"
        "  4 remote (back to its sender)\n"
    )
    data = json.loads(invoked(path, "--format", "json").stdout)
    assert [each["name"] for each in data["pipelines"]] == ["flow host work"]


def test_a_stage_and_a_pipeline_may_be_chosen(file: Path) -> None:
    assert invoked(file, "store", "--stage", "plan").stdout == "store: 0\n0 remap-1 -> -\n"
    assert "- inline-pipeline: store" in invoked(file, "--stage", "definitions", "web.hello").stdout


def test_a_namespace_may_be_chosen(file: Path) -> None:
    data = json.loads(invoked(file, "web", "--format", "json").stdout)
    assert [each["name"] for each in data["pipelines"]] == ["web.hello", "web.bye"]


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("kind", FORMATS)
def test_every_stage_is_shown_in_every_format(file: Path, stage: str, kind: str) -> None:
    result = invoked(file, "--stage", stage, "--format", kind)
    assert result.exit_code == 0
    assert "web.hello" in result.stdout


def test_that_there_is_nothing_to_show_is_said(file: Path) -> None:
    file.write_text("contexts: {a: 1}\n")
    result = invoked(file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{file} has no pipelines and no flows.\n"
    assert json.loads(invoked(file, "--format", "json").stdout) is not None


def test_a_misspelt_pipeline_is_wrong_usage(file: Path) -> None:
    result = invoked(file, "web.helo")
    assert result.exit_code == 2
    assert (
        "There is no pipeline and no flow 'web.helo' (did you mean 'web.hello'?)" in result.stderr
    )


def test_what_is_wrong_is_said_in_the_place_of_a_drawing(file: Path) -> None:
    file.write_text("pipelines: {it: [pasthrough]}")
    result = invoked(file)
    assert (result.exit_code, result.stdout) == (78, "")
    assert "did you mean 'passthrough'" in result.stderr
