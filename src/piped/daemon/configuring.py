"""From a checked configuration to an environment in which all is configured, and its events."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from piped.checking import Checked
from piped.environment import RuntimeEnvironment
from piped.event import Event
from piped.interop import settled

__all__ = ["announce", "configured", "naming"]

logger = logging.getLogger("piped")


def configured(
    checked: Checked, stop: Callable[[int], None], beside: Iterable[Any] = ()
) -> RuntimeEnvironment:
    """All providers and services configured, and those `beside` them; nothing has begun."""
    environment = RuntimeEnvironment(
        checked.configuration,
        catalogue=checked.catalogue,
        settings=checked.settings,
        stop=stop,
    )
    environment.configure()
    for provider in (*checked.providers, *beside):
        with naming(provider, "was configured"):
            provider.configure(environment)
    for plugin in checked.catalogue.services.values():
        service = plugin.load()()
        with naming(service, "was configured"):
            service.configure(environment)
        if service.is_enabled():
            service.setServiceParent(environment.application)
    return environment


async def announce(event: Event) -> None:
    """Fire an event of the environment, and wait for all who heard of it."""
    for succeeded, result in await settled(event()):
        if not succeeded:
            failure = getattr(result, "value", result)
            logger.error("an event's handler failed", exc_info=failure)


@contextmanager
def naming(plugin: object, what: str) -> Iterator[None]:
    """Whatever goes wrong inside says in which plugin."""
    try:
        yield
    except Exception as failure:
        failure.add_note(f"while the plugin {type(plugin).__name__} {what}")
        raise
