"""Open what an endpoint string names: on the loop's own transports where that goes."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from piped.exceptions import ConfigurationError
from piped.interop import settled
from piped.options.endpoint import endpoint_parts
from piped.web.engine import private
from piped.web.engine.server import Server

__all__ = ["Listening", "listen"]

_BACKLOG = "1024"


class Listening:
    """Open sockets. `close` lets nobody in any more; those who are there stay."""

    def __init__(self, names: list[Any], close: Callable[[], object]) -> None:
        # What the sockets are bound to.
        self.names = names
        self._close = close

    async def close(self) -> None:
        await settled(self._close())


async def listen(endpoint: str, server: Server) -> Listening:
    """Let `server` have the clients that come to `endpoint`."""
    args, named = endpoint_parts(endpoint)
    kind = args[0].lower()
    opener = _OPENERS.get(kind, _open_elsewhere)
    server.outgoing.call_soon = asyncio.get_running_loop().call_soon
    return await opener(_Endpoint(endpoint, args[1:], named), server)


class _Endpoint:
    """The arguments of an endpoint string, each to be asked for once."""

    def __init__(self, text: str, args: list[str], named: dict[str, str]) -> None:
        self.text = text
        self._args = args
        self._named = named

    def take(self, name: str, default: str | None = None) -> str:
        """The argument `name`. The first one without a name comes to the first who asks."""
        if name in self._named:
            return self._named.pop(name)
        if default is None and self._args:
            return self._args.pop(0)
        if default is None:
            raise ConfigurationError(f"the endpoint {self.text!r} has no {name}")
        return default

    def put(self, name: str, value: str) -> None:
        """Give back what somebody else is to take."""
        self._named[name] = value

    def number(self, name: str, default: str | None = None) -> int:
        value = self.take(name, default)
        try:
            return int(value)
        except ValueError:
            raise ConfigurationError(
                f"the {name} of the endpoint {self.text!r} is not a number: {value!r}"
            ) from None

    def end(self) -> None:
        left = [*self._args, *self._named]
        if left:
            raise ConfigurationError(f"the endpoint {self.text!r} says too much: {left[0]!r}")


async def _open_tcp(endpoint: _Endpoint, server: Server) -> Listening:
    return await _open_port(endpoint, server, "0.0.0.0")  # noqa: S104 - as Twisted has it


async def _open_tcp6(endpoint: _Endpoint, server: Server) -> Listening:
    return await _open_port(endpoint, server, "::")


async def _open_port(
    endpoint: _Endpoint, server: Server, everywhere: str, tls: ssl.SSLContext | None = None
) -> Listening:
    port = endpoint.number("port")
    interface = endpoint.take("interface", everywhere) or everywhere
    backlog = endpoint.number("backlog", _BACKLOG)
    endpoint.end()
    times = {} if tls is None else _tls_times(server)
    opened = await asyncio.get_running_loop().create_server(
        server, interface, port, backlog=backlog, ssl=tls, **times
    )
    return _listening(opened)


def _listening(opened: asyncio.Server) -> Listening:
    return Listening([each.getsockname() for each in opened.sockets], opened.close)


def _tls_times(server: Server) -> dict[str, Any]:
    return {
        "ssl_handshake_timeout": server.limits.head_time,
        "ssl_shutdown_timeout": server.limits.linger,
    }


async def _open_ssl(endpoint: _Endpoint, server: Server) -> Listening:
    port = str(endpoint.number("port"))
    key = endpoint.take("privateKey", "server.pem")
    certificate = endpoint.take("certKey", key)
    chain = endpoint.take("extraCertChain", "")
    parameters = endpoint.take("dhParameters", "")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.set_alpn_protocols([*server.protocols, "http/1.1"])
    try:
        _load(context, certificate, key, chain)
        if parameters:
            context.load_dh_params(parameters)
    except OSError as failure:
        raise ConfigurationError(
            f"the endpoint {endpoint.text!r} cannot be opened",
            detail=f"{failure} (of {key!r} and {certificate!r})",
        ) from failure
    endpoint.put("port", port)
    return await _open_port(endpoint, server, "0.0.0.0", context)  # noqa: S104 - as Twisted has it


def _load(context: ssl.SSLContext, certificate: str, key: str, chain: str) -> None:
    if not chain:
        context.load_cert_chain(certificate, key)
        return
    with tempfile.NamedTemporaryFile() as together:
        for part in (certificate, chain):
            together.write(Path(part).read_bytes().rstrip() + b"\n")
        together.flush()
        context.load_cert_chain(together.name, key)


async def _open_unix(endpoint: _Endpoint, server: Server) -> Listening:
    path = endpoint.take("address")
    mode = int(endpoint.take("mode", "666"), 8)
    backlog = endpoint.number("backlog", _BACKLOG)
    lock = private.lock_for(path) if endpoint.take("lockfile", "1") != "0" else None
    endpoint.end()
    if lock is not None and not lock.lock():
        raise OSError(f"the socket {path!r} is in use")
    try:
        opened = await asyncio.get_running_loop().create_unix_server(server, path, backlog=backlog)
        os.chmod(path, mode)  # noqa: PTH101 - nothing that would block
    except OSError:
        if lock is not None:
            lock.unlock()
        raise

    def close() -> None:
        opened.close()
        with suppress(FileNotFoundError):
            Path(path).unlink()
        if lock is not None:
            lock.unlock()

    return Listening([path], close)


async def _open_systemd(endpoint: _Endpoint, server: Server) -> Listening:
    domain = endpoint.take("domain", "INET")
    name, index = endpoint.take("name", ""), endpoint.take("index", "")
    endpoint.end()
    descriptors = private.inherited_descriptors()
    try:
        descriptor = descriptors[name] if name else descriptors[int(index)]
    except (KeyError, ValueError):
        known = ", ".join(map(str, descriptors)) or "none"
        raise ConfigurationError(
            f"systemd has handed over no socket {(name or index)!r}",
            detail=f"What there is: {known}.",
            hint="Say `name` or `index`, as in the unit's [Socket] section.",
        ) from None
    inherited = socket.socket(getattr(socket, f"AF_{domain}"), fileno=os.dup(descriptor))
    loop = asyncio.get_running_loop()
    if inherited.family == socket.AF_UNIX:
        return _listening(await loop.create_unix_server(server, sock=inherited))
    return _listening(await loop.create_server(server, sock=inherited))


async def _open_elsewhere(endpoint: _Endpoint, server: Server) -> Listening:
    """Whatever else Twisted, or a plugin of it, can open."""
    from piped.web.engine.bridge import open_with_twisted

    names, close = await open_with_twisted(endpoint.text, server)
    return Listening(names, close)


_OPENERS: dict[str, Callable[[_Endpoint, Server], Awaitable[Listening]]] = {
    "tcp": _open_tcp,
    "tcp6": _open_tcp6,
    "ssl": _open_ssl,
    "unix": _open_unix,
    "systemd": _open_systemd,
}
