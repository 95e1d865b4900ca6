"""A proxy by name: twistd poetryproxy --port 10001 --server localhost:10000"""

from __future__ import annotations

from typing import Any, ClassVar

from poetry_bundle.command_line import address, port
from poetry_bundle.service import poetry_proxy
from twisted.application.service import IServiceMaker, MultiService
from twisted.plugin import IPlugin
from twisted.python import usage
from zope.interface import implementer


class Options(usage.Options):
    """What stands behind `twistd poetryproxy`."""

    optParameters: ClassVar[Any] = [  # noqa: N815 - Twisted's name
        ["port", "p", 10001, "The port number to listen on.", port],
        ["server", None, "localhost:10000", "The server whose poem it is.", address],
        ["iface", None, "localhost", "The interface to listen on."],
    ]


@implementer(IServiceMaker, IPlugin)
class PoetryProxyServiceMaker:
    """Makes the services from the options."""

    tapname = "poetryproxy"
    description = "A proxy of a poetry service."
    options = Options

    def makeService(self, options: Options) -> MultiService:  # noqa: N802 - Twisted's name
        return poetry_proxy(*options["server"], options["port"], options["iface"])


service_maker = PoetryProxyServiceMaker()
