"""Web sites."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.options.endpoint import endpoint_parts
from piped.problems import Kind, Severity
from piped.provider import Provider
from piped.providers.web_routing import Level
from piped.providers.web_section import Sites, SiteSettings
from piped.providers.web_settings import Static

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check, DottedName

__all__ = ["WebResourceProvider"]

_RELATIVE = "A path is relative to the folder in which the process is started."


class WebResourceProvider(Provider):
    """Web sites: requests go to processors, by their paths.

    A processor gets `{request: …}`, with a request of `twisted.web.server`, and answers it::

        web:
            my_site:
                port: 8080
                routing:
                    __config__:
                        processor: pipeline.front
                    users/{id:int}:
                        __config__:
                            methods: {get: pipeline.user, delete: pipeline.remove-user}
                    files:
                        __config__:
                            static: ./public
    """

    section: ClassVar[str] = "web"
    settings: ClassVar[Any] = Sites

    def check(self, settings: dict[str, SiteSettings], catalogue: Catalogue, check: Check) -> None:
        del catalogue
        taken: dict[str, str] = {}
        for name, site in _in_use(settings).items():
            for endpoint in site.endpoints():
                if endpoint in taken and not endpoint.startswith("tcp:0"):
                    message = f"web.{name}: {endpoint} is taken by the site {taken[endpoint]!r}"
                    check.problem(
                        Kind.CONFLICTING_OPTIONS, site.routing.at, message, "Set another port."
                    )
                taken.setdefault(endpoint, name)
                _check_files_of(endpoint, f"web.{name}", site.routing, check)
            for level in site.routing.levels():
                _check_level(level, f"web.{name}", check)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.web_site import WebSite

        sites = runtime_environment.settings(self.section, {})
        for name, site in _in_use(sites).items():
            service = WebSite(name, site)
            service.configure(runtime_environment)
            service.setServiceParent(runtime_environment.application)


def _in_use(settings: dict[str, SiteSettings]) -> dict[str, SiteSettings]:
    return {name: site for name, site in settings.items() if site.enabled}


def _check_files_of(endpoint: str, what: str, level: Level, check: Check) -> None:
    """The files of an endpoint that speaks TLS."""
    if not endpoint.startswith("ssl:"):
        return
    _, named = endpoint_parts(endpoint)
    for each in ("privateKey", "certKey", "extraCertChain"):
        if each in named and not Path(named[each]).exists():
            message = f"{what}: listen: the {each} {named[each]!r} is not there"
            check.problem(Kind.UNREADABLE, level.at, message, _RELATIVE, severity=Severity.WARNING)


def _check_level(level: Level, what: str, check: Check) -> None:
    config = level.config
    static = config.static
    path = static.path if isinstance(static, Static) else static
    if path is not None and not path.exists():
        message = f"{what}: {level.path}: there is nothing at {str(path)!r}"
        check.problem(Kind.UNREADABLE, level.node, message, _RELATIVE, severity=Severity.WARNING)
    if isinstance(static, Static):
        _check_names(list(static.namespace.values()), f"{what}: {level.path}", level, check)


def _check_names(names: list[DottedName], what: str, level: Level, check: Check) -> None:
    for each in names:
        try:
            each.load()
        except (ImportError, AttributeError) as error:
            message = f"{what}: there is no {each}: {error}"
            check.problem(
                Kind.WRONG_VALUE, level.node or level.at, message, "Name it as one imports it."
            )


def __getattr__(name: str) -> Any:
    # They are Twisted's kin, which takes time to import.
    if name == "WebSite":
        from piped.providers.web_site import WebSite

        return WebSite
    if name == "WebResource":
        from piped.web.engine.stock import WebResource

        return WebResource
    raise AttributeError(name)
