"""From the routing in the settings to places that answer: composed once, when a site is made."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from piped.environment import RuntimeEnvironment
from piped.exceptions import ConfigurationError
from piped.options import DottedName, ResourceName
from piped.providers.web_routing import Level
from piped.providers.web_settings import Inherited, Static
from piped.web.debugger.settings import Debug
from piped.web.engine.compression import Compressing, Compression
from piped.web.files.concatenated import Concatenated
from piped.web.files.folder import Folder
from piped.web.files.static import Files
from piped.web.site.auth import Auth, WithAuth
from piped.web.site.cors import AllowsOrigins
from piped.web.site.failures import Failures
from piped.web.site.methods import ByMethod
from piped.web.site.mounting import MountedHere
from piped.web.site.need import Need
from piped.web.site.rate_limit import Buckets, RateLimit, RateLimited
from piped.web.site.routing import Branch
from piped.web.site.site import Answer, Place
from piped.web.site.work import Work

if TYPE_CHECKING:
    from piped.web.debugger.debugger import Debugger

__all__ = ["Places"]

Layers = Callable[[Answer], Answer]


@dataclass(frozen=True, slots=True)
class _Here:
    """What a place has from the settings, and from above."""

    path: str
    inherited: Inherited
    debugger: Debugger | None
    layers: Layers
    before: Need | None
    after: Need | None


class Places:
    """Makes the places of one site."""

    def __init__(self, consumer: Any, environment: RuntimeEnvironment) -> None:
        self._consumer = consumer
        self._manager = environment.dependency_manager
        self._clock = environment.clock
        self._needs: dict[str, Need] = {}
        # By what they are made of: what is inherited is one thing for all that inherit it.
        self._buckets: dict[int, Buckets] = {}
        self._checkers: dict[int, Any] = {}
        self.debuggers: dict[str, Debugger] = {}
        self.tasks: set[asyncio.Task[Any]] = set()

    def branch(self, level: Level, above: Inherited) -> Branch[Place]:
        """The branch for `level` and all below it."""
        config = level.config
        inherited = _nearest(level, above)
        branch: Branch[Place] = Branch()
        debugger = None
        answering = (
            *(config.processor, config.methods),
            *(config.no_resource_processor, config.resource),
        )
        if any(answering):
            debugger = self._debugger(inherited.debug)
        if debugger is not None:
            from piped.web.debugger.debugger import LONGEST_BODY

            branch.children[b"__debug__"] = Branch(
                beyond=Place(partial(_let_debug, debugger), LONGEST_BODY)
            )
        here = _Here(
            level.path,
            inherited,
            debugger,
            self._layers(inherited),
            self._need(inherited.before),
            self._need(inherited.after),
        )
        self._fill(branch, level, here)
        for name, child in level.children.items():
            branch.children[name.encode()] = self.branch(child, inherited)
        if level.parameter is not None:
            parameter, child = level.parameter
            branch.parameter = parameter, self.branch(child, inherited)
        return branch

    def _fill(self, branch: Branch[Place], level: Level, here: _Here) -> None:
        config = level.config
        if config.processor is not None:
            branch.here = self._place(here, self._work(here, config.processor))
        elif config.methods is not None:
            works = {name: self._work(here, each) for name, each in config.methods.in_use().items()}
            branch.here = self._place(here, ByMethod(works))
        elif config.concatenated is not None:
            files = config.concatenated
            whole = Concatenated(files.file_paths, files.content_type, _failures(here))
            reading: dict[str, Answer] = {"get": whole}
            branch.here = self._place(here, ByMethod(reading))
        if config.static is not None:
            branch.files = Place(self._files(config.static, here))
        if config.no_resource_processor is not None:
            branch.beyond = self._place(here, self._work(here, config.no_resource_processor))
        if config.resource is not None:
            branch.beyond = self._place(here, _mounted(config.resource, here))

    def _place(self, here: _Here, answer: Answer) -> Place:
        inherited = here.inherited
        return Place(here.layers(answer), inherited.body_limit, bool(inherited.stream))

    def _work(self, here: _Here, processor: ResourceName) -> Work:
        need = self._need(processor)
        assert need is not None
        return Work(
            need,
            _failures(here),
            here.before,
            here.after,
            bool(here.inherited.keep_open),
            bool(here.inherited.auth),
            self.tasks,
        )

    def _files(self, static: Path | Static, here: _Here) -> Files:
        settings = static if isinstance(static, Static) else Static(path=static)
        folder = Folder(
            settings.path,
            hidden=settings.hidden,
            follow_links=settings.follow_links,
            default_type=settings.defaultType,
            types=settings.types,
            ignored_extensions=[*settings.ignoredExts, *(["*"] if settings.allowExt else [])],
        )
        namespace = {name: each.load() for name, each in settings.namespace.items()}
        preprocessors = [
            each.bind(**{**namespace, "self": folder}) for each in settings.preprocessors.values()
        ]
        return Files(
            folder,
            _failures(here),
            index=settings.index,
            fallback=settings.fallback,
            listing=settings.listing,
            cache_control=settings.cache_control,
            compressed=settings.compressed,
            preprocessors=preprocessors,
            layered=here.layers,
        )

    def _layers(self, inherited: Inherited) -> Layers:
        """What a request goes through before it reaches a place; nothing, where nothing is set."""
        cors, limit, auth = inherited.cors, inherited.rate_limit, inherited.auth

        def layered(answer: Answer) -> Answer:
            if auth:
                checker = self._checker(auth)
                answer = WithAuth(auth, checker, answer)
            if limit:
                buckets = self._buckets_of(limit)
                answer = RateLimited(buckets, answer)
            if cors:
                answer = AllowsOrigins(cors, answer)
            return Compressing(Compression(), answer) if inherited.compress else answer

        return layered

    def _debugger(self, settings: Debug | None) -> Debugger | None:
        """One for all places with the same settings: what failed is held together."""
        if settings is None or not settings.allow:
            return None
        if repr(settings) not in self.debuggers:
            from piped.web.debugger.debugger import Debugger

            self.debuggers[repr(settings)] = Debugger(settings, self._clock)
        return self.debuggers[repr(settings)]

    def _checker(self, auth: Auth) -> Any:
        if id(auth) not in self._checkers:
            self._checkers[id(auth)] = auth.checker.make()
        return self._checkers[id(auth)]

    def _buckets_of(self, limit: RateLimit) -> Buckets:
        if id(limit) not in self._buckets:
            self._buckets[id(limit)] = Buckets(limit, self._clock.monotonic)
        return self._buckets[id(limit)]

    def _need(self, name: ResourceName | bool | None) -> Need | None:
        if not isinstance(name, ResourceName):
            return None
        key = repr(name)
        if key not in self._needs:
            self._needs[key] = Need(name.path, name.configuration, self._consumer, self._manager)
        return self._needs[key]


def _let_debug(debugger: Debugger, request: Any, _: Any) -> None:
    debugger.handle(request)


def _mounted(name: DottedName, here: _Here) -> MountedHere:
    from twisted.web.resource import IResource

    try:
        found = name.load()
    except (ImportError, AttributeError, ValueError) as error:
        raise ConfigurationError(
            f"the resource at {here.path!r} is {str(name)!r}, which is not there", detail=str(error)
        ) from error
    resource = found() if callable(found) and not IResource.providedBy(found) else found
    if not IResource.providedBy(resource):
        raise ConfigurationError(
            f"the resource at {here.path!r} is {str(name)!r}, which is no resource of twisted.web",
            hint="It is a Resource, or something that is called without arguments and gives one.",
        )
    return MountedHere(resource, _failures(here))


def _failures(here: _Here) -> Failures:
    level = logging.getLevelNamesMapping()[(here.inherited.log_exceptions or "error").upper()]
    return Failures(here.path, level, here.debugger)


def _nearest(level: Level, above: Inherited) -> Inherited:
    """What holds there: each setting as it is given there, or above; of `debug`, each part."""
    given = {each.name: getattr(level.config, each.name) for each in fields(Inherited)}
    held = {each.name: getattr(above, each.name) for each in fields(Inherited)}
    debug = given.pop("debug")
    if debug is not None and above.debug is not None:
        debug = replace(above.debug, **{key: getattr(debug, key) for key in level.debug_keys})
    known = {name: value for name, value in given.items() if value is not None}
    return Inherited(**{**held, **known, "debug": debug or above.debug})
