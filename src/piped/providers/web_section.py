"""The section `web`: its sites."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, Literal

from piped.conf.nodes import Mapping, Node
from piped.options import Port, ServerEndpoint
from piped.options.convert import form_of
from piped.options.form import Form
from piped.problems import Kind
from piped.providers.web_routing import Routing
from piped.providers.web_settings import AccessLog, Inherited, LogFormat, Network
from piped.web.engine.limits import Limits

if TYPE_CHECKING:
    from piped.options.findings import Findings

__all__ = ["SiteSettings", "Sites"]


@dataclass(frozen=True, kw_only=True)
class SiteSettings(Inherited):
    """One site.

    routing: what answers which path
    enabled: whether it is there at all
    port: where it listens, on all addresses of this machine
    listen: an endpoint or several, in place of the port
    engine: what speaks HTTP: piped's own, or Twisted's, without limits, log and compression
    limits: how much a client may send, and how long it may take
    access_log: a line for each request; its form, or where it goes, too
    trusted_proxies: the networks of proxies whose X-Forwarded headers are believed
    """

    routing: Routing
    enabled: bool = True
    port: Port = 8080
    listen: ServerEndpoint | list[ServerEndpoint] | None = None
    engine: Literal["piped", "twisted"] = "piped"
    limits: Limits = field(default_factory=Limits)
    access_log: LogFormat | AccessLog | None = "combined"
    trusted_proxies: list[Network] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.engine == "twisted" and self.limits != Limits():
            raise ValueError("`engine: twisted` has no `limits`")
        if self.engine == "twisted" and self.compress:
            raise ValueError("`engine: twisted` does not `compress`")

    def endpoints(self) -> list[str]:
        """Where it listens."""
        if self.listen is None:
            return [f"tcp:{self.port}"]
        return self.listen if isinstance(self.listen, list) else [self.listen]


_SITES = form_of(dict[str, SiteSettings])
_A_NAME = "A site has a name: {name}: {{my_site: {{routing: …}}}}"


def _read(node: Node, findings: Findings, what: str) -> Any:
    """The sites. What looks like one site, without its name, is no heap of sites gone wrong."""
    key = next((each for each in ("routing", "port", "listen") if _has(node, each)), None)
    if key is None:
        return _SITES.read(node, findings, what)
    message = f"{what}: {key!r} belongs to a site, and stands where the names of sites do"
    assert isinstance(node, Mapping)
    place = node.entries[key].key_place
    return findings.problem(Kind.WRONG_VALUE, place, message, _A_NAME.format(name=what))


def _has(node: Node, key: str) -> bool:
    if not isinstance(node, Mapping) or key not in node.entries:
        return False
    inner = node.entries[key].node
    # A site may be called so.
    return not (isinstance(inner, Mapping) and "routing" in inner.entries)


if TYPE_CHECKING:
    Sites = dict[str, SiteSettings]
else:
    Sites = Annotated[
        dict[str, SiteSettings], Form("sites", _SITES.expected, _read, _SITES.schema, _SITES.takes)
    ]
