"""How a step may be written.

1. `name`: a processor without options.
2. `{name: {option: value}}`, `{name: null}`: a processor with options, or without.
3. `{name: {…}, id: x, option: value}`: options may stand beside the name, too; those below it win.
4. `{__processor__: name, option: value}`: the same without a doubt which is the name.
5. `{existing: id}`: a step that was given that id elsewhere in the pipeline.
6. `{inline-pipeline: name}`, `{inline-pipeline: {pipeline: name}}`: a copy of a pipeline; beside
   `pipeline` there may be `with: {name: value}`, the values of its parameters.

The lists of followers may stand in all of them.
"""

from __future__ import annotations

from dataclasses import replace

from piped.conf.nodes import Entry, Key, Mapping, Node, Scalar, Sequence
from piped.problems import Kind, Place, Problem, Severity, did_you_mean
from piped.processing.definitions import NOBODY, Does, Followers, StepDefinition
from piped.processing.keys import FOLLOWERS, STEP_KEYS, misspelt

__all__ = ["StepReader"]

_Entries = dict[str, Entry]
_SAYS_WHAT = {each.value: each for each in Does}
_FORMS = "A step is written as `name` or `name: {option: value}`."


class StepReader:
    """Reads the steps of one pipeline, and notes what is wrong with them in `problems`."""

    def __init__(self, home: str, problems: list[Problem]) -> None:
        self._home = home
        self._problems = problems

    def followers(self, entries: _Entries, owner: str) -> Followers:
        """The lists of steps among `entries`, which belong to `owner`."""
        return Followers(
            **{
                field: self.steps(entries[key].node, f"{owner}: {key}")
                for key, field in FOLLOWERS.items()
                if key in entries
            }
        )

    def steps(self, node: Node, what: str) -> tuple[StepDefinition, ...]:
        """The steps of a list, which is called `what`; those that cannot be read are left out."""
        if not isinstance(node, Sequence):
            return self._no_list(node, what)
        steps = (self.step(item) for item in node.items)
        return tuple(step for step in steps if step)

    def _no_list(self, node: Node, what: str) -> tuple[()]:
        hint = "Write [] if there are none, or else one step a line, each after a dash."
        self._note(
            Kind.WRONG_TYPE,
            node.origin.place,
            f"{what} must be a list of steps, not {_what(node)}",
            hint,
        )
        return ()

    def step(self, node: Node) -> StepDefinition | None:
        """One step, or None when it cannot be read."""
        if isinstance(node, Scalar) and type(node.value) is str and node.value:
            place = node.origin.place
            return self._made(Does.PROCESS, node.value, place, {}, node)
        if isinstance(node, Mapping):
            return self._of_mapping(node)
        place = node.origin.place
        self._note(
            Kind.BAD_PIPELINE, place, f"expected a step of {self._home}, not {_what(node)}", _FORMS
        )
        return None

    def _of_mapping(self, node: Mapping) -> StepDefinition | None:
        entries: _Entries = {str(key): entry for key, entry in node.entries.items()}
        marked = [key for key in _SAYS_WHAT if key in entries]
        if not marked:
            return self._of_named(node, entries)
        if len(marked) > 1:
            place = entries[marked[1]].key_place
            self._note(
                Kind.CONFLICTING_OPTIONS, place, f"a step has both {marked[0]!r} and {marked[1]!r}"
            )
            return None
        [key] = marked
        target = entries.pop(key).node
        named = self._name_of(key, target)
        made = named and self._made(_SAYS_WHAT[key], *named, entries, node)
        if made and isinstance(target, Mapping) and "with" in target:
            return replace(made, options=self._parameters(target["with"]))
        return made or None

    def _name_of(self, key: str, node: Node) -> tuple[str, Place] | None:
        """What stands behind `key`, and where."""
        if key == Does.INLINE.value and isinstance(node, Mapping):
            return self._target(node)
        # An id may well be a number.
        if isinstance(node, Scalar) and type(node.value) in (str, int) and node.value != "":
            return str(node.value), node.origin.place
        self._note(
            Kind.WRONG_TYPE,
            node.origin.place,
            f"{key} must be followed by a name, not {_what(node)}",
        )
        return None

    def _target(self, node: Mapping) -> tuple[str, Place] | None:
        known = ["pipeline", "with"]
        others = [(key, entry) for key, entry in node.entries.items() if key not in known]
        for key, entry in others:
            message = f"{Does.INLINE.value} has no {key!r}{did_you_mean(str(key), known)}"
            hint = "What it may have are 'pipeline' and 'with', the values of its parameters."
            self._note(Kind.UNKNOWN_OPTION, entry.key_place, message, hint)
        target = node.get("pipeline")
        if target is None:
            message = f"{Does.INLINE.value} needs 'pipeline', the name of one"
            self._note(Kind.MISSING_OPTION, node.origin.place, message)
            return None
        return self._name_of("pipeline", target)

    def _parameters(self, node: Node) -> Mapping:
        """The values of parameters, which stand behind `with`."""
        if isinstance(node, Mapping):
            return node
        if not _is_null(node):
            message = f"with must be followed by values by name, not {_what(node)}"
            self._note(Kind.WRONG_TYPE, node.origin.place, message, "Write `with: {name: value}`.")
        return Mapping({}, node.origin)

    def _of_named(self, node: Mapping, entries: _Entries) -> StepDefinition | None:
        """A step whose processor is the key with options below it, or else the one with nothing."""
        others = {key: entry for key, entry in entries.items() if key not in STEP_KEYS}
        names = [key for key, each in others.items() if isinstance(each.node, Mapping)]
        names = names or [key for key, each in others.items() if _is_null(each.node)]
        if len(names) != 1:
            self._unclear(node, names, others)
            return None
        [name] = names
        named = entries.pop(name)
        below = named.node.entries if isinstance(named.node, Mapping) else {}
        inner = {str(key): entry for key, entry in below.items()}
        self._warn_of_twice(name, entries, inner)
        options = entries | inner
        source = named.node if inner else node
        return self._made(Does.PROCESS, name, named.key_place, options, source)

    def _warn_of_twice(self, name: str, beside: _Entries, below: _Entries) -> None:
        for key in [each for each in beside if each in below]:
            message = f"{key!r} stands both below {name} and beside it; what is below counts"
            place = beside[key].key_place
            problem = Problem(Kind.CONFLICTING_OPTIONS, place, message, severity=Severity.WARNING)
            self._problems.append(problem)

    def _unclear(self, node: Mapping, names: list[str], others: _Entries) -> None:
        if names:
            quoted = " or ".join(map(repr, names))
            message = f"it is not clear which is the processor: {quoted}"
            hint = f"Put all options below it, or beside `{Does.PROCESS.value}: name`."
            place = others[names[1]].key_place
            self._note(Kind.BAD_PIPELINE, place, message, hint)
            return
        for key, entry in others.items():
            hint = f"Write `{key}: {{option: value}}`, or just `{key}` if it has no options."
            meant = did_you_mean(key, STEP_KEYS)
            message = (
                f"{key!r} has {_what(entry.node)} where the options of a processor belong{meant}"
            )
            self._note(Kind.BAD_PIPELINE, entry.key_place, message, hint)
            return
        self._note(
            Kind.BAD_PIPELINE, node.origin.place, f"a step of {self._home} has no name", _FORMS
        )
        return

    def _made(
        self, does: Does, name: str, place: Place, entries: _Entries, source: Node
    ) -> StepDefinition:
        """The step, with `entries` sorted into followers, id and options."""
        if not entries:
            options = Mapping({}, source.origin)
            return StepDefinition(does, name, place, self._home, options)
        options = self._options(does, name, entries, source)
        followers = self.followers(entries, name) if entries.keys() & FOLLOWERS.keys() else NOBODY
        id_ = self._name_of("id", entries["id"].node) if "id" in entries else None
        text, where = id_ or ("", None)
        return StepDefinition(
            does, name, place, self._home, options, text, where, followers=followers
        )

    def _options(self, does: Does, name: str, entries: _Entries, source: Node) -> Mapping:
        options: dict[Key, Entry] = {}
        for key, entry in entries.items():
            if key in _SAYS_WHAT:
                message = f"{key!r} stands among the options of {name}"
                self._note(Kind.CONFLICTING_OPTIONS, entry.key_place, message)
            elif key == "id" and does is not Does.PROCESS:
                message = f"{does.value}: {name} cannot have an id"
                hint = "Only a step with a processor of its own has one."
                self._note(Kind.BAD_PIPELINE, entry.key_place, message, hint)
            elif key not in STEP_KEYS and self._fits(does, name, key, entry):
                options[key] = entry
        return Mapping(options, source.origin)

    def _fits(self, does: Does, name: str, key: str, entry: Entry) -> bool:
        meant = misspelt(key)
        if does is Does.PROCESS and not (meant and isinstance(entry.node, Sequence)):
            return True
        ending = f" (did you mean {meant!r}?)" if meant else did_you_mean(key, STEP_KEYS)
        what = name if does is Does.PROCESS else f"{does.value}: {name}"
        self._note(Kind.UNKNOWN_OPTION, entry.key_place, f"{what} has no option {key!r}{ending}")
        return False

    def _note(self, kind: Kind, place: Place, message: str, hint: str = "") -> None:
        self._problems.append(Problem(kind, place, message, hint))


def _is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.value is None


def _what(node: Node) -> str:
    """What `node` is, for a message."""
    if isinstance(node, Scalar):
        return "nothing" if node.value is None else repr(node.value)
    return "a list" if isinstance(node, Sequence) else "a mapping"
