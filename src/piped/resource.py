"""Resources: objects under dotted paths, who offers them, and who was told of them."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from piped.event import Failures
from piped.exceptions import ProviderConflict, ResourceError, ResourceLost, UnprovidedResourceError
from piped.problems import did_you_mean

if TYPE_CHECKING:
    from piped.interfaces import IResourceProvider

__all__ = ["IResourceProvider", "Offer", "ResourceManager", "name_of", "unprovided"]


class Consumer(Protocol):
    """What a provider sees of a `ResourceDependency`."""

    provider: str
    configuration: dict[str, Any]

    @property
    def on_resource_ready(self) -> Callable[..., Any]: ...

    @property
    def on_resource_lost(self) -> Callable[..., Any]: ...


@dataclass(slots=True)
class _Request:
    """One who asked for a path."""

    consumer: Consumer
    # Who serves it; None while it waits for someone to offer the path again.
    provider: Any = None


class ResourceManager:
    """Which path is offered by whom, and who asked for it.

    A provider is an object with `add_consumer(dependency)`. It may have
    `remove_consumer(dependency)`, to hear of those who need it no more.

    Who asks for a path that nobody offers is refused. Who had asked before it was withdrawn waits,
    and is given to the next one who offers it.
    """

    def __init__(self) -> None:
        self._providers: dict[str, Any] = {}
        # Consumers are known by what they are, not by what they equal; in the order they came.
        self._requests: dict[str, dict[int, _Request]] = {}

    def configure(self, runtime_environment: Any) -> None:
        """Nothing is needed of the environment."""

    def offer(self, path: str, *, by: object = None, **resource: Any) -> Offer:
        """Offer a resource under `path`: now, with `resource=…`, or later by the offer's `ready`.

        `by` is the one who offers it, as conflicts are to name it.
        """
        if unknown := resource.keys() - {"resource"}:
            raise TypeError(f"an offer has no {', '.join(sorted(unknown))}")
        offer = Offer(self, path, _place_of_caller() if by is None else name_of(by))
        for each in resource.values():
            offer.ready(each)
        self.register(path, offer)
        return offer

    def register(self, path: str, provider: Any) -> None:
        """Let `provider` serve all who ask for `path`, and those who wait for it."""
        if path in self._providers:
            raise ProviderConflict(
                f"the resource {path!r} is offered by {name_of(self._providers[path])}, so"
                f" {name_of(provider)} cannot offer it, too"
            )
        self._providers[path] = provider
        failures = Failures(f"several failures while {path!r} was given to those who wait for it")
        for request in self._requests_for(path):
            failures.attempt(self._serve, path, request)
        failures.check()

    def unregister(self, path: str, reason: object = None) -> None:
        """Serve `path` no more. Those who have its resource lose it, and wait."""
        provider = self.get_provider_or_fail(path)
        del self._providers[path]
        reason = ResourceLost(f"{path!r} is offered no more") if reason is None else reason
        failures = Failures(f"several failures while {path!r} was withdrawn")
        for request in self._requests_for(path):
            if request.provider is provider:
                request.provider = None
                failures.attempt(_let_go, provider, request.consumer)
                failures.attempt(request.consumer.on_resource_lost, reason)
                # One who heard of it may have offered the path, meanwhile.
                failures.attempt(self._serve, path, request)
        failures.check()

    def get_registered_resources(self) -> dict[str, Any]:
        """The provider of each path."""
        return dict(self._providers)

    def is_offered(self, path: str, *, by: object = None) -> bool:
        """Whether anyone offers `path`; with `by`, whether that provider does."""
        provider = self._providers.get(path)
        return provider is not None if by is None else provider is by

    def get_provider_or_fail(self, path: str) -> Any:
        if path not in self._providers:
            raise unprovided({path: ()}, self._providers)
        return self._providers[path]

    def resolve(self, dependency: Consumer) -> None:
        """Let the provider of the dependency's path serve it."""
        path = dependency.provider
        self.get_provider_or_fail(path)
        request = _Request(dependency)
        self._requests.setdefault(path, {})[id(dependency)] = request
        try:
            self._serve(path, request)
        except BaseException:
            self.release(dependency)
            raise

    def release(self, dependency: Consumer) -> None:
        """The dependency needs its path no more. Nothing, if it never asked for it."""
        requests = self._requests.get(dependency.provider, {})
        request = requests.pop(id(dependency), None)
        if request is None:
            return
        if not requests:
            del self._requests[dependency.provider]
        provider, request.provider = request.provider, None
        if provider is not None:
            _let_go(provider, dependency)

    def consumers_of(self, path: str) -> list[Consumer]:
        """Those who asked for `path`, in order; some may wait for it."""
        return [request.consumer for request in self._requests_for(path)]

    def is_served(self, dependency: Consumer, provider: object) -> bool:
        """Whether `provider` is the one who serves the dependency."""
        request = self._requests.get(dependency.provider, {}).get(id(dependency))
        return request is not None and request.provider is provider

    def _requests_for(self, path: str) -> list[_Request]:
        return list(self._requests.get(path, {}).values())

    def _serve(self, path: str, request: _Request) -> None:
        provider = self._providers.get(path)
        asked = self._requests.get(path, {}).get(id(request.consumer)) is request
        if provider is None or request.provider is not None or not asked:
            return
        request.provider = provider
        provider.add_consumer(request.consumer)


