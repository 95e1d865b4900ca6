"""Parameters: what a pipeline leaves open, and is told by each that inlines it.

1. `!parameter name` stands in the options of a step, as a whole value at any depth. `!parameter
   {name: …, default: …}` has a value for those who say nothing.
2. `inline-pipeline: {pipeline: x, with: {name: value}}` says what the values are. Each name must be
   a parameter, and each parameter without a default must be named.
3. A value may be a parameter itself: of the pipeline in which it stands.
4. Each place has its own default; a parameter can be left out if all of its places have one.
5. A relative name of a pipeline counts from where the parameter stands.
6. A pipeline that leaves something open is no resource: it can be inlined only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping as AnyMapping
from dataclasses import replace

from piped.conf.change import changed
from piped.conf.nodes import Entry, Mapping, Node, Parameter, Scalar, Sequence
from piped.paths import BatonPath
from piped.problems import Kind, Problem, did_you_mean
from piped.processing.definitions import StepDefinition
from piped.processing.graph import Graph

__all__ = [
    "Parameters",
    "assumed",
    "complaints_of_use",
    "filled",
    "has_parameters",
    "left_open",
    "parameters_in",
    "parameters_of",
    "told",
]

# By name, whether a value is needed.
Parameters = dict[str, bool]


def parameters_in(node: Node) -> Iterator[Scalar]:
    """The places in `node` where a parameter stands."""
    if isinstance(node, Scalar):
        if isinstance(node.value, Parameter):
            yield node
    elif isinstance(node, Mapping):
        for entry in node.entries.values():
            yield from parameters_in(entry.node)
    elif isinstance(node, Sequence):
        for item in node.items:
            yield from parameters_in(item)


def has_parameters(node: Node) -> bool:
    return next(parameters_in(node), None) is not None


def parameters_of(graph: Graph) -> Parameters:
    """The parameters of a pipeline."""
    found: Parameters = {}
    for vertex in graph.vertices:
        for scalar in parameters_in(vertex.step.options):
            name, default = scalar.value.name, scalar.value.default
            if not scalar.value.missed:
                found[name] = found.get(name, False) or default is None
    return found


def left_open(graph: Graph) -> list[str]:
    """The parameters of a pipeline without which it cannot run."""
    return [name for name, needed in parameters_of(graph).items() if needed]


def filled(step: StepDefinition, values: AnyMapping[str, Node]) -> StepDefinition:
    """`step` with `values` in the place of its parameters, or else their defaults."""
    if not has_parameters(step.options):
        return step

    def change(scalar: Scalar) -> Node:
        parameter = scalar.value
        if not isinstance(parameter, Parameter):
            return scalar
        return values.get(parameter.name) or parameter.default or scalar

    options = changed(step.options, change)
    assert isinstance(options, Mapping)
    return replace(step, options=options)


def assumed(options: Mapping) -> Mapping:
    """`options` with something that may be anything, for now, in the place of each parameter."""

    def change(scalar: Scalar) -> Node:
        is_open = isinstance(scalar.value, Parameter)
        return replace(scalar, value=BatonPath("")) if is_open else scalar

    made = changed(options, change)
    assert isinstance(made, Mapping)
    return made


def complaints_of_use(graph: Graph) -> list[Problem]:
    """What is wrong with running `graph` by itself."""
    open_ones = left_open(graph)
    if not open_ones:
        return []
    said = ", ".join(f"{name}: …" for name in open_ones)
    several = "s" if len(open_ones) > 1 else ""
    what = f"the parameter{several} {_quoted(open_ones)}"
    message = f"{graph.name} can be inlined only: it leaves {what} open"
    hint = (
        f"Write `inline-pipeline: {{pipeline: {graph.name}, with: {{{said}}}}}`, or give defaults."
    )
    return [Problem(Kind.BAD_PIPELINE, graph.place, message, hint)]


def _quoted(names: Iterable[str]) -> str:
    return " and ".join(map(repr, names))


def told(target: Graph, inlining: StepDefinition, problems: list[Problem]) -> Graph:
    """`target` with the values that `inlining` has for its parameters.

    One that is missing is a problem, as is one that `target` does not have.
    """
    given, known = inlining.options.entries, parameters_of(target)
    if not given and not known:
        return target
    problems += [
        _unknown(str(name), entry, target, known)
        for name, entry in given.items()
        if name not in known
    ]
    values = {str(name): entry.node for name, entry in given.items()}
    missing = [name for name, needed in known.items() if needed and name not in values]
    if missing:
        problems.append(_missing(missing, inlining, target))
        missed = {name: Parameter(name, missed=True) for name in missing}
        values |= {name: Scalar(each, inlining.options.origin) for name, each in missed.items()}
    vertices = (replace(each, step=filled(each.step, values)) for each in target.vertices)
    return replace(target, vertices=tuple(vertices))


def _unknown(name: str, entry: Entry, target: Graph, known: Parameters) -> Problem:
    near = did_you_mean(name, known)
    message = f"{target.name} has no parameter {name!r}{near}"
    quoted = ", ".join(map(repr, known))
    hint = f"It has {quoted}." if known else "It has none; write `!parameter name` in its options."
    return Problem(Kind.UNKNOWN_OPTION, entry.key_place, message, "" if near else hint)


def _missing(names: list[str], inlining: StepDefinition, target: Graph) -> Problem:
    message = f"{target.name} needs the parameter{'s' if len(names) > 1 else ''} {_quoted(names)}"
    said = ", ".join(f"{name}: …" for name in names)
    hint = f"Write `inline-pipeline: {{pipeline: {inlining.name}, with: {{{said}}}}}`."
    return Problem(Kind.MISSING_OPTION, inlining.place, message, hint)
