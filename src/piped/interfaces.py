"""The marks of a plugin: what a class provides, in the manner of `zope.interface`.

They are needed only by plugins that do not derive from our base classes::

    @zope.interface.provider(IProcessor)
    class Uppercase: ...
"""

from __future__ import annotations

from typing import Any

from zope.interface import Attribute, Interface

__all__ = ["IPipedService", "IProcessor", "IResourceProvider"]


class IProcessor(Interface):
    """A class of which a pipeline makes one instance for each step."""

    name = Attribute("The name in the configuration.")

    def configure(runtime_environment: Any) -> None:  # noqa: N805 - an interface has no self
        """Ask for what the processor depends on."""

    def process(baton: Any) -> Any:  # noqa: N805 - an interface has no self
        """Give the baton for the consumers, now or later."""


class IResourceProvider(Interface):
    """A class of which there is one instance, that offers resources under paths."""

    def configure(runtime_environment: Any) -> None:  # noqa: N805 - an interface has no self
        """Register the paths, and ask for what the provider depends on."""

    def add_consumer(resource_dependency: Any) -> None:  # noqa: N805 - an interface has no self
        """Tell the dependency when its resource is ready, and when it is lost."""


class IPipedService(Interface):
    """A class of which there is one instance, a `twisted.application` service."""

    def configure(runtime_environment: Any) -> None:  # noqa: N805 - an interface has no self
        """Ask for what the service depends on."""

    def is_enabled() -> bool:
        """Whether the service is to be started."""
