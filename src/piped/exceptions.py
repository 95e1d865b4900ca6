"""What goes wrong, named by whose fault it is.

The author of the configuration: `ConfigurationError`, with its problems. The data:
`UnfitBaton`. The world: `ResourceError` and what derives from it. A plugin's own
exception is kept as it is and gains notes. Our own mistakes are an `assert`.
"""

from __future__ import annotations

import builtins
import textwrap
from collections.abc import Iterable, Sequence

from piped.problems import Problem

__all__ = [
    "AllPipelinesFailedError",
    "AlreadyAnswered",
    "AlreadyExistingDependency",
    "AlreadyFlowing",
    "AlreadyResumed",
    "BatonDropped",
    "BufferFull",
    "ChildLost",
    "CircularDependencyGraph",
    "ConfigurationError",
    "ConfigurationWarning",
    "FailedElsewhere",
    "FlowError",
    "FlowStopped",
    "InitiallyLost",
    "InvalidConfigurationError",
    "InvalidInput",
    "InvalidPipelineError",
    "InvalidRequest",
    "ItemDropped",
    "KeyAlreadyExists",
    "Malformed",
    "MalformedFrame",
    "MissingCallback",
    "PipedError",
    "PipedWarning",
    "PipelineDeadlock",
    "PipelineFull",
    "ProviderConflict",
    "ReplayedLost",
    "ResourceError",
    "ResourceLost",
    "TimeoutError",
    "UnfitBaton",
    "UnfitEdge",
    "UnfitItem",
    "UnfitRequest",
    "UnprovidedResourceError",
    "UnsatisfiedDependencyError",
    "brief",
]


class _Explained(Exception):
    """Says what is wrong (`msg`), what was found (`detail`), and the way out (`hint`)."""

    headline = "ERROR"

    def __init__(self, msg: str, detail: str | None = None, hint: str | None = None) -> None:
        super().__init__(msg, detail, hint)
        self.msg = msg
        self.detail = detail
        self.hint = hint

    def __str__(self) -> str:
        parts = {self.headline: self.msg, "DETAIL": self.detail, "HINT": self.hint}
        return "".join(f"\n{title}: {_unwrapped(text)}" for title, text in parts.items() if text)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.msg!r})"


def _unwrapped(text: str) -> str:
    """Each paragraph of `text` on one line, so that a log or a terminal can wrap it."""
    paragraphs = textwrap.dedent(text).strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def brief(failure: BaseException) -> str:
    """What a failure says, as a part of a sentence."""
    if isinstance(failure, _Explained):
        return failure.msg
    cause = getattr(
        failure, "orig", None
    )  # SQLAlchemy's own words go on for lines, and say no more
    return str(failure) if cause is None else " ".join(str(cause).split())


class PipedError(_Explained):
    """The base of all that piped itself raises."""


class PipedWarning(_Explained, UserWarning):
    """The base of all that piped warns of."""

    headline = "WARNING"


class ConfigurationError(PipedError):
    """The configuration is wrong. `problems` has each thing that is, with its place."""

    def __init__(
        self,
        msg: str,
        detail: str | None = None,
        hint: str | None = None,
        *,
        problems: Iterable[Problem] = (),
    ) -> None:
        super().__init__(msg, detail, hint)
        self.problems = tuple(problems)


class ConfigurationWarning(PipedWarning):
    """The configuration is odd, but can be used."""


class InvalidConfigurationError(ConfigurationError):
    """An option that is no longer understood."""


class InvalidPipelineError(PipedError):
    """There is no such pipeline."""


class UnfitBaton(PipedError):
    """The baton is not what the processor was told it would be."""


class UnfitRequest(UnfitBaton):
    """A client sent what cannot be used. `status` is the code that tells it so."""

    def __init__(self, msg: str, status: int = 400) -> None:
        super().__init__(msg)
        self.status = status


class InvalidInput(UnfitBaton):
    """The input does not fit its schema. `faults` has each fault: its `path`, and a `message`."""

    def __init__(self, msg: str, faults: Iterable[dict[str, str]] = ()) -> None:
        super().__init__(msg)
        self.faults = list(faults)


class InvalidRequest(InvalidInput, UnfitRequest):
    """The same, of what a client sent."""

    def __init__(self, msg: str, faults: Iterable[dict[str, str]] = (), status: int = 400) -> None:
        super().__init__(msg, faults)
        self.status = status


class MissingCallback(PipedError):
    """A pipeline ended without answering the one who waits for it."""


class PipelineFull(PipedError):
    """A pipeline has as many batons as it may, and was told to take no more."""


class BatonDropped(PipedError):
    """A pipeline gave up the baton, as its `overflow` declares: whoever sent it is done with it."""


class PipelineDeadlock(PipedError):
    """A run of a pipeline would wait for ever, for its own end."""


class TimeoutError(PipedError, builtins.TimeoutError):  # noqa: A001 - its name since 2011; it is the built-in one, too
    """Something did not happen in the time it had."""


class AllPipelinesFailedError(PipedError, ExceptionGroup[Exception]):
    """Every attempt failed; `failures` has each. It is a group of them, too."""

    def __init__(self, msg: str, failures: Sequence[Exception]) -> None:
        # What is in a group is said when it is made; `PipedError` would change it.
        del failures
        self.msg = msg
        self.detail = None
        self.hint = None

    @property
    def failures(self) -> list[Exception]:
        return list(self.exceptions)


class FlowError(PipedError):
    """Something about a flow: most are mistakes of who joined its parts."""


class UnfitEdge(FlowError):
    """What a fount gives is not what a drain takes."""


class AlreadyFlowing(FlowError):
    """A fount has a drain already, or a drain a fount."""


class AlreadyResumed(FlowError):
    """A pause was let go twice."""


class AlreadyAnswered(FlowError):
    """An item was answered for twice."""


class FlowStopped(FlowError):
    """The flow ended before it was done with an item: who sent it may send it again."""


class MalformedFrame(FlowError):
    """Bytes that are not what they should be, from `offset` on; or an item that is none of them."""

    def __init__(self, msg: str, offset: int | None = None, hint: str | None = None) -> None:
        super().__init__(msg if offset is None else f"{msg}, at byte {offset}", hint=hint)
        self.offset = offset


class ItemDropped(FlowError):
    """The flow gave up the item, as it declares."""


class Malformed(FlowError):
    """What came from another process is not what was agreed on."""


class UnfitItem(FlowError):
    """An item is not of the types that it should be of."""


class BufferFull(FlowError):
    """A buffer had no room for an item, and refuses what it has no room for."""


class ChildLost(FlowError):
    """A child process died with an item under way."""


class FailedElsewhere(FlowError):
    """What failed in another process, which could only say so."""


class ResourceError(PipedError):
    """Something about a resource or a dependency."""


class ResourceLost(ResourceError):
    """A resource that was there is gone."""


class InitiallyLost(ResourceLost):
    """The resource has not been there yet."""


class ReplayedLost(ResourceLost):
    """The resource was lost before this consumer came."""


class ProviderConflict(ResourceError):
    """Two providers offer the same path."""


class UnprovidedResourceError(ResourceError):
    """Nobody offers that path, or what is offered is not there now."""


class UnsatisfiedDependencyError(ResourceError):
    """A dependency that is known, but is not available now."""


class CircularDependencyGraph(ResourceError):
    """Components that need each other in a circle."""


class AlreadyExistingDependency(ResourceError):
    """The consumer has that dependency already."""


class KeyAlreadyExists(ResourceError):
    """The dependency map has that key already."""