class Offer:
    """A resource that comes and goes, under one path: the provider's side of it."""

    def __init__(self, manager: ResourceManager, path: str, by: str) -> None:
        self.path = path
        self.name = by
        self._manager = manager
        # Empty, or the resource: any value may be one.
        self._held: tuple[Any, ...] = ()
        self._withdrawn = False

    @property
    def resource(self) -> Any:
        """The resource that is ready now."""
        if not self._held:
            raise UnprovidedResourceError(f"the resource {self.path!r} is not available now")
        return self._held[0]

    @property
    def is_ready(self) -> bool:
        return bool(self._held)

    def ready(self, resource: Any) -> None:
        """The resource is there, for all who ask for it."""
        if self._withdrawn:
            raise ResourceError(f"the offer of {self.path!r} was withdrawn")
        self._held = (resource,)
        self._tell("on_resource_ready", resource)

    def lost(self, reason: object = None) -> None:
        """The resource is gone; it may come again. Nothing, if it is not there."""
        if not self._held:
            return
        self._held = ()
        reason = ResourceLost(f"{self.path!r} is gone") if reason is None else reason
        self._tell("on_resource_lost", reason)

    def withdraw(self, reason: object = None) -> None:
        """Offer it no more. Another may offer the path, then. Nothing, if it is withdrawn."""
        if self._withdrawn:
            return
        self._withdrawn, self._held = True, ()
        if self._manager.is_offered(self.path, by=self):
            self._manager.unregister(self.path, reason)

    def add_consumer(self, dependency: Consumer) -> None:
        if self._held:
            dependency.on_resource_ready(self._held[0])

    def _tell(self, event: str, what: object) -> None:
        held = self._held
        failures = Failures(f"several failures while {self.path!r} changed")
        for consumer in self._manager.consumers_of(self.path):
            # One who heard of it may have changed it again, and then all have heard of that.
            if self._held is held and self._manager.is_served(consumer, self):
                failures.attempt(getattr(consumer, event), what)
        failures.check()

    def __repr__(self) -> str:
        state = "withdrawn" if self._withdrawn else "ready" if self._held else "not ready"
        return f"<Offer of {self.path!r} by {self.name}, {state}>"


def name_of(thing: object) -> str:
    """What people call `thing`, whatever it is. A text is its own name."""
    if isinstance(thing, str):
        return thing
    name = None
    # A property that fails must not hide what we are about to say of the thing.
    with contextlib.suppress(Exception):
        name = getattr(thing, "name", None)
    return name if name and isinstance(name, str) else type(thing).__qualname__


def unprovided(
    wanted: Mapping[str, Iterable[str]], offered: Iterable[str]
) -> UnprovidedResourceError:
    """Nobody offers the paths that are `wanted`, each by some."""
    known = sorted(offered)
    complaints = [
        f"nobody offers the resource {path!r}{_needed_by(consumers)}{did_you_mean(path, known)}"
        for path, consumers in wanted.items()
    ]
    return UnprovidedResourceError(
        "; ".join(complaints),
        detail=f"What is offered: {', '.join(known)}." if known else "Nothing is offered.",
    )


def _needed_by(consumers: Iterable[str]) -> str:
    names = ", ".join(repr(each) for each in dict.fromkeys(consumers))
    return f", which {names} depends on" if names else ""


def _let_go(provider: Any, consumer: Consumer) -> None:
    remove = getattr(provider, "remove_consumer", None)
    if remove is not None:
        remove(consumer)


def _place_of_caller() -> str:
    """Where the offer is made: the first line that is not of ours."""
    frame = sys._getframe(1)  # noqa: SLF001 - `inspect` costs more to import than all of this
    while frame.f_back and frame.f_globals.get("__name__") in {__name__, "piped.environment"}:
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def __getattr__(name: str) -> Any:
    # zope.interface is imported for those who ask for it.
    if name == "IResourceProvider":
        from piped.interfaces import IResourceProvider

        return IResourceProvider
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
