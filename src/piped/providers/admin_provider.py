"""The provider of the console page."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.options import Endpoint
from piped.provider import Provider

__all__ = ["Admin", "AdminProvider"]


@dataclass(frozen=True, kw_only=True)
class Admin:
    """Where the console page is.

    listen: where it listens; only this machine can reach it unless said otherwise
    hosts: the names by which a browser may call it, beside this machine's own
    """

    listen: Endpoint = "tcp:8099:interface=127.0.0.1"
    hosts: list[str] = field(default_factory=list)


class AdminProvider(Provider):
    """Show what this process is made of, live, in a browser.

    The page is for looking only: nothing can be changed by it::

        admin:
            listen: tcp:8099:interface=127.0.0.1
    """

    section: ClassVar[str] = "admin"
    settings: ClassVar[Any] = Admin

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.admin.site import ConsolePage

        settings = runtime_environment.settings(self.section, Admin())
        page = ConsolePage(settings.listen, settings.hosts, runtime_environment)
        page.setServiceParent(runtime_environment.application)
