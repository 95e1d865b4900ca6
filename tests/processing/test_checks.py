"""What is found wrong with steps that do not go together, when processors are not built in."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import pytest

from piped.catalogue import Catalogue, Plugin
from piped.options import Check
from piped.problems import Problem, Severity
from piped.processing.checks_flow import Flow
from piped.processing.definitions import Does, StepDefinition
from piped.processing.graph import Graph, Vertex
from piped.processing.section import check_pipelines
from piped.processing.traits import UNKNOWN, Traits
from piped.processors.base import InputOutputProcessor, Processor
from piped.processors.flow_processors import Passthrough
from piped.processors.function import processor
from tests.processing.yaml_nodes import nodes


class Login(Processor):
    """Finds out who the user is."""

    name = "login"
    provides = ("user",)

    def process(self, baton: Any) -> Any:
        return baton


class Greet(Processor):
    """Needs a user, and whatever its option says."""

    name = "greet"
    depends_on = ("user",)

    def __init__(self, *, also: str | None = None) -> None:
        super().__init__()
        self.instance_depends_on = (also,) if also else ()

    def process(self, baton: Any) -> Any:
        return baton


class Fetch(Processor):
    """Provides what its option says."""

    name = "fetch"

    def __init__(self, *, what: str) -> None:
        super().__init__()
        self.what = what

    @property
    def instance_provides(self) -> list[str]:  # type: ignore[override]  # as it was done in old plugins
        return [self.what]

    def process(self, baton: Any) -> Any:
        return baton


class Count(InputOutputProcessor):
    """Gives a whole number."""

    name = "count"

    def process_input(self, input: list[Any] | tuple[Any, ...], baton: Any) -> int:
        return len(input)


class Half(InputOutputProcessor):
    """Takes a number."""

    name = "half"

    def process_input(self, input: float, baton: Any) -> float | None:
        return input / 2


class Unsure(InputOutputProcessor):
    """Has hints that nobody can resolve."""

    name = "unsure"

    def process_input(self, input: NoSuchClass, baton: Any) -> NoSuchClass:  # type: ignore[name-defined]  # noqa: F821 - it is what is tried
        return input


class Mine(str):
    """A class of somebody's own."""

    __slots__ = ()


class TakesMine(InputOutputProcessor):
    """Takes what may be anything, as far as anybody knows."""

    name = "takes-mine"

    def process_input(self, input: Mine, baton: Any) -> Any:
        return input


class WholeBaton(Processor):
    """Takes a baton that is a mapping."""

    name = "whole-baton"

    def process(self, baton: dict[str, Any]) -> dict[str, Any]:
        return baton


class Careless(Passthrough):
    """Derives from what never fails."""

    name = "careless"

    def process(self, baton: Any) -> Any:
        return 1 / baton


@processor("shout")
def shout(text: str) -> str:
    return text.upper()


@processor("later")
async def later(text: str) -> bytes:
    return text.encode()


PLUGINS = {
    **{
        each.name: each.__name__
        for each in (Login, Greet, Fetch, Count, Half, Unsure, TakesMine, WholeBaton, Careless)
    },
    "shout": "shout",
    "later": "later",
}


def problems(text: str) -> list[Problem]:
    builtin = Catalogue.builtin()
    plugins: Mapping[str, Plugin] = {
        name: Plugin("processor", name, "test", f"{__name__}:{attribute}")
        for name, attribute in PLUGINS.items()
    }
    broken = Plugin("processor", "broken", "test", "no_such_module:Broken")
    processors = {**builtin.processors, **plugins, "broken": broken}
    check = Check()
    check_pipelines(nodes(text), Catalogue(processors, {}, {}), check)
    return check.problems


def warnings(text: str) -> list[str]:
    found = problems(text)
    assert all(each.severity is Severity.WARNING and each.way_out for each in found)
    return [str(each).removeprefix("app.yaml:") for each in found]


NO_USER = "greet depends on 'user', which no step before it provides"


def test_what_is_provided_before_is_there() -> None:
    assert warnings("it: [login, greet]") == []
    assert warnings("it: [login, passthrough, greet]") == []
    assert warnings("it: [login: {consumers: [greet, greet]}]") == []


def test_what_is_not_provided_is_missing() -> None:
    assert warnings("it: [greet]") == [f"1:6: {NO_USER}"]
    assert warnings("it: [greet, login]") == [f"1:6: {NO_USER}"]
    assert warnings("it: {consumers: [login, greet]}") == [f"1:25: {NO_USER}"]


