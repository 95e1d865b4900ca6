"""Options of founts and drains that are wrong are told before anything starts."""

from __future__ import annotations

import pytest

from piped.checking import check
from piped.conf import Configuration
from piped.flow_parts import DRAINS, FOUNTS
from piped.options import schema_of
from piped.options.names import DottedName

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


@pytest.mark.parametrize("where", [*FOUNTS.values(), *DRAINS.values()])
def test_every_option_has_a_line_of_help(where: str) -> None:
    schema = schema_of(DottedName(where.replace(":", ".")).load())
    assert schema.summary
    assert [each.name for each in schema.options if not each.help] == []


def test_what_cannot_flow_into_another_is_a_problem() -> None:
    [problem] = problems_of("ticks: 1s", "append: a.log")
    assert "ticks gives dict" in problem
