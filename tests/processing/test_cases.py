"""Cases in YAML: pipelines, what goes in, what comes out or what is wrong.

`pipelines` is a section, of which the pipeline `it` is tried; or there is only `pipeline`, it.
`results` are all results for the baton `given`, `gives` is the only one, `fails` is what is raised;
`problems` are what a check says, `graph` is the graph as text.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from piped.conf.nodes import Entry, Mapping, Node, plain
from piped.options import Check
from piped.problems import Place
from piped.processing.section import check_pipelines
from tests.processing.environment import Environment
from tests.processing.trying import pipelines_of, results_of
from tests.processing.yaml_nodes import nodes_in

FOLDER = Path(__file__).parent / "cases"
KEYS = {"pipeline", "pipelines", "given", "results", "gives", "fails", "problems", "graph"}


def cases() -> dict[str, Mapping]:
    found = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        document = nodes_in(yaml.compose(path.read_text(), yaml.SafeLoader), path.name)
        assert isinstance(document, Mapping)
        for name, case in document.items():
            assert isinstance(case, Mapping)
            assert case.entries.keys() <= KEYS, name
            found[f"{path.stem}: {name}"] = case
    return found


CASES = cases()


def section_of(case: Mapping) -> Node:
    if "pipelines" in case:
        return case["pipelines"]
    return Mapping({"it": Entry(case["pipeline"], Place("case"))}, case.origin)


def problems_of(case: Mapping) -> list[str]:
    check = Check()
    check_pipelines(section_of(case), Environment().catalogue, check)
    return [each.message for each in check.problems]


async def end_of(case: Mapping) -> dict[str, Any]:
    environment = Environment(pipelines_of(section_of(case)))
    baton = plain(case["given"]) if "given" in case else {}
    try:
        results = await results_of(environment, baton)
    except Exception as failure:  # noqa: BLE001 - a case may fail in any way
        return {"fails": f"{type(failure).__name__}: {failure}".strip()}
    return {"gives": results[0]} if "gives" in case and len(results) == 1 else {"results": results}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_case(case: Mapping) -> None:
    expected = {key: plain(node) for key, node in case.items()}
    if "problems" in expected:
        assert problems_of(case) == expected["problems"]
    elif "graph" in expected:
        assert pipelines_of(section_of(case)).graphs["it"].text() == expected["graph"].strip()
    else:
        [end] = asyncio.run(end_of(case)).items()
        assert end in expected.items()


def test_there_are_enough() -> None:
    assert len(CASES) >= 250
