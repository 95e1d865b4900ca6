"""ZooKeeper: what several processes have to agree on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.problems import Kind
from piped.provider import Provider
from piped.providers.zookeeper_settings import Client, ZooKeeperSettings

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.options import Check
    from piped.providers.zookeeper_service import ConnectedService

__all__ = ["ZooKeeperProvider"]


class ZooKeeperProvider(Provider):
    """Stay connected to ZooKeeper; take part in groups, locks and elections.

    `zookeeper.client.NAME` is there while it is connected; `zookeeper.leader.NAME` while this
    process is elected; `zookeeper.lock.NAME` has what is to be done by one at a time;
    `zookeeper.membership.NAME` knows who belongs to a group::

        zookeeper:
            clients:
                main:
                    servers: localhost:2181/app
                    auth: !secret {environment: ZOOKEEPER_AUTH}     # digest:NAME:PASSWORD
                    events: {expired: pipeline.tell}
            memberships:
                workers: {client: main, path: /workers, data: {endpoint: "tcp:10.0.0.7:8789"}}
            locks:
                report: {client: main, path: /locks/report}
            leaders:
                cleaner: {client: main, path: /leaders/cleaner}
    """

    section: ClassVar[str] = "zookeeper"
    settings: ClassVar[Any] = ZooKeeperSettings
    requires: ClassVar[tuple[str, ...]] = ("kazoo",)
    extra: ClassVar[str] = "zookeeper"

    def offers(self, settings: ZooKeeperSettings) -> Iterable[str]:
        return [
            *(f"zookeeper.client.{name}" for name in settings.clients),
            *(f"zookeeper.membership.{name}" for name in settings.memberships),
            *(f"zookeeper.lock.{name}" for name in settings.locks),
            *(f"zookeeper.leader.{name}" for name in settings.leaders),
        ]

    def check(self, settings: ZooKeeperSettings, catalogue: Catalogue, check: Check) -> None:
        del catalogue
        for name, membership in settings.memberships.items():
            if fault := _fault_of_data(membership.data):
                what = f"zookeeper.memberships.{name}.data"
                check.problem(Kind.WRONG_VALUE, None, f"{what} is no JSON: {fault}")

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        settings = runtime_environment.settings(self.section, ZooKeeperSettings())
        for name, client in settings.clients.items():
            self._configure_client(runtime_environment, name, client)
        for service in self._services(runtime_environment, settings):
            service.configure(runtime_environment)
            # They stop before their client does, and may say so.
            service.setServiceParent(runtime_environment.application)

    def _services(
        self, runtime_environment: RuntimeEnvironment, settings: ZooKeeperSettings
    ) -> Iterable[ConnectedService]:
        from piped.providers.zookeeper_leader import LeaderService, LockService
        from piped.providers.zookeeper_membership import MembershipService

        offer = runtime_environment.offer
        for name, membership in settings.memberships.items():
            yield MembershipService(name, membership, offer(f"zookeeper.membership.{name}"))
        for name, lock in settings.locks.items():
            yield LockService(name, lock, offer(f"zookeeper.lock.{name}"))
        for name, leader in settings.leaders.items():
            yield LeaderService(name, leader, offer(f"zookeeper.leader.{name}"))

    def _configure_client(
        self, runtime_environment: RuntimeEnvironment, name: str, settings: Client
    ) -> None:
        from piped.providers.zookeeper_client import ZooKeeperClient
        from piped.providers.zookeeper_events import SessionEvents

        offer = runtime_environment.offer(f"zookeeper.client.{name}")
        named = settings.events.in_use() if settings.events is not None else {}
        processors = {
            event: ResourceDependency(each.path, each.configuration)
            for event, each in named.items()
        }
        events = SessionEvents(offer.path, processors, settings.close_time)
        for each in processors.values():
            runtime_environment.dependency_manager.add_dependency(events, each)
        runtime_environment.on_stopping.handle(
            lambda: events.stopping(offer.resource if offer.is_ready else None)
        )
        client = ZooKeeperClient(name, settings, runtime_environment.clock, offer, events)
        client.setServiceParent(runtime_environment.application)


def _fault_of_data(data: Any) -> str:
    try:
        json.dumps(data, allow_nan=False)
    except (TypeError, ValueError) as error:
        return str(error)
    return ""
