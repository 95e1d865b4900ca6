"""What batons came to, and what they did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from piped.checking import check
from piped.conf import Configuration
from piped.observe.covered import of_covered
from piped.testing.edges import EdgeKind, Taken, edges_of
from piped.testing.following import following
from piped.testing.yaml_tests import yaml_tests_of

TEXT = """\
pipelines:
    part: [eval-lambda: {id: divide, input_path: n, lambda: "n: 1 / n"}]
    it:
        chained_consumers: [inline-pipeline: part, {log: {id: said, message: x}}]
        error_consumers: [set-value: {id: saved, path: saved, value: true}]
tests:
"""


async def taken(*tests: str) -> Taken:
    lines = "".join(f"    t{at}: {test}\n" for at, test in enumerate(tests))
    checked = check(Configuration.from_text(TEXT + lines, "app.yaml"))
    assert list(map(str, checked.problems)) == []
    found = Taken(checked.settings["pipelines"].graphs.values())
    for test in yaml_tests_of(checked):
        assert await test.run(following(found, None)) is None
    return found


def untaken(found: Taken) -> dict[str, Sequence[str]]:
    return {
        graph.name: [edge.text(graph) for edge in found.untaken(graph)] for graph in found.graphs
    }


async def test_what_nobody_tests_is_never_taken() -> None:
    found = await taken()
    assert found.percent() == 0
    assert untaken(found)["part"] == ["divide (app.yaml:2)"]


async def test_a_copy_counts_for_what_is_written() -> None:
    found = await taken("{pipeline: it, given: {n: 1}}")
    assert untaken(found) == {"part": [], "it": ["saved (app.yaml:5)"]}


async def test_an_error_branch_is_taken_by_a_failure() -> None:
    found = await taken("{pipeline: it, given: {n: 0}}")
    assert untaken(found) == {"part": [], "it": ["said (app.yaml:4)"]}
    both = await taken("{pipeline: it, given: {n: 0}}", "{pipeline: it, given: {n: 1}}")
    assert untaken(both) == {"part": [], "it": []}
    assert both.percent() == 100


async def test_a_way_between_two_that_were_come_to_may_be_missed() -> None:
    found = await taken()
    [_, graph] = found.graphs
    steps = {each.places for each in edges_of(graph) if each.kind is EdgeKind.STEP}
    found._taken |= {(EdgeKind.STEP, each) for each in steps}
    assert untaken(found)["it"] == ["divide → said (app.yaml:4)", "divide ⇒ saved (app.yaml:5)"]


async def test_what_is_missed_is_dashed() -> None:
    found = await taken("{pipeline: it, given: {n: 1}}")

    def was_taken(graph: Any, one: int, other: int, on_error: bool | None) -> bool:
        del graph, one, other
        return not on_error

    [arrows] = [
        frame.arrows for frame in of_covered(found.graphs, was_taken).frames if frame.arrows
    ]
    assert [(each.error, each.look.line) for each in arrows] == [(False, ""), (True, "dashed")]
