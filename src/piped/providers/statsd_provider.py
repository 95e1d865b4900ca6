"""StatsD: where metrics are sent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from piped.environment import RuntimeEnvironment
from piped.provider import Provider
from piped.providers.statsd_settings import StatsdSettings

__all__ = ["StatsdProvider"]


class StatsdProvider(Provider):
    """Send metrics to servers of StatsD, over UDP.

    `statsd.client.NAME` has `increment`, `decrement`, `gauge`, `timing`, `histogram`, `set` and
    `timed`, none of which ever waits or fails because of the server. What is sent without a line of
    Python, the section `metrics` says::

        statsd:
            default: {host: localhost, port: 8125}
            datadog: {host: agent.example.com, tagged: true, tags: [env:production]}
    """

    section: ClassVar[str] = "statsd"
    settings: ClassVar[Any] = dict[str, StatsdSettings]

    def offers(self, settings: dict[str, StatsdSettings]) -> Iterable[str]:
        return [f"statsd.client.{name}" for name in settings]

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.statsd_client import StatsdClient

        for name, settings in runtime_environment.settings(self.section, {}).items():
            client = StatsdClient(name, settings, runtime_environment.clock)
            runtime_environment.offer(f"statsd.client.{name}", resource=client)
            client.setServiceParent(runtime_environment.application)
