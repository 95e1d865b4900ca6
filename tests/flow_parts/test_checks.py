"""Options of founts and drains that are wrong are told before anything starts."""

from __future__ import annotations

import pytest

from piped.checking import check
from piped.conf import Configuration
from piped.flow_parts import DRAINS, FOUNTS
from piped.options import schema_of
from piped.options.names import DottedName
from piped.providers.flow_provider import OTHER_FOUNTS

FOUNT_ROWS = [
    ("files: a.log", "files: whoever follows files needs a `state`"),
    ("files: {follow: false}", "files needs the option 'path'"),
    ("files: {path: '', follow: false}", "files: needs a `path`"),
    ("files: {path: a, follow: maybe}", "files.follow: expected true or false, got 'maybe'"),
    ("files: {path: a, state: s, finished: move}", "`finished: move` and `move_to` go together"),
    ("files: {path: a, follow: false, finished: delete}", "`finished` is for those who follow"),
    (
        "files: {path: a, state: s, begin: middle}",
        "files.begin: expected one of 'beginning', 'end'",
    ),
    ("files: {path: a, state: s, max_retries: 2}", "`max_retries` goes with `retry`"),
    ("files: {path: a, state: s, chunk: 1}", "files.chunk"),
    ("files: {path: a, state: s, encoding: what}", "there is no encoding 'what' for text"),
    ("stdin: {delimiter: ''}", "stdin: a `delimiter` has a character at least"),
    ("process: no-such-program", "there is no program 'no-such-program' on the PATH"),
    ("process: ''", "process: `command` names a program"),
    ("process: {command: ls, folder: /nowhere}", "there is no folder '/nowhere'"),
    ("ticks", "ticks: needs either `every` or `cron`"),
    ("ticks: {every: 1s, cron: '* * * * *'}", "ticks: needs either `every` or `cron`"),
    ("ticks: 0s", "ticks: `every` is longer than nothing"),
    ("iterate: no.such.thing", "iterate: there is no no.such.thing"),
    ("iterate: sys.maxsize", "sys.maxsize is neither a function nor iterable"),
    ("iterate: {function: sys.path, arguments: {a: 1}}", "it takes no `arguments`"),
    ("query: {engine: e, query: ''}", "query: the query is empty"),
    ("query: {engine: e, query: 'SELECT :a'}", "query: the query needs a value for :a"),
    ("query: {engine: e, query: 'SELECT :ab', parameters: {ab: 1, ac: 2}}", "no parameter :ac"),
    ("batons: 0", "batons.room: expected a whole number from 1 on, got 0"),
    ("query: {engine: f, query: SELECT 1}", "nothing offers the resource 'database.engine.f'"),
]
DRAIN_ROWS = [
    ("insert-rows: {engine: e}", "insert-rows needs the option 'table'"),
    ("insert-rows: {engine: f, table: t}", "nothing offers the resource 'database.engine.f'"),
    ("insert-rows: {engine: e, table: t, on_conflict: update}", "`on_conflict: update` belong"),
    ("insert-rows: {engine: e, table: t..}", "'t..' is no name of a table"),
    ("insert-rows: {engine: e, table: t, most: 0}", "insert-rows.most"),
    (
        "insert-rows: {engine: e, table: t, tabel: t}",
        "has no option 'tabel' (did you mean 'table'?)",
    ),
    ("append", "append needs the option 'path'"),
    ("append: {path: a, encoding: what}", "append: there is no encoding 'what' for text"),
    ("append: {path: a, max_size: 0}", "append.max_size"),
    ("log: loud", "log.level: expected one of"),
    ("stdout: {path: a}", "stdout has no option 'path'"),
]


def problems_of(fount: str, drain: str) -> list[str]:
    text = f"flows: {{it: {{from: [{fount}], to: [{drain}]}}}}"
    found = check(Configuration.from_text(text, "app.yaml"), offers={"database.engine.e": None})
    return [str(each) for each in found.problems]


@pytest.mark.parametrize(("fount", "said"), FOUNT_ROWS)
def test_wrong_options_of_founts_are_problems(fount: str, said: str) -> None:
    [problem] = problems_of(fount, "log")
    assert said in problem


@pytest.mark.parametrize(("drain", "said"), DRAIN_ROWS)
def test_wrong_options_of_drains_are_problems(drain: str, said: str) -> None:
    [problem] = problems_of("batons", drain)
    assert said in problem


@pytest.mark.parametrize(
    ("tube", "said"),
    [
        ("processes: no.such.module", "processes: there is no 'no.such.module'"),
        ("processes: 'no.such:function'", "processes: there is no 'no.such:function'"),
        ("processes: 'json:'", "processes: there is no 'json:'"),
        ("independent", "'independent' is no tube"),
        ("call: sys.path", "call: sys.path is no function"),
        ("best_effort", "'best_effort' is no tube"),
        ("parallel: [best-effort, log]", "a branch of a flow has no parts"),
    ],
)
def test_wrong_tubes_are_problems(tube: str, said: str) -> None:
    [problem] = problems_of(f"[batons, {tube}]" if "parallel" not in tube else tube, "log")
    assert said in problem


def problems_in(text: str) -> list[str]:
    return [str(each) for each in check(Configuration.from_text(text, "app.yaml")).problems]


@pytest.mark.parametrize(
    ("one", "other", "what"),
    [
        ("files: {path: a, state: s}", "files: {path: b, state: ./s}", "the state "),
        ("[batons, spill: s]", "[batons, spill: s]", "the folder "),
        ("stdin", "stdin", "the standard input"),
    ],
)
def test_what_a_part_must_have_for_itself_belongs_to_one(one: str, other: str, what: str) -> None:
    flows = "flows:\n  one: {from: [%s], to: log}\n  other: {from: [%s], to: log}"
    [problem] = problems_in(flows % (one, other))
    assert problem.startswith("app.yaml:3:")
    assert f"{what}" in problem
    assert "is that of another part" in problem
    assert problems_in(flows % (one, "ticks: 1s")) == []


@pytest.mark.parametrize(
    "taker",
    ["pipelines: {p: [feed-flow: {flow: it}]}", "files: {f: {path: a, processor: flow.it}}"],
)
@pytest.mark.parametrize("fount", ["stdin", "batons", "[batons, stdin]"])
def test_batons_can_only_be_handed_to_a_flow_that_takes_them(fount: str, taker: str) -> None:
    problems = problems_in(f"flows: {{it: {{from: {fount}, to: log}}}}\n{taker}")
    assert ["takes no batons" in each for each in problems] == [True] * (fount == "stdin")


def test_all_our_founts_are_known_to_take_batons_or_not() -> None:
    assert FOUNTS.keys() - {"batons"} == OTHER_FOUNTS


@pytest.mark.parametrize("where", [*FOUNTS.values(), *DRAINS.values()])
def test_every_option_has_a_line_of_help(where: str) -> None:
    schema = schema_of(DottedName(where.replace(":", ".")).load())
    assert schema.summary
    assert [each.name for each in schema.options if not each.help] == []


def test_what_cannot_flow_into_another_is_a_problem() -> None:
    [problem] = problems_of("ticks: 1s", "append: a.log")
    assert "ticks gives dict" in problem


def test_a_pipeline_that_is_called_by_its_path_is_told_its_name() -> None:
    flow = "{from: batons, through: [pipeline: pipeline.p], to: log}"
    [problem] = problems_in(f"flows: {{it: {flow}}}\npipelines: {{p: [passthrough]}}")
    assert "there is no pipeline 'pipeline.p' (did you mean 'p'?)" in problem
