"""Python in the configuration."""

from __future__ import annotations

import inspect
import traceback
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, strategies as st

from piped.conf.nodes import Mapping, Origin, Scalar
from piped.options import INVALID, Check, Code, Lambda, Script
from piped.problems import Kind, Place, Severity
from tests.options.reading import node, problem_of, value_of


def test_a_lambda_is_written_without_its_keyword() -> None:
    assert value_of("'a, b=2: a * b'", Lambda).bind()(4) == 8


def test_a_lambda_sees_its_namespace_and_the_built_ins() -> None:
    made = value_of("'x: len(self) + x'", Lambda).bind(self="four")
    assert made(1) == 5


def test_a_lambda_may_be_a_default() -> None:
    decider = Lambda("input: bool(input)")
    assert decider.bind()([0]) is True
    assert decider == Lambda("input: bool(input)", Place("app.yaml", 1, 1))


def test_a_lambda_may_have_many_lines() -> None:
    assert value_of("|\n  x: (\n    x\n    + 1\n  )\n", Lambda).bind()(1) == 2
    assert value_of("|\n  x:\n    x\n    + 1  # one more\n", Lambda).bind()(1) == 2


def test_code_is_the_body_of_a_function() -> None:
    made = value_of("|\n  y = x + n\n  return y\n", Code).bind("add", ["x"], n=3)
    assert made(4) == 7
    assert made.__name__ == "add"


def test_code_without_return_gives_nothing() -> None:
    assert Code("x = 1").bind("nothing", ())() is None


def test_code_may_wait() -> None:
    made = Code("return await x").bind("wait", ["x"])
    assert inspect.iscoroutinefunction(made)
    assert not inspect.iscoroutinefunction(Code("async def f(): await x").bind("wait", ["x"]))


@pytest.mark.parametrize(
    "text",
    [
        "async for x in y: pass",
        "async with x: pass",
        "return [x async for x in y]",
        "if x:\n    await y",
    ],
)
def test_whatever_waits_makes_the_function_asynchronous(text: str) -> None:
    assert inspect.iscoroutinefunction(Code(text).bind("wait", ["x", "y"]))


def test_code_may_yield() -> None:
    assert list(Code("yield x\nyield 2").bind("give", ["x"])(1)) == [1, 2]


def test_code_is_moved_to_the_left() -> None:
    text = "\n    if x:\n        return '''a\n      b'''\n    "
    assert Code(text).bind("text", ["x"])(1) == "a\n  b"


def test_names_in_the_namespace_are_free() -> None:
    made = Code("return self, name, parameters").bind("f", [], self=1, name=2, parameters=3)
    assert made() == (1, 2, 3)


def written(folder: Path, text: str) -> Any:
    """The entry `code` of a file with that text, with its check."""
    path = folder / "app.yaml"
    path.write_text(text, encoding="utf-8")
    root = node(text, str(path))
    assert isinstance(root, Mapping)
    return root["code"]


BROKEN: dict[str, tuple[Any, str, str]] = {
    "in quotes": (Lambda, "code: 'x: x +* 1'\n", "1:14: x: invalid syntax"),
    "plain": (Lambda, "code:\n  input:x y\n", "2:11: x: invalid syntax"),
    "never closed": (Lambda, "code: 'x: (x'\n", "1:11: x: '(' was never closed"),
    "closed too often": (Lambda, "code: 'x: x) + (3'\n", "1:12: x: unmatched ')'"),
    "more than one": (
        Lambda,
        "code: |\n  x: x) + (3\n  + 4\n",
        "2:3: x: this is more than one lambda",
    ),
    "a block": (Lambda, "code: |\n  x:\n    x +\n    y z\n", "3:5: x: invalid syntax"),
    "twice": (Lambda, "code: 'x, x: 3'\n", "1:11: x: duplicate argument 'x'"),
    "waiting": (Lambda, "code: 'x: await x'\n", "1:11: x: 'await' outside async function"),
    "nothing": (Lambda, "code: ''\n", "1:8: x: invalid syntax"),
    "a body": (Code, "a: 1\ncode: |\n  x = 1\n  if x:\n    y = +\n", "5:10: x: invalid syntax"),
    "indentation": (Code, "code: |\n  x = 1\n    y = 2\n", "3:5: x: unexpected indent"),
    "no block": (Code, "code: |\n  if x:\n  y = 2\n", "3:3: x: expected an indented block"),
    "break": (Code, "code: |2\n    x = 1\n    break\n", "3:5: x: 'break' outside loop"),
    "nonlocal": (Code, "code: |\n  nonlocal x\n", "2:3: x: no binding for nonlocal 'x' found"),
    "no code": (Code, "code: '# only this'\n", "1:8: x: there is no code"),
    "zero": (Code, 'code: "x = \\0"\n', "x: source code string cannot contain null bytes"),
}


@pytest.mark.parametrize(("type_", "text", "problem"), BROKEN.values(), ids=BROKEN)
def test_what_does_not_compile_is_found_at_its_place(
    type_: Any, text: str, problem: str, tmp_path: Path
) -> None:
    check = Check()
    assert check.convert(written(tmp_path, text), type_, "x") is INVALID
    [found] = check.problems
    assert found.kind is Kind.BAD_CODE
    assert problem in str(found)


def test_the_way_out_for_one_who_wrote_the_keyword() -> None:
    found = problem_of("'lambda x: x'", Lambda)
    assert found == "x: invalid syntax | write it without the word lambda"
    assert problem_of("x", Lambda).endswith("| write a lambda like 'input: input + 1'")


