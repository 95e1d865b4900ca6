"""What a site is told: the settings of the section `web`.

What is set at the site holds for all its places, what is set at a place for all below it: the
nearest one counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal

from piped.options import (
    DottedName,
    Lambda,
    ResourceName,
    Size,
)
from piped.options.scalars import text_form
from piped.web.debugger.settings import Debug
from piped.web.site.auth import Auth
from piped.web.site.cors import Cors
from piped.web.site.rate_limit import RateLimit

__all__ = [
    "AccessLog",
    "Concatenated",
    "Config",
    "Inherited",
    "Methods",
    "Static",
]

LogLevel = Literal["debug", "info", "warn", "warning", "error", "critical"]
LogFormat = Literal["none", "common", "combined", "json"]
Off = Literal[False]


def _network(text: str) -> str | None:
    try:
        return text if text == "unix" else str(ip_network(text, strict=False))
    except ValueError:
        return None


Network = Annotated[
    str, text_form("network", "a network like 10.0.0.0/8, or unix", _network, {"type": "string"})
]


@dataclass(frozen=True, kw_only=True)
class Methods:
    """A processor for each method. HEAD is answered by GET, OPTIONS by itself.

    get: what answers GET
    head: what answers HEAD
    post: what answers POST
    put: what answers PUT
    patch: what answers PATCH
    delete: what answers DELETE
    options: what answers OPTIONS
    """

    get: ResourceName | None = None
    head: ResourceName | None = None
    post: ResourceName | None = None
    put: ResourceName | None = None
    patch: ResourceName | None = None
    delete: ResourceName | None = None
    options: ResourceName | None = None

    def __post_init__(self) -> None:
        if not self.in_use():
            raise ValueError("none of the methods has a processor")

    def in_use(self) -> dict[str, ResourceName]:
        return {name: each for name, each in vars(self).items() if each is not None}


@dataclass(frozen=True, kw_only=True)
class Static:
    """A folder, or a file.

    path: where it is; relative to the working directory
    preprocessors: what is called with the request before a file is answered, by any names
    namespace: what the preprocessors see, by dotted names; `self` is the folder
    defaultType: the content type of what has no other
    ignoredExts: the extensions that may be left out in a path, the first that is there; "*" for any
    allowExt: whether any extension may be left out
    registry: of no meaning; it was for scripts among the files
    types: content types by extension, such as {.md: text/markdown}
    index: the names that stand for a folder
    fallback: the file that answers a path without a dot at which there is nothing, as
        applications of one page want it
    listing: whether a folder without index shows what is in it
    hidden: whether files are shown whose names begin with a dot
    follow_links: whether links may lead out of the folder
    cache_control: the header of that name
    compressed: whether a file beside it with .gz behind its name is sent to those who take it
    """

    path: Path
    preprocessors: dict[str, Lambda] = field(default_factory=dict)
    namespace: dict[str, DottedName] = field(default_factory=dict)
    defaultType: str = "application/octet-stream"  # noqa: N815 - its name since 2011
    ignoredExts: list[str] = field(default_factory=list)  # noqa: N815 - its name since 2011
    allowExt: bool = False  # noqa: N815 - its name since 2011
    registry: None = None
    types: dict[str, str] = field(default_factory=dict)
    index: list[str] = field(default_factory=lambda: ["index.html"])
    fallback: str | None = None
    listing: bool = True
    hidden: bool = False
    follow_links: bool = False
    cache_control: str = ""
    compressed: bool = True

    def __post_init__(self) -> None:
        if (
            not (self.cache_control.isascii() and self.cache_control.isprintable())
            and self.cache_control
        ):
            raise ValueError("`cache_control` is one line of ASCII")


@dataclass(frozen=True, kw_only=True)
class Concatenated:
    """Several files as one.

    file_paths: the files, in their order
    content_type: what they are
    """

    file_paths: list[Path]
    content_type: str


@dataclass(frozen=True, kw_only=True)
class Inherited:
    """What holds for a place and all below it.

    debug: who may look into failures
    before: runs before the processor, with the same baton; it may answer at once
    after: runs at the end, whatever happened
    cors: which pages of other sites may read the answers
    auth: who may ask
    rate_limit: how often one client may ask
    body_limit: how large the body of a request may be
    keep_open: whether a pipeline may end without having answered
    stream: whether the processor gets the request before its body is there
    compress: whether texts are compressed for those who take it
    log_exceptions: at which level failures are logged
    """

    debug: Debug | None = None
    before: ResourceName | Off | None = None
    after: ResourceName | Off | None = None
    cors: Cors | Off | None = None
    auth: Auth | Off | None = None
    rate_limit: RateLimit | Off | None = None
    body_limit: Size | None = None
    keep_open: bool | None = None
    stream: bool | None = None
    compress: bool | None = None
    log_exceptions: LogLevel | None = None


@dataclass(frozen=True, kw_only=True)
class Config(Inherited):
    """What stands at one place of the routing.

    processor: what answers requests for exactly this path
    methods: the same, by the method of the request
    no_resource_processor: answers what nothing else does, here and below
    static: a folder or a file for this path and what is below it
    concatenated: several files as one
    resource: a resource of `twisted.web`, or what is called to make one; it answers here and below
    """

    processor: ResourceName | None = None
    methods: Methods | None = None
    no_resource_processor: ResourceName | None = None
    static: Path | Static | None = None
    concatenated: Concatenated | None = None
    resource: DottedName | None = None

    def __post_init__(self) -> None:
        if self.static is not None and self.concatenated is not None:
            raise ValueError("`static` and `concatenated` do not go together")
        here = [name for name in ("processor", "methods", "concatenated") if self._has(name)]
        if len(here) > 1:
            raise ValueError(f"`{here[0]}` and `{here[1]}` would answer the same requests")
        others = [*here, *(each for each in ("no_resource_processor", "static") if self._has(each))]
        if self.resource is not None and others:
            raise ValueError(f"`resource` and `{others[0]}` would answer the same requests")

    def _has(self, name: str) -> bool:
        return getattr(self, name) is not None


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """A line for each request.

    format: the form of the lines; none writes none
    file: where the lines go; without it they go to the log, as `piped.web.access`
    """

    format: LogFormat = "combined"
    file: Path | None = None
