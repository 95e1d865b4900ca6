"""Limited pipelines that run themselves."""

from __future__ import annotations

import pytest

from tests.processing.trying import complaints

HEAD = "1:%d: it runs itself (%s), but has a concurrency of %d"

#   pipelines: what is said of them
CASES = {
    "it: {concurrency: 1, consumers: [run-pipeline: {pipeline: it}]}": (
        HEAD % (59, "it -> it", 1),
    ),
    "it: {concurrency: 3, consumers: [run-pipeline-if: {pipeline: .it}]}": (
        HEAD % (62, "it -> it", 3),
    ),
    "{it: {concurrency: 1, consumers: [run-pipeline: {pipeline: a}]}, "
    "a: [for-each: {pipeline: b}], b: [run-pipeline: {pipeline: it}]}": (
        HEAD % (60, "it -> a -> b -> it", 1),
    ),
    "{it: {concurrency: 1, consumers: [inline-pipeline: a]}, a: [run-pipeline: {pipeline: it}]}": (
        HEAD % (86, "it -> it", 1),
    ),
    # The override takes the circle away.
    "{a: [run-pipeline: {pipeline: a}], b: [passthrough], "
    "it: {inherits: a, concurrency: 1, overrides: [run-pipeline: {pipeline: b}]}}": (),
    "it: [run-pipeline: {pipeline: it}]": (),
    "{it: {concurrency: 1, consumers: [run-pipeline: {pipeline: a}]}, a: [passthrough]}": (),
    "{it: {concurrency: 1, consumers: [run-pipeline: {pipeline: a}]}, "
    "a: [run-pipeline: {pipeline: a}]}": (),
}


@pytest.mark.parametrize(("text", "said"), CASES.items(), ids=CASES)
def test_a_way_that_leads_back(text: str, said: tuple[str, ...]) -> None:
    assert tuple(complaints(text)) == said
