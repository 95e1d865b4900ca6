"""Python in the configuration, and Python that it names."""

from __future__ import annotations

import asyncio
import traceback
from typing import Any

import pytest
from twisted.internet.defer import Deferred, succeed

from tests.processors.trying import complaint, result

NAMES = "namespace: {succeed: twisted.internet.defer.succeed, sleep: asyncio.sleep, k: 3}"


def later(*args: Any, **kwargs: Any) -> Deferred[str]:
    return succeed(f"{args} {kwargs}")


async def soon(value: Any) -> Any:
    await asyncio.sleep(0)
    return value


@pytest.mark.parametrize(
    ("code", "output"),
    [
        ("return input + k", 10),
        ("return baton is input", True),
        ("baton = 8\nreturn baton", 8),
        ("return succeed(input)", 7),
        ("await sleep(0)\nreturn await succeed(input)", 7),
        ("if input > 5:\n    return 'big'\nreturn 'small'", "big"),
        ("import math\nreturn math.pi > 3", True),
        ("return type(self).__name__", "ExecCode"),
        ("pass", None),
    ],
)
def test_what_code_returns_is_the_output(code: str, output: Any) -> None:
    steps = 'exec-code: {code: "' + code.replace("\n", "\\n") + f'", {NAMES}}}'
    assert result(steps, 7) == output


def test_code_may_use_resources() -> None:
    steps = "exec-code: {code: return self.dependencies.r, dependencies: {r: a.b}}"
    assert result(steps, 1, {"a.b": "resource"}) == "resource"


def test_each_baton_runs_the_code_with_its_own_options() -> None:
    steps = "exec-code: {code: 'return input', input_path: a, output_path: !path to}"
    assert result(steps, {"a": 1, "to": "b"})["b"] == 1


def test_what_is_yielded_is_waited_for() -> None:
    code = "code: 'first = yield succeed(input); second = yield k; return first + second'"
    assert result(f"exec-code: {{{code}, inline_callbacks: true, {NAMES}}}", 7) == 10


def test_a_traceback_shows_where_the_code_is_written() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        result("exec-code: {code: return 1 / 0}", 7)
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.lineno, last.name) == ("app.yaml", 1, "code")


@pytest.mark.parametrize(
    ("options", "output"),
    [
        ("name: math.sqrt, args: [9]", 3.0),
        ("name: int, args: ['ff'], kwargs: {base: 16}", 255),
        (f"name: {__name__}.later, args: [1], kwargs: {{a: 2}}", "(1,) {'a': 2}"),
        (f"name: {__name__}.soon, args: [!path n]", 7),
    ],
)
def test_what_is_named_is_called(options: str, output: Any) -> None:
    assert result(f"call-named-any: {{{options}}}", {"n": 7}) == {"n": 7, "result": output}
    assert result(f"call-named-any: {{{options}, output_path: ''}}", {"n": 7}) == output
    assert result(f"call-named-any: {{{options}, output_path: null}}", {"n": 7}) == {"n": 7}


def test_a_call_that_fails_is_the_failure_of_the_step() -> None:
    with pytest.raises(ValueError, match="math domain error"):
        result("call-named-any: {name: math.log, args: [-1]}", {})


@pytest.mark.parametrize(
    ("step", "message"),
    [
        ("exec-code", "needs the option 'code'"),
        ("exec-code: {code: 'return ('}", "'(' was never closed"),
        ("exec-code: {code: !path a}", "code cannot be taken from the baton"),
        ("exec-code: {code: yield 1}", "the code yields, and nobody takes what it yields"),
        ("exec-code: {code: 'await x; yield 1'}", "the code yields, and nobody takes"),
        ("exec-code: {code: return 1, inline_callbacks: true}", "and the code yields nothing"),
        ("call-named-any", "needs the option 'name'"),
        ("call-named-any: {name: math.square}", "name is 'math.square', which is not there"),
        ("call-named-any: {name: math.pi}", "name is 'math.pi', which cannot be called"),
    ],
)
def test_wrong_options(step: str, message: str) -> None:
    assert message in complaint(step)
