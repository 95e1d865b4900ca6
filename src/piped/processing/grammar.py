"""Read the section `pipelines`: the first stage, from nodes to definitions.

1. A list is a pipeline: a chain of steps.
2. A mapping with any of the keys of a pipeline (`keys.PIPELINE_KEYS`) is a pipeline. The limits of
   a pipeline (`keys.LIMIT_KEYS`) may stand beside them.
3. Any other mapping is a namespace, whose entries are pipelines or namespaces.
4. The name of a pipeline is the keys on the way to it, joined by dots.
5. Whatever is none of these is a problem; nothing is passed over.
"""

from __future__ import annotations

from piped.conf.nodes import Entry, Key, Mapping, Node, Scalar, Sequence
from piped.problems import Kind, Place, Problem, did_you_mean
from piped.processing.capacity import Limits, complaints_of_limits, read_limits
from piped.processing.definitions import NOBODY, Definition, Definitions, Followers
from piped.processing.keys import FOLLOWERS, LIMIT_KEYS, PIPELINE_KEYS, RESERVED, misspelt
from piped.processing.step_grammar import StepReader

__all__ = ["read_pipelines"]

_WAY_OUT = "A pipeline is a list of steps, or a mapping with `consumers` or `chained_consumers`."
_STEPS_TOO = "As a limit it stands in a pipeline, beside `consumers` or `chained_consumers`."


def read_pipelines(node: Node, problems: list[Problem]) -> Definitions:
    """The pipelines of `node`, the value of the section; what is wrong is added to `problems`."""
    reader = _Reader(problems)
    if isinstance(node, Mapping):
        reader.namespace(node, "")
    elif not (isinstance(node, Scalar) and node.value is None):
        message = "pipelines must be a mapping of names to pipelines"
        problems.append(Problem(Kind.WRONG_TYPE, node.origin.place, message))
    return Definitions(reader.found)


class _Reader:
    def __init__(self, problems: list[Problem]) -> None:
        self.found: dict[str, Definition] = {}
        self._problems = problems

    def namespace(self, node: Mapping, prefix: str) -> None:
        """Read all that is below a namespace; `prefix` is its name and a dot."""
        for key, entry in node.entries.items():
            if self._is_name(key, entry.key_place):
                self._value(f"{prefix}{key}", entry)

    def _is_name(self, key: Key, place: Place) -> bool:
        text = str(key)
        if type(key) not in (str, int) or not all(text.split(".")):
            return self._note(Kind.BAD_PIPELINE, place, f"{text!r} is no name for a pipeline")
        if text in RESERVED:
            message = f"{text!r} cannot be the name of a pipeline or a namespace"
            return self._note(Kind.BAD_PIPELINE, place, message, _WAY_OUT)
        meant = misspelt(text)
        if meant:
            message = f"{text!r} cannot be the name of a pipeline (did you mean {meant!r}?)"
            return self._note(Kind.BAD_PIPELINE, place, message)
        return True

    def _value(self, name: str, entry: Entry) -> None:
        node = entry.node
        if isinstance(node, Sequence):
            self._chain(name, entry.key_place, node)
        elif isinstance(node, Mapping) and any(each in node for each in PIPELINE_KEYS):
            self._pipeline(name, entry.key_place, node)
        elif isinstance(node, Mapping) and node.entries:
            self.namespace(node, f"{name}.")
        else:
            self._nothing(name, entry)

    def _nothing(self, name: str, entry: Entry) -> None:
        node = entry.node
        value = node.value if isinstance(node, Scalar) else None
        if value is None:
            message = f"{name} is empty: neither a pipeline nor a namespace of pipelines"
            self._note(Kind.BAD_PIPELINE, entry.key_place, message, _WAY_OUT)
            return
        hint, last = _WAY_OUT, name.rpartition(".")[2]
        if last in LIMIT_KEYS:
            hint = _STEPS_TOO
        elif isinstance(value, str):
            hint = f"Write `{last}: [{value}]`, if {value!r} is its only step."
        message = f"{name} is {value!r}, neither a pipeline nor a namespace of pipelines"
        self._note(Kind.BAD_PIPELINE, node.origin.place, message, hint)

    def _chain(self, name: str, place: Place, node: Sequence) -> None:
        if not node.items:
            hint = "`[passthrough]` gives back what it gets, `consumers: []` gives nothing."
            self._note(Kind.BAD_PIPELINE, place, f"{name} has no steps", hint)
        steps = StepReader(name, self._problems).steps(node, name)
        self._add(Definition(name, place, Followers(chained=steps)))

    def _pipeline(self, name: str, place: Place, node: Mapping) -> None:
        entries = {str(key): entry for key, entry in node.entries.items()}
        self._complain_of_unknown(name, entries)
        if "inherits" in entries:
            self._heir(name, place, entries)
            return
        if "overrides" in entries:
            message = f"{name} has overrides, but does not say which pipeline it inherits"
            hint = "Add `inherits: name`."
            self._note(Kind.MISSING_OPTION, entries["overrides"].key_place, message, hint)
        elif not entries.keys() & {"consumers", "chained_consumers"}:
            message = f"{name} has error consumers, but no step whose errors they could get"
            self._note(
                Kind.MISSING_OPTION, place, message, "Add `consumers` or `chained_consumers`."
            )
        followers = StepReader(name, self._problems).followers(entries, name)
        limits = self._limits(name, entries)
        self._problems += complaints_of_limits(limits, name)
        self._add(Definition(name, place, followers, limits=limits))

    def _heir(self, name: str, place: Place, entries: dict[str, Entry]) -> None:
        for key in [each for each in entries if each in FOLLOWERS]:
            message = f"{name} has both 'inherits' and {key!r}"
            hint = "It has the steps of the other; `overrides` changes their options."
            self._note(Kind.CONFLICTING_OPTIONS, entries[key].key_place, message, hint)
        node = entries["inherits"].node
        if not (isinstance(node, Scalar) and type(node.value) is str and node.value):
            message = f"{name}: inherits must be followed by the name of a pipeline"
            self._note(Kind.WRONG_TYPE, node.origin.place, message)
            return
        reader = StepReader(name, self._problems)
        overrides = entries.get("overrides")
        steps = reader.steps(overrides.node, f"{name}: overrides") if overrides else ()
        parent, where = node.value, node.origin.place
        limits = self._limits(name, entries)
        self._add(Definition(name, place, NOBODY, parent, where, steps, limits))

    def _limits(self, name: str, entries: dict[str, Entry]) -> Limits:
        return read_limits(entries, name, self._problems)

    def _complain_of_unknown(self, name: str, entries: dict[str, Entry]) -> None:
        known = PIPELINE_KEYS | LIMIT_KEYS
        for key in [each for each in entries if each not in known]:
            message = f"{name} has no key {key!r}{did_you_mean(key, known)}"
            beside = f"{name.rpartition('.')[2]}.{key}"
            hint = f"Below a pipeline there are no others; one beside it may be called `{beside}`."
            self._note(Kind.BAD_PIPELINE, entries[key].key_place, message, hint)

    def _add(self, definition: Definition) -> None:
        other = self.found.setdefault(definition.name, definition)
        if other is not definition:
            message = f"there are two pipelines {definition.name}; the other is at {other.place}"
            self._note(Kind.DUPLICATE_KEY, definition.place, message)

    def _note(self, kind: Kind, place: Place, message: str, hint: str = "") -> bool:
        self._problems.append(Problem(kind, place, message, hint))
        return False
