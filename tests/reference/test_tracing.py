"""The tutorial about tracing: the same rows as of old."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from piped.observe.trace import Entry
from piped.testing import YamlEnvironment

EXAMPLE = Path(__file__).parents[2] / "examples" / "tracing" / "my_pipelines.yaml"
TRACING = """
  tracing:
    - run-pipeline:
        {pipeline_path: pipeline, input_path: baton, output_path: results, trace_path: trace}
"""


def row(entry: Entry) -> tuple[str, str, str, str]:
    """From, to, the baton that is shown, and the failure."""
    ends = [str(each) if each else "result" for each in (entry.source, entry.destination)]
    how = ("handled" if entry.is_error_consumer else "bubbling") if entry.failure else ""
    return ends[0], ends[1], " ".join(entry.baton.values()), how


async def test_the_trace_is_that_of_the_tutorial() -> None:
    environment = YamlEnvironment(EXAMPLE.read_text() + TRACING)
    baton: dict[str, Any] = {"pipeline": "test", "baton": {}}
    [result] = await environment.run(baton, "tracing")
    error = "(test_error)"
    assert [row(each) for each in result["trace"]] == [
        ("run-pipeline (tracing)", "set-values (test)", "", ""),
        ("set-values (test)", "pretty-print (test)", "42 initial value 7", ""),
        ("pretty-print (test)", "run-pipeline (test)", "42 initial value 7", ""),
        ("run-pipeline (test)", f"set-value {error}", "42 initial value 7", ""),
        (f"set-value {error}", f"raise-exception {error}", "42 hi there 7", ""),
        (f"raise-exception {error}", f"set-value {error}", "42 hi there 7", "bubbling"),
        (f"set-value {error}", f"passthrough {error}", "42 hi there 7", "handled"),
        (f"passthrough {error}", f"exec-code {error}", "42 hi there 7", ""),
        (f"exec-code {error}", "result", "hi there 7", ""),
        ("run-pipeline (test)", "pretty-print (test)", "hi there 7", ""),
        ("pretty-print (test)", "result", "hi there 7", ""),
    ]
