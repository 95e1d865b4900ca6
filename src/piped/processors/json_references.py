"""What a schema of JSON refers to: found before there is an input, in files only.

Nothing is fetched over the net, and no file is read while an input is looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

__all__ = ["References", "Unresolved"]

_KEYWORDS = ("$ref", "$dynamicRef", "$recursiveRef")


@dataclass(frozen=True, slots=True)
class Unresolved:
    """A reference that leads nowhere."""

    keyword: str
    reference: str
    why: str


class References:
    """Follows all references of `schema`; those to files, from `folder`."""

    def __init__(self, schema: Any, folder: Path, fault_of: Callable[[Any], str]) -> None:
        from jsonschema_specifications import REGISTRY
        from referencing import Registry
        from referencing.jsonschema import DRAFT3, DRAFT4

        self._folder = folder
        self._fault_of = fault_of
        self._files: dict[str, Any] = {}
        self._known = REGISTRY
        self._specification = _specification_of(schema)
        self._address = "id" if self._specification in {DRAFT3, DRAFT4} else "$id"
        root = _resource(schema)
        registry: Any = REGISTRY.combine(Registry(retrieve=self._retrieve))  # type: ignore[call-arg]  # mypy knows no aliases of attrs
        self.unresolved = list(self._follow(schema, registry.resolver_with_root(root)))

    @property
    def registry(self) -> Any:
        """All that was found, from where nothing else is looked for."""
        return self._known.with_resources(self._files.items()).crawl()

    def _follow(self, schema: Any, resolver: Any) -> Iterator[Unresolved]:
        from referencing.exceptions import Unresolvable

        waiting, seen = [(schema, resolver)], set()
        while waiting:
            contents, resolver = waiting.pop()
            if not isinstance(contents, dict) or id(contents) in seen:
                continue
            seen.add(id(contents))
            if contents is not schema:
                resolver = self._within(contents, resolver)
            for keyword, reference in _references(contents):
                try:
                    found = resolver.lookup(reference)
                except (Unresolvable, ValueError) as error:
                    yield Unresolved(keyword, reference, _why(reference, error))
                else:
                    waiting.append((found.contents, found.resolver))
            waiting += [(each, resolver) for each in _parts(contents)]

    def _within(self, contents: dict[str, Any], resolver: Any) -> Any:
        """Whom to ask for what `contents` refer to, which may have an address of their own."""
        # A property may be called so, too; what it has there is no text.
        if not isinstance(contents.get(self._address), str):
            return resolver
        return resolver.in_subresource(self._specification.create_resource(contents))

    def _retrieve(self, uri: str) -> Any:
        if uri not in self._files:
            self._files[uri] = self._read(uri)
        return self._files[uri]

    def _read(self, uri: str) -> Any:
        if urlsplit(uri).scheme or not uri:
            raise ValueError("it is not on this machine, and nothing is fetched")
        try:
            schema = json.loads((self._folder / unquote(uri)).read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"it cannot be read: {error.strerror}") from error
        except (ValueError, RecursionError) as error:
            raise ValueError("it is no JSON") from error
        if fault := self._fault_of(schema):
            raise ValueError(f"it {fault}")
        return _resource(schema)


def _resource(schema: Any) -> Any:
    return _specification_of(schema).create_resource(schema)


def _specification_of(schema: Any) -> Any:
    from referencing.jsonschema import DRAFT202012, specification_with

    named = schema.get("$schema") if isinstance(schema, dict) else None
    return DRAFT202012 if named is None else specification_with(named)


def _references(contents: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for keyword in _KEYWORDS:
        reference = contents.get(keyword)
        if isinstance(reference, str):
            yield keyword, reference


def _parts(contents: dict[str, Any]) -> Iterator[Any]:
    """What may be schemas within a schema."""
    for keyword, value in contents.items():
        if keyword in {"const", "enum", "default", "examples"}:
            continue
        yield value
        if isinstance(value, list):
            yield from value
        elif isinstance(value, dict):
            yield from value.values()


def _why(reference: str, error: BaseException) -> str:
    cause = error.__cause__ or error
    while cause.__cause__ is not None and not isinstance(cause, ValueError):
        cause = cause.__cause__
    told = f": {cause}" if isinstance(cause, ValueError) else ""
    return f"it refers to {reference!r}, which is not there{told}"
