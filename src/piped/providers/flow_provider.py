"""Flows: streams of items, from founts through tubes to drains."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from piped.problems import Kind, Problem
from piped.provider import Provider
from piped.providers.flow_settings import FlowSettings

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.environment import RuntimeEnvironment
    from piped.options import Check

__all__ = ["OTHER_FOUNTS", "FlowProvider"]

# Our founts that take no batons. What those of others do nobody knows before they are made.
OTHER_FOUNTS = frozenset({"files", "iterate", "process", "query", "remote", "stdin", "ticks"})


class FlowProvider(Provider):
    """Have items flow from founts through tubes into drains, with back-pressure and confirmation.

    Each flow is the resource `flow.NAME`. One that comes `from: batons` can be named wherever a
    processor is named::

        flows:
            orders:
                from: batons
                through:
                - checked                       # a tube of a bundle
                - batch: {size: 500, within: 1s}
                to:
                    insert-rows: {engine: shop, table: orders}
    """

    section: ClassVar[str] = "flows"
    settings: ClassVar[Any] = dict[str, FlowSettings]

    def offers(self, settings: dict[str, FlowSettings]) -> Iterable[str]:
        withheld = self.withheld(settings)
        paths = [f"flow.{name}" for name in settings]
        return [each for each in paths if each not in withheld]

    def withheld(self, settings: dict[str, FlowSettings]) -> Mapping[str, Problem]:
        """Flows that surely take no batons: all of their founts are ours, and others."""
        message = "flow.{} takes no batons: it has no fount `batons`"
        hint = "Write `from: batons`, or a list of founts that has it, too."
        return {
            f"flow.{name}": Problem(Kind.UNKNOWN_REFERENCE, None, message.format(name), hint)
            for name, each in settings.items()
            if {branch.parts[0].name for branch in each.from_} <= OTHER_FOUNTS
        }

    def check(self, settings: dict[str, FlowSettings], catalogue: Catalogue, check: Check) -> None:
        from piped.providers.flow_making import Maker

        maker = Maker(catalogue, check)
        for each in settings.values():
            maker.made(each)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.options import Check
        from piped.providers.flow_making import Maker
        from piped.providers.flow_service import FlowService
        from piped.providers.flow_stopping import FlowStopping

        maker = Maker(runtime_environment.catalogue, Check())
        services: list[FlowService] = []
        for name, settings in runtime_environment.settings(self.section, {}).items():
            made = maker.made(settings)
            assert made is not None, "it was checked before"
            service = FlowService(name, settings, made, runtime_environment)
            service.setServiceParent(runtime_environment.application)
            services.append(service)
        stopping = FlowStopping(services, runtime_environment.dependency_manager)
        stopping.setServiceParent(runtime_environment.application)
