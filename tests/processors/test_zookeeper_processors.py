"""Nodes that pipelines read and change, in a real ZooKeeper."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from kazoo.exceptions import NoNodeError

from piped.exceptions import UnfitBaton
from piped.testing import YamlEnvironment
from tests.services import address

pytestmark = pytest.mark.service("zookeeper")


@pytest.fixture
async def root() -> AsyncIterator[str]:
    """A node of the test's own."""
    name = f"/piped-{uuid4().hex}"
    yield name
    await run("", f"delete-zookeeper-node: {{client: main, path: {name}, recursive: true}}", {})


async def run(root: str, steps: str, baton: Any) -> Any:
    host, port = address("zookeeper")
    [result] = await YamlEnvironment(
        f"zookeeper: {{clients: {{main: {{servers: '{host}:{port}{root}'}}}}}}\n"
        f"pipelines: {{it: [{steps}]}}\n"
    ).run(baton)
    return result


CREATE = "create-zookeeper-node: {client: main, path: /a/b, data: one, "


async def test_a_node_is_made_found_and_read(root: str) -> None:
    steps = (
        f"{CREATE} create_intermediary_nodes: true}},"
        "zookeeper-node-exists: {client: main, path: !path create, metadata_output_path: stat},"
        "get-zookeeper-data: {client: main, path: !path create, metadata_output_path: again},"
        "get-zookeeper-children: {client: main, path: /a/},"
        "zookeeper-node-exists: {client: main, path: /none, output_path: none}"
    )
    found = await run(root, steps, {})
    assert found.pop("stat") == found.pop("again")
    expected = {"create": "/a/b", "exists": True, "data": b"one", "children": ["b"], "none": False}
    assert found == expected


@pytest.mark.parametrize("cached", ["true", "false"])
async def test_what_is_set_is_what_is_read(root: str, cached: str) -> None:
    steps = (
        "set-zookeeper-data: {client: main, path: /a/b, data: two,"
        " create_intermediary_nodes: true, output_path: null},"
        f"get-zookeeper-data: {{client: main, path: /a/b, cached: {cached}, output_path: first}},"
        "set-zookeeper-data: {client: main, path: /a/b, data: !path new},"
        f"get-zookeeper-data: {{client: main, path: /a/b, cached: {cached}}}"
    )
    found = await run(root, steps, {"new": b"\xff"})
    assert (found["first"], found["data"], found["set"].version) == (b"two", b"\xff", 2)


async def test_a_node_may_be_numbered_and_go_with_the_session(root: str) -> None:
    steps = (
        f"{CREATE} create_intermediary_nodes: true, flags: [EPHEMERAL, SEQUENCE]}},"
        "get-zookeeper-data: {client: main, path: !path create, metadata_output_path: stat}"
    )
    found = await run(root, steps, {})
    assert found["create"] == "/a/b0000000000"
    assert found["stat"].ephemeralOwner
    found = await run(root, "get-zookeeper-children: {client: main, path: /a}", {})
    assert found == {"children": []}


async def test_a_path_may_come_from_the_baton(root: str) -> None:
    steps = (
        "create-zookeeper-node: {client: main, path: !path a.path, create_intermediary_nodes: true}"
    )
    found = await run(root, steps, {"a": {"path": "/x/y"}})
    assert found["create"] == "/x/y"


async def test_nodes_are_removed(root: str) -> None:
    steps = (
        f"{CREATE} create_intermediary_nodes: true, flags: []}},"
        "delete-zookeeper-node: {client: main, path: /a/b},"
        "delete-zookeeper-node: {client: main, path: /a/b, recursive: true}"
    )
    assert await run(root, steps, {}) == {"create": "/a/b"}


@pytest.mark.parametrize(
    ("steps", "baton", "error"),
    [
        (f"{CREATE} flags: SEQUENCE}}", {}, NoNodeError),
        ("get-zookeeper-data: {client: main, path: /none}", {}, NoNodeError),
        ("delete-zookeeper-node: {client: main, path: /none}", {}, NoNodeError),
        ("get-zookeeper-data: {client: main, path: !path p}", {"p": "none"}, UnfitBaton),
        ("get-zookeeper-data: {client: main, path: !path p}", {"p": 3}, UnfitBaton),
        ("set-zookeeper-data: {client: main, path: /a, data: !path p}", {"p": [1]}, UnfitBaton),
    ],
)
async def test_what_cannot_be_done_fails(
    root: str, steps: str, baton: Any, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await run(root, f"zookeeper-node-exists: {{client: main, path: /}}, {steps}", baton)


async def test_a_pipeline_runs_for_one_baton_at_a_time(root: str) -> None:
    host, port = address("zookeeper")
    environment = YamlEnvironment(
        f"""
        zookeeper:
            clients: {{main: {{servers: '{host}:{port}{root}'}}}}
            locks: {{it: {{client: main, path: /lock}}}}
        pipelines:
            it:
            - create-zookeeper-node: {{client: main, path: /n, create_intermediary_nodes: true}}
            - for-each: {{pipeline: .one, parallel: true, input_path: batons}}
            - get-zookeeper-data: {{client: main, path: /n, cached: false}}
            count:
            - get-zookeeper-data: {{client: main, path: /n, cached: false}}
            - eval-lambda: {{lambda: "n: str(int(n or 0) + 1)", input_path: data}}
            - set-zookeeper-data: {{client: main, path: /n, data: !path data}}
            one:
            - run-pipeline-locked: {{lock: it, pipeline: .count}}
        """
    )
    [result] = await environment.run({"batons": [{} for _ in range(10)]})
    assert result["data"] == b"10"
