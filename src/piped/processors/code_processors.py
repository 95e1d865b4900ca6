"""Python in the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.options import Lambda, ResourceName
from piped.processors.base import InputOutputProcessor
from piped.processors.fixed import fixed, namespace_of

if TYPE_CHECKING:
    from piped.dependencies import DependencyMap
    from piped.environment import RuntimeEnvironment

__all__ = ["EvalLambda"]


class EvalLambda(InputOutputProcessor):
    """Give what a lambda gives for the input.

    Example::

        pipeline: [eval-lambda: {input_path: n, output_path: square, lambda: "n: n * n"}]
        given: {n: 7}
        gives: {n: 7, square: 49}
    """

    name = "eval-lambda"
    dependencies: DependencyMap

    def __init__(
        self,
        *,
        lambda_: Lambda,
        namespace: dict[str, Any] | None = None,
        dependencies: dict[str, ResourceName] | None = None,
        **paths: Any,
    ) -> None:
        """
        lambda: a lambda of one argument without the word, like `input: input + 1`
        namespace: names that it may use; a text is the dotted name of something in Python
        dependencies: resources that it may use, as `self.dependencies.name`
        """
        super().__init__(**paths)
        self.lambda_ = fixed("lambda", lambda_)
        self.namespace = namespace or {}
        self._needed = dependencies or {}

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.dependencies = runtime_environment.create_dependency_map(self, **self._needed)
        self._evaluate = self.lambda_.bind(**namespace_of(self, self.namespace))

    def process_input(self, input: Any, baton: Any) -> Any:
        del baton
        return self._evaluate(input)
