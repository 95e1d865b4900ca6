"""Each tube that has a name, by the options that a configuration gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from piped.catalogue import Catalogue
from piped.checking import check
from piped.conf import Configuration
from piped.flow_parts import TUBES
from piped.flows import Collector, Flow, Items
from piped.options import Check
from piped.providers.flow_joining import tube_of
from piped.providers.flow_making import Maker
from piped.testing import ManualClock

# What the tube is given, and what it gives.
GIVES: dict[str, list[tuple[str, list[Any], list[Any]]]] = {
    "batch": [
        ("batch: 2", [1, 2, 3], [[1, 2], [3]]),
        ("batch: {size: 3, within: 1s}", [1, 2], [[1, 2]]),
    ],
    "buffer": [("buffer", [1, 2], [1, 2]), ("buffer: {size: 1 KiB}", ["a"], ["a"])],
    "call": [
        ("call: builtins.repr", [1, 2], ["1", "2"]),
        ("call: {function: math.sqrt, threaded: true, parallel: 2}", [4, 9], [2.0, 3.0]),
    ],
    "change": [("change: 'item: item * 2'", [1, 2], [2, 4])],
    "csv-rows": [
        ("csv-rows", [b"a,b\nc,", b"d\n"], [["a", "b"], ["c", "d"]]),
        ("csv-rows: {header: true, delimiter: ;}", [b"x;y\n1;2"], [{"x": "1", "y": "2"}]),
    ],
    "expire": [("expire: 1s", [1], [1]), ("expire: {after: 1h, since: 'item: 0'}", [1], [])],
    "fields": [
        ("fields: 3", ["a  b c d", "a b", "e f g"], [["a", "b", "c d"], ["e", "f", "g"]]),
        ("fields: {count: 2, separator: ;}", ["a;b;c"], [["a", "b;c"]]),
    ],
    "json-lines": [("json-lines", [b'{"a": 1}\n', b"2\n"], [{"a": 1}, 2])],
    "lines": [
        ("lines", [b"one\ntw", b"o\n\nlast"], ["one", "two", "", "last"]),
        ("lines: {encoding: null, delimiter: ';'}", [b"a;b"], [b"a", b"b"]),
        ("lines: {longest: 3}", [b"long\nok\n"], ["ok"]),
    ],
    "msgpack": [("msgpack", [b"\x92\x01\xa1", b"a"], [[1, "a"]])],
    "netstrings": [("netstrings", [b"5:hel", b"lo,0:,"], [b"hello", b""])],
    "only": [("only: 'item: item % 2'", [1, 2, 3], [1, 3])],
    "prefixed": [("prefixed: {width: 1}", [b"\x02a", b"b\x00"], [b"ab", b""])],
    "processes": [("processes: 'math:sqrt'", [4, 9], [2.0, 3.0])],
    "rate": [("rate: {items: 5, per: 1h}", [1, 2], [1, 2])],
    "roll-up": [
        ("roll-up: {within: 1s, fold: 'so_far, item: so_far + item'}", [1, 2, 3], [6]),
        (
            "roll-up: {within: 1s, start: ': 0', fold: 'n, _: n + 1', key: 'item: item[0]'}",
            ["ab", "ac", "b"],
            [("a", 2), ("b", 1)],
        ),
    ],
    "sample": [("sample: {one_in: 2}", [1, 2, 3, 4], [1, 3])],
    "spill": [("spill: {folder: spilled, items: 2}", [1, 2, 3], [1, 2, 3])],
    "to-csv": [
        ("to-csv", [["a", "b,c"]], [b'a,"b,c"\r\n']),
        ("to-csv: {header: [x]}", [{"x": 1}], [b"x\r\n", b"1\r\n"]),
    ],
    "to-json-lines": [("to-json-lines", [{"a": 1}], [b'{"a":1}\n'])],
    "to-lines": [
        ("to-lines", ["one"], [b"one\n"]),
        ("to-lines: {encoding: null}", [b"a"], [b"a\n"]),
    ],
    "to-msgpack": [("to-msgpack", [[1, "a"]], [b"\x92\x01\xa1a"])],
    "to-netstrings": [("to-netstrings", [b"hello"], [b"5:hello,"])],
    "to-prefixed": [("to-prefixed: {width: 2, byteorder: little}", [b"ab"], [b"\x02\x00ab"])],
    "unbatch": [("unbatch", [[1, 2], [], [3]], [1, 2, 3])],
    "window": [
        ("window: 2", [1, 2, 3, 4], [[1, 2], [3, 4]]),
        ("window: {size: 2, step: 1}", [1, 2, 3], [[1, 2], [2, 3]]),
    ],
}
# What it cannot be made of, and a part of what is said.
WRONG = [
    ("fields: 0", "fields.count: expected a whole number from 1 on, got 0"),
    ("fields: {count: 2, separator: ''}", "something between two"),
    ("call: nowhere.to_be_found", "function is 'nowhere.to_be_found', which is not there"),
    ("processes: math.sqrt", "math.sqrt"),
    ("batch: 0", "batch.size: expected a whole number from 1 on, got 0"),
    ("batch: {within: soon}", "batch.within: expected a duration"),
    ("buffer: {overflow: drop}", "expected one of 'wait', 'drop-oldest'"),
    ("sample", "sample: needs either `every` or `one_in`"),
    ("sample: {every: 1s, one_in: 3}", "sample: needs either `every` or `one_in`"),
    ("only: 'item item'", "only.lambda: "),
    ("only: 'a, b: a'", "only: lambda is called with one argument, and it takes others"),
    ("call: {function: math.sqrt, key: 'a, b: a'}", "call: key is called with one argument"),
    ("roll-up: {within: 1s}", "roll-up needs the option 'fold'"),
    ("window", "window: needs either a `size` or `within`"),
    ("line", "tube 'line' is unknown (did you mean 'lines'?)"),
    ("batons", "'batons' is a fount, and a tube belongs here"),
    ("lines: {encodign: ascii}", "lines has no option 'encodign' (did you mean 'encoding'?)"),
    ("lines: {encoding: klingon}", "unknown encoding: klingon"),
]


def configured(tube: str) -> str:
    return (
        "pipelines: {store: [passthrough]}\n"
        f"flows: {{it: {{from: batons, through: [{tube}], to: {{processor: pipeline.store}}}}}}\n"
    )


ROWS = [(tube, given, gives) for rows in GIVES.values() for tube, given, gives in rows]


@pytest.mark.parametrize(("tube", "given", "gives"), ROWS, ids=[row[0] for row in ROWS])
async def test_it_gives_what_its_options_say(
    tube: str,
    given: list[Any],
    gives: list[Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    checked = check(Configuration.from_text(configured(tube)))
    assert checked.problems == []
    made = Maker(Catalogue.builtin(), Check()).made(checked.settings["flows"]["it"])
    assert made is not None
    drain, clock = Collector(), ManualClock()
    flow = Flow(Items(given), *map(tube_of, made.tubes), drain, clock=clock)
    await clock.passing(flow.run())
    assert drain.items == gives


@pytest.mark.parametrize(("tube", "said"), WRONG, ids=[tube for tube, _ in WRONG])
def test_what_it_cannot_be_made_of_is_a_problem(tube: str, said: str) -> None:
    [problem] = check(Configuration.from_text(configured(tube))).problems
    assert said in problem.message
    assert problem.place is not None
    assert problem.place.line == 2


def test_all_of_them_are_tried() -> None:
    assert GIVES.keys() == TUBES.keys() - {"pipeline", "remote"}
