"""Stages for the flows of other processes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from piped.provider import Provider
from piped.providers.flow_host_settings import FlowHostSettings

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.environment import RuntimeEnvironment
    from piped.options import Check

__all__ = ["FlowHostProvider"]


class FlowHostProvider(Provider):
    """Have the flows of other processes go through tubes that are here.

    There they have the tube `remote`, with the endpoint of the host. An item is confirmed there
    when what came of it here has come back, and is stored::

        flow_hosts:
            pages:                                  # the resource flow_host.pages
                listen: tcp:8765:interface=127.0.0.1
                through:
                - fetched                           # a tube of a bundle
                - only: "page: page['status'] == 200"
    """

    section: ClassVar[str] = "flow_hosts"
    settings: ClassVar[Any] = dict[str, FlowHostSettings]

    def offers(self, settings: dict[str, FlowHostSettings]) -> Iterable[str]:
        return [f"flow_host.{name}" for name in settings]

    def check(
        self, settings: dict[str, FlowHostSettings], catalogue: Catalogue, check: Check
    ) -> None:
        from piped.providers.flow_making import Maker

        maker = Maker(catalogue, check)
        for each in settings.values():
            maker.hosted(each)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.options import Check
        from piped.providers.flow_host_service import FlowHostService
        from piped.providers.flow_making import Maker

        maker = Maker(runtime_environment.catalogue, Check())
        for name, settings in runtime_environment.settings(self.section, {}).items():
            made = maker.hosted(settings)
            assert made is not None, "it was checked before"
            service = FlowHostService(name, settings, made, runtime_environment)
            service.setServiceParent(runtime_environment.application)
