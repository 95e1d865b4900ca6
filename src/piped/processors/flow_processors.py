"""Where batons go, and when."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

from piped.clock import Clock, LoopClock
from piped.options import Between, Duration, KeyPath, Lambda
from piped.paths import get_path
from piped.processing.traits import never_fails, without_effect
from piped.processors.base import Processor
from piped.processors.fixed import names_in, namespace_of, taking

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["LambdaDecider", "Passthrough", "Shutdown", "Stop", "Wait"]

_TRUTH = Lambda("input: bool(input)")


class Passthrough(Processor):
    """Hand on the baton as it is.

    Example::

        pipeline: [passthrough]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "passthrough"

    @never_fails
    @without_effect
    def process(self, baton: Any) -> Any:
        return baton


class Stop(Processor):
    """Hand the baton to nobody if there is something at a path; it becomes a result.

    Example::

        pipeline: [stop: {input_path: done}, set-value: {path: done, value: now}]
        given: {done: before}
        gives: {done: before}
    """

    name = "stop"

    def __init__(
        self,
        *,
        input_path: KeyPath = "",
        decider: Lambda = _TRUTH,
        namespace: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        input_path: where the decider's input is
        decider: whether to stop for that input
        namespace: names that the decider may use; a text is the dotted name of something in Python
        """
        super().__init__(**node)
        self.input_path = input_path
        self.decider = taking(1, "decider", decider)
        self.namespace = names_in(namespace)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        del runtime_environment
        self._stops = self.decider.bind(**namespace_of(self, self.namespace))

    @without_effect
    def process(self, baton: Any) -> Any:
        return baton

    def get_consumers(self, baton: Any) -> list[Any]:
        return [] if self._stops(get_path(baton, self.input_path, None)) else self.consumers


class LambdaDecider(Processor):
    """Hand the baton to those consumers whose index a lambda gives; to none if it gives [].

    Example::

        pipeline:
            - lambda-decider: {input_path: n, lambda: "n: n % 2"}
              consumers:
                - set-value: {path: parity, value: even}
                - set-value: {path: parity, value: odd}
        given: {n: 3}
        gives: {n: 3, parity: odd}
    """

    name = "lambda-decider"

    def __init__(
        self,
        *,
        lambda_: Lambda,
        input_path: KeyPath = "",
        namespace: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        lambda: gives the index of a consumer, or several of them, in the order they are to run
        input_path: where the lambda's input is
        namespace: names that the lambda may use; a text is the dotted name of something in Python
        """
        super().__init__(**node)
        self.lambda_ = taking(1, "lambda", lambda_)
        self.input_path = input_path
        self.namespace = names_in(namespace)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        del runtime_environment
        self._decide = self.lambda_.bind(**namespace_of(self, self.namespace))

    @without_effect
    def process(self, baton: Any) -> Any:
        return baton

    def get_consumers(self, baton: Any) -> list[Any]:
        decided = self._decide(get_path(baton, self.input_path, None))
        indices = decided if isinstance(decided, Iterable) else [decided]
        return [self._consumer(index) for index in indices]

    def _consumer(self, index: Any) -> Any:
        if not isinstance(index, int):
            raise TypeError(f"the lambda decided for {index!r}, which is no index of a consumer")
        if not -len(self.consumers) <= index < len(self.consumers):
            there = f"there are {len(self.consumers)} consumers, numbered from 0"
            raise IndexError(f"the lambda decided for {index!r}, and {there}")
        return self.consumers[index]


class Wait(Processor):
    """Hand on the baton later.

    Example::

        pipeline: [wait: {delay: 10ms}]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "wait"
    _clock: Clock = LoopClock()

    def __init__(self, *, delay: Duration, **node: Any) -> None:
        """delay: how long to wait"""
        super().__init__(**node)
        self.delay = delay

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._clock = runtime_environment.clock

    async def process(self, baton: Any) -> Any:
        await self._clock.sleep(self.delay)
        return baton


ExitCode = Annotated[int, Between(0, 255)]


class Shutdown(Processor):
    """Ask the process to stop, and hand on the baton.

    Example::

        pipeline: [shutdown]
        given: {tests: passed}
        gives: {tests: passed}
    """

    name = "shutdown"

    def __init__(self, *, exit_code: ExitCode = 0, **node: Any) -> None:
        """exit_code: what the process exits with"""
        super().__init__(**node)
        self.exit_code = exit_code

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._environment = runtime_environment

    def process(self, baton: Any) -> Any:
        self._environment.stop(self.exit_code)
        return baton
