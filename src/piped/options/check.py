"""Reading a configuration by types and schemas, with all problems collected."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from piped.conf.nodes import Node
from piped.options.convert import fields_of, form_of
from piped.options.findings import Findings
from piped.options.schema import Schema, SignatureError
from piped.options.wording import about
from piped.problems import Kind, Place

__all__ = ["Check"]


class Check(Findings):
    """Collects problems and references while it converts."""

    def convert(self, node: Node, type_: Any, what: str = "", *, dynamic: bool = False) -> Any:
        """The value of `node` as that type, or INVALID."""
        with self._reading(dynamic=dynamic):
            try:
                return form_of(type_).read(node, self, what)
            except SignatureError as error:
                return self._broken(error, node, what)

    def options(
        self,
        node: Node,
        schema: Schema,
        what: str,
        *,
        at: Node | Place | None,
        dynamic: bool = False,
    ) -> Any:
        """The given options by parameter, or INVALID. Missing ones are noted at `at`.

        Options that are not given are left to the signature, but for mutable defaults: of these,
        each asker gets a copy.
        """
        with self._reading(dynamic=dynamic):
            try:
                return fields_of(schema).read(node, self, what, at)
            except SignatureError as error:
                return self._broken(error, node, what)

    @contextmanager
    def _reading(self, *, dynamic: bool) -> Iterator[None]:
        """What is let through at the outside is let through inside, too."""
        outer, self.dynamic = self.dynamic, self.dynamic or dynamic
        try:
            yield
        finally:
            self.dynamic = outer

    def _broken(self, error: SignatureError, node: Node, what: str) -> Any:
        return self.problem(Kind.BROKEN_PLUGIN, node, about(what, str(error)))
