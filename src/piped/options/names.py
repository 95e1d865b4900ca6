"""Names of things elsewhere: in the baton, in Python, among the resources and the pipelines."""

from __future__ import annotations

import builtins
import importlib
import re
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Annotated, Any, ClassVar

from piped.conf.nodes import Mapping, Node, Scalar, plain
from piped.options.findings import INVALID, Findings
from piped.options.form import Form, constant
from piped.options.scalars import text_form, text_hint, text_of
from piped.options.wording import about
from piped.problems import Kind

__all__ = ["DottedName", "KeyPath", "NameBelow", "PipelineName", "ResourceName"]

# What stands between two dots may be anything but nothing.
_COMPONENTS = r"[^.]+(?:\.[^.]+)*"
_KEY_PATH = rf"^(?:{_COMPONENTS})?$"
_PIPELINE = rf"^\.*{_COMPONENTS}$"
_PATH = rf"^{_COMPONENTS}$"
_DOTTED = r"^[^\W\d]\w*(?:\.[^\W\d]\w*)*$"
_is_key_path, _is_pipeline, _is_path, _is_dotted = (
    re.compile(each).fullmatch for each in (_KEY_PATH, _PIPELINE, _PATH, _DOTTED)
)


def _read_pipeline(node: Node, findings: Findings, what: str) -> Any:
    text = text_of(node)
    if text is None:
        return findings.unfit(node, what, _PIPELINE_NAME.expected, hint=text_hint(node))
    if not _is_pipeline(text):
        return findings.unfit(node, what, _PIPELINE_NAME.expected, kind=Kind.WRONG_VALUE)
    findings.refer("pipeline", text, node)
    return text


_PIPELINE_NAME = Form(
    "name of a pipeline",
    "the name of a pipeline like web.hello or .hello",
    _read_pipeline,
    constant({"type": "string", "pattern": _PIPELINE}),
)

KeyPath = Annotated[
    str,
    text_form(
        "key path",
        "a key path like user.name",
        lambda text: text if _is_key_path(text) else None,
        {"type": "string", "pattern": _KEY_PATH},
    ),
]
PipelineName = Annotated[str, _PIPELINE_NAME]


@dataclass(frozen=True, slots=True)
class DottedName:
    """The name of something in Python: `package.module.Class.attribute`, or a built-in."""

    name: str

    def __str__(self) -> str:
        return self.name

    def load(self) -> Any:
        """The thing itself. Raises ImportError or AttributeError where there is none."""
        first, *others = self.name.split(".")
        found: Any = _module(first)
        if found is None:
            return _builtin(self.name)
        for depth, name in enumerate(others, start=1):
            # An attribute comes before a module of the same name, as it does in Python.
            if isinstance(found, ModuleType) and not hasattr(found, name):
                found = _module(".".join([first, *others[:depth]])) or getattr(found, name)
            else:
                found = getattr(found, name)
        return found

    @classmethod
    def from_node(cls, node: Node, findings: Findings) -> Any:
        expected, text = "a dotted name like package.module.name", text_of(node)
        if text is None:
            return findings.unfit(node, findings.what, expected, hint=text_hint(node))
        if not _is_dotted(text):
            return findings.unfit(node, findings.what, expected, kind=Kind.WRONG_VALUE)
        return cls(text)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string", "pattern": _DOTTED}


def _module(name: str) -> ModuleType | None:
    """The module, or None if there is none; what fails inside of it is not hidden."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise


def _builtin(name: str) -> Any:
    if not hasattr(builtins, name):
        raise ImportError(f"there is no module and no built-in {name!r}")
    return getattr(builtins, name)


@dataclass(frozen=True, slots=True)
class ResourceName:
    """The path of a resource, and what its provider is to know beside it."""

    path: str
    configuration: AnyMapping[str, Any] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        return self.path

    @classmethod
    def from_node(cls, node: Node, findings: Findings) -> Any:
        """Written as the path, or as a mapping with the path as `provider`."""
        if not isinstance(node, Mapping):
            path = _read_resource_path(node, findings, findings.what)
            return cls(path) if type(path) is str else path
        provider = node.get("provider")
        if provider is None:
            message = about(findings.what, "the mapping has no 'provider', the path of a resource")
            return findings.problem(Kind.MISSING_OPTION, node, message)
        path = _read_resource_path(provider, findings, f"{findings.what}.provider")
        if path is INVALID:
            return INVALID
        return cls(path, {str(key): plain(each) for key, each in node.items() if key != "provider"})

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        text = {"type": "string", "pattern": _PATH}
        mapping = {"type": "object", "properties": {"provider": text}, "required": ["provider"]}
        return {"anyOf": [text, mapping]}


def _read_resource_path(node: Node, findings: Findings, what: str) -> Any:
    text = node.value if isinstance(node, Scalar) else None
    expected = "the path of a resource like pipeline.hello"
    if type(text) is not str:
        return findings.unfit(node, what, expected, hint=text_hint(node))
    if not _is_path(text):
        return findings.unfit(node, what, expected, kind=Kind.WRONG_VALUE)
    findings.refer("resource", text, node)
    return text


class NameBelow(str):
    """The part of a resource's path that differs; what stands around it is always the same.

    A class of such names says what stands there, and what is expected::

        class ContextName(NameBelow, prefix="context", expected="the name of a context"):
            ...
    """

    __slots__ = ()
    _prefix: ClassVar[str]
    _suffix: ClassVar[str]
    _expected: ClassVar[str]

    def __init_subclass__(cls, *, prefix: str, expected: str, suffix: str = "") -> None:
        super().__init_subclass__()
        cls._prefix, cls._suffix, cls._expected = prefix, suffix, expected

    @classmethod
    def from_node(cls, node: Node, findings: Findings) -> Any:
        value = getattr(node, "value", None)
        if type(value) is not str:
            return findings.unfit(node, findings.what, cls._expected)
        if not value:
            return findings.unfit(node, findings.what, cls._expected, kind=Kind.WRONG_VALUE)
        findings.refer("resource", f"{cls._prefix}.{value}{cls._suffix}", node)
        return value

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {"type": "string", "minLength": 1}
