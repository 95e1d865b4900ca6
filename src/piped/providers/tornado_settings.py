"""The sections `tornado` and `cyclone`: their sites, without anything of Tornado's."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any

from piped.conf.nodes import Entry, Mapping, Node, Sequence
from piped.options import INVALID, DottedName, Duration, ResourceName, ServerEndpoint, schema_of
from piped.options.convert import fields_of, form_of
from piped.options.findings import Findings
from piped.options.form import Definitions, Form, Json
from piped.options.wording import about
from piped.problems import Kind, Place
from piped.secret import Secret
from piped.web.debugger.settings import Debug

__all__ = ["ApplicationSettings", "Handler", "SiteSettings", "Target", "loaded"]

_A_TARGET = "Name a class, or {provider: PATH}."


@dataclass(frozen=True)
class Target:
    """What answers: a class by its name, or what a provider has."""

    named: DottedName | None = None
    provided: ResourceName | None = None

    @property
    def is_pipeline(self) -> bool:
        return self.provided is not None and self.provided.path.startswith("pipeline.")

    @classmethod
    def from_node(cls, node: Node, findings: Findings) -> Any:
        if not isinstance(node, Mapping):
            return _if_read(cls, DottedName.from_node(node, findings))
        if "class" in node and len(node.entries) == 1:
            return _if_read(cls, DottedName.from_node(node["class"], findings))
        if "provider" in node and "class" not in node:
            return _if_read(lambda each: cls(None, each), ResourceName.from_node(node, findings))
        message = about(findings.what, "expected one of the keys 'class' and 'provider'")
        return findings.problem(Kind.WRONG_VALUE, node, message, _A_TARGET)

    @classmethod
    def json_schema(cls) -> Json:
        name = DottedName.json_schema()
        mapping = {"type": "object", "properties": {"class": name}, "required": ["class"]}
        return {"anyOf": [name, mapping, ResourceName.json_schema()["anyOf"][1]]}


def _if_read(make: Any, value: Any) -> Any:
    return value if value is INVALID else make(value)


@dataclass(kw_only=True)
class Handler:
    """A pattern, and what answers there.

    pattern: a regular expression of paths; what its groups match goes to the handler
    handler: the name of a class, or `{provider: PATH}` of one, or of a pipeline
    kwargs: what `initialize` of the class is called with
    name: what `reverse_url` finds it by
    keep_open: whether somebody may finish the handler after its pipeline has ended
    """

    pattern: str
    handler: Target
    kwargs: dict[str, Any] = field(default_factory=dict)
    name: str | None = None
    keep_open: bool = False
    place: Place | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        try:
            regex = re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"`pattern` is no regular expression: {error}") from None
        if regex.groupindex and len(regex.groupindex) != regex.groups:
            raise ValueError("of the groups of `pattern`, all have names, or none")
        if self.keep_open and not self.handler.is_pipeline:
            raise ValueError("`keep_open` is for pipelines")
        if self.kwargs and self.handler.is_pipeline:
            raise ValueError("a pipeline takes no `kwargs`")


_ENTRY = form_of(Handler)
_IN_A_LIST = ("pattern", "handler", "kwargs", "name")
_SHORT = f"[{', '.join(_IN_A_LIST)}]"


def _read_handler(node: Node, findings: Findings, what: str) -> Any:
    as_mapping = node
    if not isinstance(node, Mapping | Sequence):
        return findings.unfit(node, what, f"a handler like {_SHORT}")
    if isinstance(node, Sequence):
        if len(node.items) > len(_IN_A_LIST):
            message = about(what, f"expected {_SHORT}, got a list of {len(node.items)}")
            return findings.problem(Kind.WRONG_VALUE, node, message)
        pairs = zip(_IN_A_LIST, node.items, strict=False)
        as_mapping = Mapping(
            {name: Entry(each, each.origin.place) for name, each in pairs}, node.origin
        )
    handler = _ENTRY.read(as_mapping, findings, what)
    if handler is not INVALID:
        handler.place = node.origin.place
    return handler


def _handler_schema(definitions: Definitions) -> Json:
    as_list = {"type": "array", "minItems": 2, "maxItems": len(_IN_A_LIST)}
    return {"anyOf": [_ENTRY.schema(definitions), as_list]}


_HANDLER = Form(
    "handler",
    f"a handler like {_SHORT}",
    _read_handler,
    _handler_schema,
    (Sequence, Mapping),
)


class ApplicationSettings:
    """What an application is made with."""

    place: Place | None = None

    def __init__(
        self,
        *,
        handlers: list[Annotated[Handler, _HANDLER]] = [],  # noqa: B006 - each reader gets a copy
        transforms: list[DottedName] | None = None,
        ui_modules: DottedName | dict[str, DottedName] | None = None,
        piped_dependencies: dict[str, ResourceName] | None = None,
        cookie_secret: Secret | None = None,
        debug: bool | Debug = False,
        debug_allow: list[str] | None = None,
        debug_timeout: Duration = 60.0,
        **settings: Any,
    ) -> None:
        """
        The settings of an application; all others go to Tornado as they are.

        handlers: what answers, each as a mapping or as [pattern, handler, kwargs, name]
        transforms: the classes of what every answer goes through
        ui_modules: a module with classes of UI modules, or such classes by their names
        piped_dependencies: resources by name, as a DependencyMap among the settings
        cookie_secret: what cookies are signed with
        debug: whether failures may be looked into; or who may, as for web sites
        debug_allow: addresses, networks and host names of those who may
        debug_timeout: for how long a failure is kept that nobody looks at
        """
        self.handlers = handlers
        self.transforms = transforms
        self.ui_modules = ui_modules
        self.piped_dependencies = piped_dependencies
        self.cookie_secret = cookie_secret
        self.settings = settings
        self.debug = (
            debug
            if isinstance(debug, Debug)
            else Debug(allow=debug_allow or [] if debug else [], max_inactive_time=debug_timeout)
        )
        self.is_debugging = bool(debug)

    def names(self) -> list[DottedName]:
        """All of Python that is named, but for handlers."""
        modules = self.ui_modules
        several = modules.values() if isinstance(modules, dict) else [modules] if modules else []
        return [*(self.transforms or ()), *several]


def _read_application(node: Node, findings: Findings, what: str) -> Any:
    values = fields_of(schema_of(ApplicationSettings)).read(node, findings, what, node)
    if values is INVALID:
        return INVALID
    application = ApplicationSettings(**values)
    application.place = node.origin.place
    return application


_APPLICATION = Form(
    "mapping of settings",
    "a mapping of settings",
    _read_application,
    lambda definitions: definitions.once(
        "tornado.Application", lambda each: fields_of(schema_of(ApplicationSettings)).json(each)
    ),
    (Mapping,),
)


@dataclass(frozen=True, kw_only=True)
class SiteSettings:
    """One site.

    application: what the application is made with
    enabled: whether it is there at all
    listen: where it listens, once or several times: a port, or `tcp:` or `tcp6:`
    application_factory: what makes the application, if not tornado.web.Application
    type: another name of `application_factory`
    close_time: how long requests may go on when the site stops
    """

    application: Annotated[ApplicationSettings, _APPLICATION] = field(
        default_factory=ApplicationSettings
    )
    enabled: bool = True
    listen: ServerEndpoint | list[ServerEndpoint] = "tcp:8888"
    application_factory: DottedName | None = None
    type: DottedName | None = None
    close_time: Duration = 10.0

    def __post_init__(self) -> None:
        if self.application_factory and self.type:
            raise ValueError("`type` is another name of `application_factory`: say one of them")
        for each in self.endpoints:
            if not each.startswith(("tcp:", "tcp6:")):
                raise ValueError(f"`listen`: {each!r} is neither `tcp:` nor `tcp6:`")

    @property
    def endpoints(self) -> list[str]:
        return [self.listen] if isinstance(self.listen, str) else list(self.listen)

    @property
    def factory(self) -> DottedName:
        return self.application_factory or self.type or DottedName("tornado.web.Application")


def loaded(name: DottedName) -> Any:
    """What is called so. Names of Cyclone's are those of Tornado's that it was made after."""
    first, dot, rest = name.name.partition(".")
    return DottedName(f"tornado{dot}{rest}").load() if first == "cyclone" else name.load()
