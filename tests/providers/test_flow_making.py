"""Branches of a flow that are wrong are told before anything starts."""

from __future__ import annotations

import pytest

from piped.checking import check
from piped.conf import Configuration

HEAD = """
plugins: {bundles: {mine: tests.providers.flow_bundle}}
flows:
  it:
"""


@pytest.mark.parametrize(
    ("through", "said"),
    [
        ("parallel", "`parallel` needs branches"),
        ("split", "`split` needs branches"),
        ("{split: doubled}", "`split` needs branches"),
        ("{split: {by: 'i: i', into: {}}}", "`split` needs branches"),
        ("{split: {into: {a: doubled}}}", "split needs the option 'by'"),
        ("{split: {by: 'i: i', into: {a: []}}}", "a branch of a flow has no parts"),
        ("{split: {by: 'i, j: i', into: {a: doubled}}}", "`by` is called with an item"),
        ("{split: {by: 'i: i', inot: 1, into: {a: doubled}}}", "no option 'inot'"),
        ("{split: {by: 'i: i', into: {a: store}}}", "'store' is a drain, and a tube belongs"),
        (
            "{split: {by: 'i: i', into: {a: doubled, b: [spelled, doubled]}}}",
            "spelled gives str, and doubled takes int",
        ),
    ],
)
def test_branches_that_are_wrong_are_a_problem(through: str, said: str) -> None:
    text = f"{HEAD}    {{from: numbers, through: {through}, to: store}}"
    [problem] = check(Configuration.from_text(text, "app.yaml"), offers=["store"]).problems
    assert said in problem.message
    assert problem.place is not None


def test_drains_among_which_is_split_are_drains() -> None:
    text = f"{HEAD}    {{from: numbers, to: {{split: {{by: 'i: i', into: {{a: doubled}}}}}}}}"
    [problem] = check(Configuration.from_text(text, "app.yaml")).problems
    assert "'doubled' is a tube, and a drain belongs here" in problem.message