def test_who_provides_it_is_suggested() -> None:
    [user] = problems("it: [greet]")
    assert user.hint == "Put login before it."
    [_, moon] = problems("it: [greet: {also: moon}]")[::-1]
    assert moon.hint == "No processor says that it provides that."


def test_options_may_need_and_provide_more() -> None:
    assert warnings("it: [login, fetch: {what: moon}, greet: {also: moon}]") == []
    assert warnings("it: [login, fetch: {what: sun}, greet: {also: moon}]") == [
        "1:33: greet depends on 'moon', which no step before it provides"
    ]


def test_a_loop_provides_for_all_of_its_steps() -> None:
    loop = "it: [greet: {id: a}, {lambda-decider: {lambda: 'n: []'}}, login, existing: a]"
    assert warnings(loop) == []


def test_error_consumers_are_behind_their_step() -> None:
    assert warnings("it: [login: {error_consumers: [greet]}]") == []


def test_a_copy_may_have_it_from_who_inlines_it() -> None:
    text = "{it: [login, inline-pipeline: p], p: [greet]}"
    assert warnings(text) == []
    text = "{it: [login, inline-pipeline: p], other: [inline-pipeline: p], p: [passthrough, greet]}"
    assert warnings(text) == []
    text = "{it: [inline-pipeline: p], p: [greet]}"
    assert warnings(text) == [f"1:32: {NO_USER}"]


CONTRADICTIONS = {
    "count, shout": "1:13: shout takes str as its input, but count before it gives int",
    "count: {output_path: n}, shout: {input_path: n}": (
        "1:31: shout takes str at 'n', but count before it gives int"
    ),
    "later, shout": "1:13: shout takes str as its input, but later before it gives bytes",
    "half, shout": "1:12: shout takes str as its input, but half before it gives float or None",
    "shout, count": "1:13: count takes list or tuple as its input, but shout before it gives str",
    "shout, whole-baton": (
        "1:13: whole-baton takes dict as its input, but shout before it gives str"
    ),
}


@pytest.mark.parametrize(("steps", "message"), CONTRADICTIONS.items())
def test_types_that_contradict_each_other(steps: str, message: str) -> None:
    assert warnings(f"it: [{steps}]") == [message]


AGREEING = [
    "count, half",
    "shout, later",
    "count: {output_path: n}, shout",
    "count: {output_path: n}, shout: {input_path: m}",
    "count: {output_path: !path n}, shout: {input_path: !path n}",
    "count: {output_path: null}, shout",
    "unsure, shout",
    "shout, unsure",
    "count, takes-mine",
    "whole-baton, whole-baton",
    "count, passthrough, shout",
    "eval-lambda: {lambda: 'n: n'}, shout",
]


@pytest.mark.parametrize("steps", AGREEING)
def test_types_of_which_nothing_is_certain(steps: str) -> None:
    assert warnings(f"it: [{steps}]") == []


def test_what_overrides_a_marked_method_is_not_marked() -> None:
    assert warnings("it: [careless: {error_consumers: [log: {message: x}]}]") == []


def test_a_processor_that_is_not_there_may_do_anything() -> None:
    found = problems("it: [broken: {id: a, error_consumers: [log: {message: x}]}, existing: a]")
    assert [each.kind.value for each in found] == ["broken-plugin"]


def test_a_broken_plugin_is_not_suggested_and_breaks_nothing() -> None:
    [problem] = problems("it: [greet]")
    assert "broken" not in problem.hint


@pytest.mark.parametrize("shape", ["chain", "loop"])
def test_long_pipelines_need_no_deep_stack(shape: str) -> None:
    size = sys.getrecursionlimit() * 5
    mapping = nodes("{}")
    place = mapping.origin.place
    step = StepDefinition(Does.PROCESS, "x", place, "it", mapping)  # type: ignore[arg-type]  # it is one
    ways: list[tuple[int, ...]] = [(at + 1,) for at in range(size)]
    ways[-1] = (0,) if shape == "loop" else ()
    graph = Graph("it", place, tuple(Vertex(step, way) for way in ways), (0,))
    traits = [Traits(decides=False)] * size
    assert len(list(Flow(graph, traits).endless_loops())) == (shape == "loop")
    assert list(Flow(graph, [UNKNOWN] * size).endless_loops()) == []
    assert list(Flow(graph, traits).unreachable()) == []
