"""What the section `tests` has: tests, their cases, and the fakes in them.

A trial is one baton, and what is to become of it; a case has one, or several one after the other.
A test is a case, or has several.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Self

from piped.exceptions import ConfigurationError
from piped.options import Duration, KeyPath, Lambda, PipelineName
from piped.problems import Place
from piped.providers.tests_forms import NOTHING, Failing, placed, placed_by_name, value_or

__all__ = [
    "Act",
    "Case",
    "Fake",
    "FakeProcessor",
    "FakeResource",
    "Fakes",
    "Test",
    "Tests",
    "Trial",
]


@dataclass(kw_only=True)
class Act:
    """What a fake does with a baton: hands it on as it is, unless something else is said.

    gives: what it gives instead
    sets: what it puts into the baton, by key path
    fails: what it raises: `KeyError`, or `KeyError: the message`
    takes: how long it takes, in virtual time
    """

    gives: Any = NOTHING
    sets: dict[KeyPath, Any] | None = None
    fails: Failing | None = None
    takes: Duration = 0.0


@dataclass(kw_only=True)
class Fake(Act):
    """What stands in for something, and remembers what it was given.

    then: what it does with the batons after the first, in turn; the last goes for all that follow
    was_given: the batons that it has to be given, in order
    """

    then: list[Act] = field(default_factory=list)
    was_given: list[Any] | None = None
    place: Place | None = field(init=False, default=None)


@dataclass(kw_only=True)
class FakeProcessor(Fake):
    """What stands in for a processor, wherever it is a step.

    duplicate: whether it hands on each baton twice
    """

    duplicate: bool = False


@dataclass(kw_only=True)
class FakeResource(Fake):
    """What stands in for a resource: a value, or what takes batons as a processor does.

    is: the resource itself
    lost: whether it is not there; or how long it is, before it is lost
    after: how long it takes until it is found again
    """

    is_: Any = NOTHING
    lost: bool | Duration = False
    after: Duration | None = None

    def __post_init__(self) -> None:
        if self.after is not None and self.lost is False:
            raise ConfigurationError("only what is lost is found again `after` a time")
        if self.is_ is not NOTHING and self.acts:
            raise ConfigurationError("either it `is` a value, or it does something with batons")

    @property
    def acts(self) -> bool:
        """Whether it takes batons."""
        said = (self.sets, self.fails, self.was_given, self.then or None, self.takes or None)
        return self.gives is not NOTHING or any(each is not None for each in said)


def _fake() -> type[FakeResource]:
    return FakeResource


def _resource(value: Any) -> FakeResource:
    return FakeResource(is_=value)


_Processors = Annotated[
    dict[str, FakeProcessor],
    placed_by_name(dict[str, FakeProcessor], "mapping of names to fakes"),
]
_Resource = Annotated[
    FakeResource, value_or(_fake, _resource, "resource, or what a fake of one does")
]
_Resources = Annotated[
    dict[str, FakeResource],
    placed_by_name(dict[str, _Resource], "mapping of paths to fakes"),
]


@dataclass(kw_only=True)
class Fakes:
    """What stands in for others.

    processors: fakes by the name of the processor
    resources: fakes by the path of the resource; what has no word of a fake is the resource itself
    """

    processors: _Processors = field(default_factory=dict)
    resources: _Resources = field(default_factory=dict)

    def over(self, others: Fakes) -> Fakes:
        """These, and those of the others that are not replaced."""
        return Fakes(
            processors={**others.processors, **self.processors},
            resources={**others.resources, **self.resources},
        )


# Of these, a case says one at most.
_ENDS = ("gives", "has", "results", "fails")


@dataclass(kw_only=True)
class Trial:
    """A baton, and what is to become of it.

    pipeline: the name of the pipeline that it is given to
    given: the baton; {} if nothing is said
    gives: the one result
    has: what the one result has, among other things
    results: all results
    fails: what is raised: `KeyError`, or `KeyError: a part of the message`
    holds: what is true of the one result, as a lambda
    after: how much virtual time passes first
    within: how much virtual time it may take
    """

    pipeline: PipelineName | None = None
    given: Any = NOTHING
    gives: Any = NOTHING
    has: Any = NOTHING
    results: list[Any] | None = None
    fails: str | None = None
    holds: Lambda | None = None
    after: Duration | None = None
    within: Duration | None = None
    place: Place | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        ends = self.ends()
        if len(ends) > 1:
            raise ConfigurationError(f"{' and '.join(ends)} do not go together")
        if self.fails is not None and self.holds is not None:
            raise ConfigurationError("nothing holds of the result of what fails")
        if self.holds is not None and not self.holds.takes(1):
            raise ConfigurationError("holds: the lambda takes one argument, the result")

    def ends(self) -> dict[str, Any]:
        """What is to become of it, as far as that is said: one entry, or none."""
        said = {name: getattr(self, name) for name in _ENDS}
        return {
            name: each for name, each in said.items() if each is not None and each is not NOTHING
        }

    def whole(self, other: Trial) -> Self:
        """The trial, with what it leaves to the other one."""
        left = {} if self.ends() else other.ends()
        names = ("pipeline", "holds", "after", "within")
        left |= {name: getattr(other, name) for name in names if getattr(self, name) is None}
        if self.given is NOTHING:
            left["given"] = other.given
        return self._changed(**left)

    def _changed(self, **values: Any) -> Self:
        changed = replace(self, **values)
        changed.place = self.place
        return changed


def _trial() -> type[Trial]:
    return Trial


@dataclass(kw_only=True)
class Case(Trial):
    """A baton, or several one after the other, with what stands in for others meanwhile.

    fakes: what stands in for processors and resources
    then: what is tried after that, with all as it is by then
    """

    fakes: Fakes = field(default_factory=Fakes)
    then: list[Annotated[Trial, placed(_trial, "trial")]] = field(default_factory=list)

    def whole(self, other: Trial) -> Self:
        case = super().whole(other)
        if isinstance(other, Case):
            case.fakes = self.fakes.over(other.fakes)
            case.then = self.then or other.then
        return case

    def trials(self) -> Sequence[Trial]:
        """All, in order. What comes then goes to the same pipeline, if nothing is said."""
        nothing = Trial(pipeline=self.pipeline)
        return [self, *(each.whole(nothing) for each in self.then)]


def _case() -> type[Case]:
    return Case


@dataclass(kw_only=True)
class Test(Case):
    """A case, or several. What a case does not say, the test says for it.

    cases: each is tried by itself
    skip: why the test is not to run
    todo: why the test is going to fail, for now
    """

    cases: list[Annotated[Case, placed(_case, "case")]] = field(default_factory=list)
    skip: str | None = None
    todo: str | None = None

    def all_cases(self) -> Sequence[Case]:
        """The cases, whole."""
        return [each.whole(self) for each in self.cases] if self.cases else [self]


Tests = Annotated[dict[str, Test], placed_by_name(dict[str, Test], "mapping of names to tests")]
