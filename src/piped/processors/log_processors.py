"""Tell people."""

from __future__ import annotations

import logging
from pprint import pprint
from typing import TYPE_CHECKING, Any, Literal

from piped.exceptions import ConfigurationError
from piped.options import KeyPath, Lambda
from piped.paths import get_path
from piped.processors.base import Processor
from piped.processors.fixed import names_in, namespace_of, taking

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["Log", "PrettyPrint"]

Level = Literal["debug", "info", "warning", "warn", "error", "critical", "failure"]
_LEVELS = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warning": logging.WARNING,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "failure": logging.ERROR,
}
_AS_IT_IS = Lambda("baton: baton")


class Log(Processor):
    """Write a message to the log, unless it is empty.

    Example::

        pipeline: [log: {message_path: what, level: debug}]
        given: {what: engines are built}
        gives: {what: engines are built}
    """

    name = "log"

    def __init__(
        self,
        *,
        message: str | None = None,
        message_path: KeyPath | None = None,
        logger_name: str | None = None,
        level: Level = "info",
        **node: Any,
    ) -> None:
        """
        message: what to write
        message_path: where it is in the baton
        logger_name: the logger to write to; that of all others if it is not given
        level: how much it matters; `failure` adds the traceback of what is being handled
        """
        super().__init__(**node)
        if (message is None) == (message_path is None):
            raise ConfigurationError("it needs either 'message' or 'message_path'")
        self.message = message
        self.message_path = message_path
        self.logger_name = logger_name
        self.level = level

    def process(self, baton: Any) -> Any:
        path = self.message_path
        message = self.message if path is None else get_path(baton, path, None)
        if message:
            logger = logging.getLogger(self.logger_name)
            logger.log(_LEVELS[self.level], "%s", message, exc_info=self.level == "failure")
        return baton


class PrettyPrint(Processor):
    """Print a part of the baton on the standard output.

    Example::

        pipeline: [pretty-print: {path: who, formatter: "who: who.upper()"}]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "pretty-print"

    def __init__(
        self,
        *,
        path: KeyPath = "",
        formatter: Lambda = _AS_IT_IS,
        namespace: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        path: what to print
        formatter: what to make of it before
        namespace: names that the formatter may use
        """
        super().__init__(**node)
        self.path = path
        self.formatter = taking(1, "formatter", formatter)
        self.namespace = names_in(namespace)

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        del runtime_environment
        self._format = self.formatter.bind(**namespace_of(self, self.namespace))

    def process(self, baton: Any) -> Any:
        pprint(self._format(get_path(baton, self.path, None)))  # noqa: T203 - what it is for
        return baton
