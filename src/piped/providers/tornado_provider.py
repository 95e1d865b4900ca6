"""Applications of Tornado."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.options import DottedName
from piped.problems import Kind, Severity
from piped.provider import Provider
from piped.providers.tornado_settings import Handler, SiteSettings, loaded

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check

__all__ = ["CycloneProvider", "TornadoProvider"]

_NAME_IT = "Name it as one imports it."
_DERIVE_IT = "Derive it from tornado.web.RequestHandler."


class TornadoProvider(Provider):
    """Applications of Tornado, with handlers that are classes or pipelines.

    A pipeline gets `{handler, args, kwargs}`, and finishes the handler::

        tornado:
            my_site:                    # the resource tornado.application.my_site
                listen: 8888
                application:
                    handlers:
                        - [/status, my_package.StatusHandler]
                        - pattern: /orders/(?P<number>[0-9]+)
                          handler: {provider: pipeline.order}
    """

    section: ClassVar[str] = "tornado"
    settings: ClassVar[Any] = dict[str, SiteSettings]
    requires: ClassVar[tuple[str, ...]] = ("tornado",)
    extra: ClassVar[str] = "tornado"

    def offers(self, settings: dict[str, SiteSettings]) -> Iterable[str]:
        return [f"{self.section}.application.{name}" for name in _in_use(settings)]

    def check(self, settings: dict[str, SiteSettings], catalogue: Catalogue, check: Check) -> None:
        del catalogue
        for name, site in _in_use(settings).items():
            application, what = site.application, f"{self.section}.{name}"
            for each in (site.factory, *application.names()):
                for fault in _faults_of(each):
                    check.problem(Kind.WRONG_VALUE, application.place, f"{what}: {fault}", _NAME_IT)
            for handler in application.handlers:
                for fault, hint in _faults_of_handler(handler):
                    check.problem(
                        Kind.WRONG_VALUE, handler.place, f"{what}: {handler.pattern}: {fault}", hint
                    )
            if "debug_template" in application.settings:
                message = f"{what}: the debugger has no `debug_template`: it has a page of its own"
                check.problem(
                    Kind.UNKNOWN_OPTION, application.place, message, severity=Severity.WARNING
                )

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.tornado_site import TornadoSite

        sites: dict[str, SiteSettings] = runtime_environment.settings(self.section, {})
        configured: set[type] = set()
        for name, settings in _in_use(sites).items():
            site = TornadoSite(f"{self.section}.application.{name}", settings)
            site.configure(runtime_environment, configured)
            site.setServiceParent(runtime_environment.application)


class CycloneProvider(TornadoProvider):
    """Applications that were Cyclone's, on Tornado: names of its modules are those of Tornado.

    It is the section `tornado`, under another name::

        cyclone:
            my_site:                    # the resource cyclone.application.my_site
                listen: 8888
                application:
                    handlers:
                        - [/, cyclone.web.RedirectHandler, {url: /status}]
    """

    section: ClassVar[str] = "cyclone"


def _in_use(settings: dict[str, SiteSettings]) -> dict[str, SiteSettings]:
    return {name: site for name, site in settings.items() if site.enabled}


def _faults_of(name: DottedName) -> Iterator[str]:
    try:
        loaded(name)
    except (ImportError, AttributeError) as error:
        yield f"there is no {name}: {error}"
    except Exception as error:  # noqa: BLE001 - code of the configuration's author
        yield f"{name} cannot be imported: {type(error).__name__}: {error}"


def _faults_of_handler(handler: Handler) -> Iterator[tuple[str, str]]:
    name = handler.handler.named
    if name is None:
        return
    for fault in _faults_of(name):
        is_path = name.name.startswith("pipeline.")
        yield fault, f"Write {{provider: {name}}}." if is_path else _NAME_IT
        return
    from tornado.web import RequestHandler

    found = loaded(name)
    if not (isinstance(found, type) and issubclass(found, RequestHandler)):
        yield (
            f"{name} is no class of a RequestHandler",
            _DERIVE_IT,
        )
