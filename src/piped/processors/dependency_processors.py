"""Use resources."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import PipedError, UnfitBaton
from piped.interop import is_later, settled
from piped.options import KeyPath, ResourceName
from piped.problems import did_you_mean
from piped.processors.base import Processor
from piped.processors.fixed import fixed

if TYPE_CHECKING:
    from piped.dependencies import Dependency
    from piped.environment import RuntimeEnvironment

__all__ = ["CallDependency", "DependencyProcessor"]


class DependencyProcessor(Processor):
    """Does something with one resource; waits for it while it is not there."""

    _dependency: Any

    def depend_on(self, runtime_environment: RuntimeEnvironment, needed: Any) -> None:
        """Ask for the resource, in any of the forms that the dependency manager takes."""
        manager = runtime_environment.dependency_manager
        self._dependency = manager.add_dependency(self, needed)

    def process(self, baton: Any) -> Any:
        if self._dependency.is_ready:
            return self.process_resource(self._dependency.get_resource(), baton)
        return self._when_ready(self._dependency, baton)

    def process_resource(self, resource: Any, baton: Any) -> Any:
        """Give the baton for the consumers, now or later."""
        raise NotImplementedError

    async def _when_ready(self, dependency: Dependency, baton: Any) -> Any:
        resource = await settled(dependency.wait_for_resource())
        return await settled(self.process_resource(resource, baton))


class CallDependency(DependencyProcessor):
    """Call a resource, or a method of it.

    Example::

        pipeline:
            - call-dependency:
                dependency: context.prices
                method: get
                arguments: !path what
                output_path: price
        resources: {context.prices: {engine: 17000}}
        given: {what: engine}
        gives: {what: engine, price: 17000}
    """

    name = "call-dependency"

    def __init__(
        self,
        *,
        dependency: ResourceName,
        method: str = "__call__",
        arguments: Any = None,
        unpack_arguments: bool = False,
        output_path: KeyPath | None = None,
        **node: Any,
    ) -> None:
        """
        dependency: the resource
        method: the method to call
        arguments: what to call it with; with nothing if it is not given
        unpack_arguments: spread a list, or a mapping by names
        output_path: where the result goes; '' replaces the baton, null discards it
        """
        super().__init__(**node)
        self.dependency = fixed("dependency", dependency)
        self.method = method
        self.arguments = arguments
        self.unpack_arguments = unpack_arguments
        self.output_path = output_path

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.depend_on(runtime_environment, self.dependency)

    def process_resource(self, resource: Any, baton: Any) -> Any:
        args, kwargs = self._call_arguments()
        result = self._method_of(resource)(*args, **kwargs)
        if is_later(result):
            return self._later(result, baton)
        return self.get_resulting_baton(baton, self.output_path, result)

    def _method_of(self, resource: Any) -> Any:
        method = self.method
        found = getattr(resource, method, None)
        if not callable(found):
            near = did_you_mean(method, [each for each in dir(resource) if each[0] != "_"])
            path = getattr(self.dependency, "provider", self.dependency)
            raise PipedError(f"the resource {str(path)!r} has no method {method!r}{near}")
        return found

    def _call_arguments(self) -> tuple[list[Any], dict[str, Any]]:
        if self.arguments is None:
            return [], {}
        if not self.unpack_arguments:
            return [self.arguments], {}
        if isinstance(self.arguments, dict):
            return [], self.arguments
        if not isinstance(self.arguments, list | tuple):
            what = "a list, or a mapping of names"
            raise UnfitBaton(f"the arguments are {self.arguments!r:.60}, and {what} is needed")
        return list(self.arguments), {}

    async def _later(self, result: Any, baton: Any) -> Any:
        return self.get_resulting_baton(baton, self.output_path, await settled(result))
