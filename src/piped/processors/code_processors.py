"""Python in the configuration, and Python that the configuration names."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError
from piped.interop import is_later, settled
from piped.options import Code, DottedName, KeyPath, Lambda, ResourceName
from piped.processors.base import InputOutputProcessor, Processor
from piped.processors.fixed import fixed, loaded, names_in, namespace_of, taking

if TYPE_CHECKING:
    from piped.dependencies import DependencyMap
    from piped.environment import RuntimeEnvironment

__all__ = ["CallNamedAny", "CodeProcessor", "EvalLambda", "ExecCode"]

_PARAMETERS = ("self", "input", "baton")


class CodeProcessor(InputOutputProcessor):
    """Has Python in it, which may use names and resources."""

    dependencies: DependencyMap

    def __init__(
        self,
        *,
        namespace: dict[str, Any] | None = None,
        dependencies: dict[str, ResourceName] | None = None,
        **paths: Any,
    ) -> None:
        """
        namespace: names that it may use; a text is the dotted name of something in Python
        dependencies: resources that it may use, as `self.dependencies.name`
        """
        super().__init__(**paths)
        self.namespace = names_in(namespace)
        self._needed = fixed("dependencies", dependencies or {})

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self.dependencies = runtime_environment.create_dependency_map(self, **self._needed)


class EvalLambda(CodeProcessor):
    """Give what a lambda gives for the input.

    Example::

        pipeline: [eval-lambda: {input_path: n, output_path: square, lambda: "n: n * n"}]
        given: {n: 7}
        gives: {n: 7, square: 49}
    """

    name = "eval-lambda"

    def __init__(self, *, lambda_: Lambda, **options: Any) -> None:
        """lambda: a lambda of one argument without the word, like `input: input + 1`"""
        super().__init__(**options)
        self.lambda_ = taking(1, "lambda", lambda_)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._evaluate = self.lambda_.bind(**namespace_of(self, self.namespace))

    def process_input(self, input: Any, baton: Any) -> Any:
        del baton
        return self._evaluate(input)


class ExecCode(CodeProcessor):
    """Give what some Python returns: the body of a function of `self`, `input` and `baton`.

    With `await` in it, the function is asynchronous.

    Example::

        pipeline:
            - exec-code:
                input_path: n
                output_path: halves
                namespace: {sleep: asyncio.sleep}
                code: |
                    half = input / 2
                    await sleep(0)
                    return [half, half]
        given: {n: 7}
        gives: {n: 7, halves: [3.5, 3.5]}
    """

    name = "exec-code"

    def __init__(
        self,
        *,
        code: Code,
        inline_callbacks: bool = False,
        use_file: bool = True,
        **options: Any,
    ) -> None:
        """
        code: the body of the function
        inline_callbacks: wait for what is yielded, as Twisted's `inlineCallbacks` does
        use_file: of no meaning any more: a traceback always shows the lines of the configuration
        """
        super().__init__(**options)
        self.code = fixed("code", code)
        self.inline_callbacks = fixed("inline_callbacks", inline_callbacks)
        self.use_file = use_file
        self._complain_of_yield()

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        super().configure(runtime_environment)
        self._execute = self.code.bind("code", _PARAMETERS, **namespace_of(self, self.namespace))
        if self.inline_callbacks:
            from twisted.internet.defer import inlineCallbacks

            self._execute = inlineCallbacks(self._execute)

    def process_input(self, input: Any, baton: Any) -> Any:
        return self._execute(self, input, baton)

    def _complain_of_yield(self) -> None:
        function = self.code.bind("code", _PARAMETERS)
        yields = inspect.isgeneratorfunction(function)
        if inspect.isasyncgenfunction(function) or (yields and not self.inline_callbacks):
            hint = "Return a list, write `await` for `yield`, or say `inline_callbacks: true`."
            raise ConfigurationError("the code yields, and nobody takes what it yields", hint=hint)
        if self.inline_callbacks and not yields:
            raise ConfigurationError("inline_callbacks is true, and the code yields nothing")


class CallNamedAny(Processor):
    """Call a function of Python.

    Example::

        pipeline: [call-named-any: {name: math.dist, args: [[0, 0], [3, 4]]}]
        given: {who: ada}
        gives: {who: ada, result: 5.0}
    """

    name = "call-named-any"

    def __init__(
        self,
        *,
        name: DottedName,
        output_path: KeyPath | None = "result",
        args: list[Any] | None = None,
        kwargs: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        name: the dotted name of what to call
        output_path: where the result goes; '' replaces the baton, null discards it
        args: its arguments
        kwargs: its arguments by name
        """
        super().__init__(**node)
        self._function = loaded("name", name)
        if not callable(self._function):
            raise ConfigurationError(f"name is {str(name)!r}, which cannot be called")
        self.output_path = output_path
        self.args = args or []
        self.kwargs = kwargs or {}

    def process(self, baton: Any) -> Any:
        result = self._function(*self.args, **self.kwargs)
        if is_later(result):
            return self._later(result, baton)
        return self.get_resulting_baton(baton, self.output_path, result)

    async def _later(self, result: Any, baton: Any) -> Any:
        return self.get_resulting_baton(baton, self.output_path, await settled(result))
