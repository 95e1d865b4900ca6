"""Poetry by name: twistd fastpoetry --port 10000 --poem poetry/ecstasy.txt"""

from __future__ import annotations

from typing import Any, ClassVar

from poetry_bundle.command_line import port
from poetry_bundle.service import poetry_server
from twisted.application.service import IServiceMaker, MultiService
from twisted.plugin import IPlugin
from twisted.python import usage
from zope.interface import implementer


class Options(usage.Options):
    """What stands behind `twistd fastpoetry`."""

    optParameters: ClassVar[Any] = [  # noqa: N815 - Twisted's name
        ["port", "p", 10000, "The port number to listen on.", port],
        ["poem", None, None, "The file containing the poem."],
        ["iface", None, "localhost", "The interface to listen on."],
        ["port2", None, 10001, "The port number of the second poem.", port],
        ["poem2", None, None, "The file of a second poem, if there is to be one."],
    ]

    def postOptions(self) -> None:  # noqa: N802 - Twisted's name
        if self["poem"] is None:
            raise usage.UsageError("--poem says which poem to serve")


@implementer(IServiceMaker, IPlugin)
class PoetryServiceMaker:
    """Makes the services from the options."""

    tapname = "fastpoetry"
    description = "A fast poetry service."
    options = Options

    def makeService(self, options: Options) -> MultiService:  # noqa: N802 - Twisted's name
        top_service = MultiService()
        for number in ("", "2"):
            poem = options[f"poem{number}"]
            if poem is not None:
                one = poetry_server(poem, options[f"port{number}"], options["iface"])
                one.setServiceParent(top_service)
        return top_service


service_maker = PoetryServiceMaker()
