"""An application of Tornado as a service: its sockets are open while it runs."""

from __future__ import annotations

import logging
import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tornado.netutil import bind_sockets
from tornado.web import Application, url
from twisted.application.service import Service

from piped.environment import RuntimeEnvironment
from piped.interop import outcome_of
from piped.options.endpoint import endpoint_parts
from piped.providers.tornado_settings import ApplicationSettings, Handler, SiteSettings, loaded
from piped.web.debugger.debugger import Debugger
from piped.web.site.need import Need
from piped.web.tornado.debugging import DEBUGGER, DOOR, DebuggerHandler
from piped.web.tornado.handlers import PipelineHandler, Provided
from piped.web.tornado.server import Server

if TYPE_CHECKING:
    from piped.options import ResourceName

__all__ = ["TornadoSite"]

logger = logging.getLogger(__name__)


class TornadoSite(Service):
    """Answers requests from its start to its stop."""

    application: Application

    def __init__(self, name: str, settings: SiteSettings) -> None:
        self.setName(name)
        self.settings = settings
        # What its sockets are bound to, while it runs: hosts and ports.
        self.addresses: list[Any] = []
        self._debugger: Debugger | None = None
        self._server: Server | None = None
        self._provided: list[Provided] = []

    def configure(self, runtime_environment: RuntimeEnvironment, configured: set[type]) -> None:
        """Make the application. Classes among `configured` have been configured already."""
        self._environment = runtime_environment
        settings = self.settings.application
        if settings.debug.allow:
            self._debugger = Debugger(settings.debug, runtime_environment.clock)
        handlers = [self._handler(each, configured) for each in settings.handlers]
        if self._debugger is not None:
            handlers.insert(0, url(DOOR, DebuggerHandler, {"debugger": self._debugger}))
        transforms = [loaded(each) for each in settings.transforms or ()]
        factory = loaded(self.settings.factory)
        more = self._settings_of(settings)
        self.application = factory(handlers, transforms=transforms or None, **more)
        for each in self._provided:
            each.application = self.application
        runtime_environment.offer(str(self.name), resource=self.application)

    def startService(self) -> Any:
        super().startService()
        return outcome_of(self._open())

    def stopService(self) -> Any:
        super().stopService()
        return outcome_of(self._close())

    async def _open(self) -> None:
        self._server = Server(self.application)
        if self._debugger is not None:
            self._debugger.start()
        for endpoint in self.settings.endpoints:
            sockets = _bound(endpoint)
            self._server.add_sockets(sockets)
            self.addresses += [each.getsockname() for each in sockets]
            logger.info("%s listens on %s", self.name, endpoint)

    async def _close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            await server.close(self._environment.clock, self.settings.close_time)
        self.addresses.clear()
        if self._debugger is not None:
            self._debugger.stop()

    def _handler(self, handler: Handler, configured: set[type]) -> Any:
        target = handler.handler
        if target.provided is not None:
            need = self._need(target.provided)
            if target.is_pipeline:
                options = {"need": need, "keep_open": handler.keep_open}
                return url(handler.pattern, PipelineHandler, options, handler.name)
            self._provided.append(Provided(need))
            return url(handler.pattern, self._provided[-1], handler.kwargs, handler.name)
        assert target.named is not None, "it was read as the one or the other"
        found = loaded(target.named)
        if found not in configured and hasattr(found, "configure"):
            found.configure(self._environment)
        configured.add(found)
        return url(handler.pattern, found, handler.kwargs, handler.name)

    def _need(self, name: ResourceName) -> Need:
        manager = self._environment.dependency_manager
        return Need(name.path, name.configuration, self, manager)

    def _settings_of(self, given: ApplicationSettings) -> dict[str, Any]:
        settings = {name: _path_or(name, each) for name, each in given.settings.items()}
        if given.is_debugging:
            # Tornado itself would show tracebacks to anybody, and replace the process.
            settings = {"debug": True, "autoreload": False, "serve_traceback": False} | settings
        if given.cookie_secret is not None:
            settings["cookie_secret"] = given.cookie_secret.reveal()
        modules = given.ui_modules
        if isinstance(modules, dict):
            settings["ui_modules"] = {name: loaded(each) for name, each in modules.items()}
        elif modules is not None:
            settings["ui_modules"] = loaded(modules)
        if given.piped_dependencies is not None:
            named = {
                name: {**each.configuration, "provider": each.path}
                for name, each in given.piped_dependencies.items()
            }
            settings["piped_dependencies"] = self._environment.create_dependency_map(self, **named)
        return settings | {DEBUGGER: self._debugger}


def _path_or(name: str, value: Any) -> Any:
    is_path = name.endswith("_path") and isinstance(value, Path)
    return os.path.abspath(value) if is_path else value  # noqa: PTH100 - Tornado takes texts


_ORDER = {"tcp": ("port", "interface", "backlog"), "tcp6": ("port", "backlog", "interface")}
_EVERYWHERE = {"tcp": "0.0.0.0", "tcp6": "::"}  # noqa: S104 - as Twisted has it
_FAMILIES = {"tcp": socket.AF_INET, "tcp6": socket.AF_INET6}


def _bound(endpoint: str) -> list[socket.socket]:
    """Sockets that are bound to what was checked to be `tcp:` or `tcp6:`."""
    [kind, *values], named = endpoint_parts(endpoint)
    order = [name for name in _ORDER[kind] if name not in named]
    given = named | dict(zip(order, values, strict=False))
    interface = given.get("interface") or _EVERYWHERE[kind]
    family = socket.AF_INET6 if ":" in interface else _FAMILIES[kind]
    backlog = int(given.get("backlog") or 1024)
    return bind_sockets(int(given["port"]), interface, family, backlog)
