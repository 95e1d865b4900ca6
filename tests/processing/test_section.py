"""Checking all pipelines of a configuration."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import piped
from piped.options import Check, Reference
from piped.problems import Place
from piped.processing.section import check_pipelines
from tests.processing.environment import Environment
from tests.processing.trying import complaints
from tests.processing.yaml_nodes import nodes


def test_problems_of_all_stages_are_found_at_once() -> None:
    assert complaints("a: [pasthrough, log: {mesage: x}]\nb: [inline-pipeline: c]\nc.d: []") == [
        "3:1: c.d has no steps",
        "2:22: b inlines 'c', which is no pipeline",
        "1:5: processor 'pasthrough' is unknown (did you mean 'passthrough'?)",
        "1:23: log has no option 'mesage' (did you mean 'message'?)",
    ]


def test_references_know_where_relative_names_begin() -> None:
    check = Check()
    text = "{n.it: [run-pipeline: {pipeline: .p}, fetch-context: {context: c}], n.p: [passthrough]}"
    check_pipelines(nodes(text), Environment().catalogue, check)
    assert check.references == [
        Reference("pipeline", ".p", Place("app.yaml", 1, 34), "n.it"),
        Reference("resource", "context.c", Place("app.yaml", 1, 64), "n.it"),
    ]


def test_reading_pipelines_brings_neither_twisted_nor_an_engine() -> None:
    """The stages that read and rewrite are pure: they know no loop."""
    code = (
        "import sys, piped.processing.section, piped.processing.walk;"
        "print([each for each in ('asyncio', 'twisted', 'zope') if each in sys.modules])"
    )
    source = {"PYTHONPATH": str(Path(piped.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=source
    )
    assert (done.stdout.strip(), done.stderr) == ("[]", "")