def test_the_way_out_for_one_who_wrote_no_quotes() -> None:
    expected = "x: expected a lambda like 'input: input + 1', got a mapping | put it in quotes"
    assert problem_of("{x: x}", Lambda) == expected
    assert problem_of("5", Code) == 'x: expected Python code, got 5 | write it in quotes: "5"'


def frames(error: BaseException) -> list[tuple[str, int | None, str | None, int | None]]:
    found = traceback.extract_tb(error.__traceback__)
    return [(frame.filename, frame.lineno, frame.line, frame.colno) for frame in found[1:]]


def test_the_traceback_of_a_lambda_shows_the_configuration(tmp_path: Path) -> None:
    value = Check().convert(written(tmp_path, "a: 1\ncode: 'å: å / 0'\n"), Lambda)
    with pytest.raises(ZeroDivisionError) as caught:
        value.bind()(1)
    place = str(tmp_path / "app.yaml")
    assert frames(caught.value) == [(place, 2, "code: 'å: å / 0'", 11)]


def test_the_traceback_of_a_block_shows_the_configuration(tmp_path: Path) -> None:
    text = "code: |\n\n  def inner():\n      return 1 / 0\n\n  return (\n      inner())\n"
    value = Check().convert(written(tmp_path, text), Code)
    with pytest.raises(ZeroDivisionError) as caught:
        value.bind("f", ())()
    place = str(tmp_path / "app.yaml")
    assert frames(caught.value) == [
        (place, 7, "inner())", 6),
        (place, 4, "return 1 / 0", 13),
    ]


def test_the_traceback_of_a_folded_block_shows_the_configuration(tmp_path: Path) -> None:
    value = Check().convert(written(tmp_path, "code: >-\n  x: x +\n  x / 0\n"), Lambda)
    with pytest.raises(ZeroDivisionError) as caught:
        value.bind()(1)
    assert frames(caught.value)[0][1:3] == (3, "x / 0")


def test_what_is_in_no_file_has_at_least_the_line() -> None:
    made = Lambda("x: x / 0", Place("-O", 7, 1)).bind()
    with pytest.raises(ZeroDivisionError) as caught:
        made(1)
    assert frames(caught.value)[0][:2] == ("-O", 7)
    with pytest.raises(ZeroDivisionError) as caught:
        Lambda("x: x / 0").bind()(1)
    assert frames(caught.value)[0][:2] == ("<x: x / 0>", 1)


def test_what_python_warns_of_is_a_warning() -> None:
    check = Check()
    value = check.convert(node("'x: x is 1'"), Lambda, "x")
    assert value.bind()(2) is False
    [problem] = check.problems
    assert problem.severity is Severity.WARNING
    assert "Python warns:" in problem.message


PIECES = [
    "x",
    "x:",
    " ",
    "  ",
    "\n",
    "\r",
    "\f",
    "\t",
    "(",
    ")",
    "'",
    "å",
    "if x:",
    "return",
    "\\",
    "#",
]
TEXTS = st.text() | st.lists(st.sampled_from(PIECES)).map("".join)


@given(TEXTS, st.sampled_from([Lambda, Code]))
def test_any_text_compiles_or_is_a_problem(text: str, type_: Any) -> None:
    check = Check()
    found = check.convert(Scalar(text, Origin(Place("app.yaml", 1, 1))), type_)
    errors = [each for each in check.problems if each.severity is Severity.ERROR]
    assert (found is INVALID) == bool(errors)
    assert {each.kind for each in errors} <= {Kind.BAD_CODE}


@given(text=TEXTS, type_=st.sampled_from([Lambda, Code]))
def test_what_compiles_can_be_bound_with_the_places_of_its_file(
    text: str, type_: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assume("\r" not in text)  # a line of a file ends there
    check = Check()
    file = tmp_path_factory.getbasetemp()
    dumped = yaml.safe_dump({"code": text}, allow_unicode=True)
    found = check.convert(written(file, dumped), type_)
    if found is not INVALID:
        made = found.bind() if type_ is Lambda else found.bind("f", ["x"])
        lines = {line for *_, line in made.__code__.co_lines() if line is not None}
        assert max(lines, default=1) <= dumped.count("\n") + 1


def test_the_name_of_the_function_hides_nothing() -> None:
    assert Code("return input").bind("input", [])() is input


# Script


async def test_the_names_that_a_script_sets_are_there_afterwards() -> None:
    names: dict[str, Any] = {"n": 2}
    await Script("import math\ndef twice(x):\n    return n * x\nx = twice(3)").run(names)
    assert (names["x"], names["twice"](5), names["math"].tau > 6) == (6, 10, True)


async def test_a_script_may_wait_anywhere() -> None:
    async def later(value: int) -> int:
        return value

    names: dict[str, Any] = {"later": later}
    await Script("    x = await later(1)\n    y = [await later(n) for n in range(2)]").run(names)
    assert (names["x"], names["y"]) == (1, [0, 1])


@pytest.mark.parametrize(
    ("text", "told"), [("return 1", "outside function"), ("x = (", "never closed"), ("", "no code")]
)
def test_what_cannot_stand_in_a_module_is_a_problem(tmp_path: Path, text: str, told: str) -> None:
    check = Check()
    assert check.convert(written(tmp_path, f"code: {text!r}\n"), Script) is INVALID
    [problem] = check.problems
    assert told in problem.message
