"""TLS of a server that has a key and a certificate in files."""

from __future__ import annotations

from pathlib import Path

from OpenSSL import SSL
from twisted.internet.interfaces import IOpenSSLContextFactory
from zope.interface import implementer

__all__ = ["ServerContext"]


@implementer(IOpenSSLContextFactory)
class ServerContext:
    """What makes connections safe, from TLS 1.2 on."""

    def __init__(self, private_key: Path, certificate: Path) -> None:
        for path in (private_key, certificate):
            path.open("rb").close()  # OpenSSL does not say which one it cannot read
        context = SSL.Context(SSL.TLS_SERVER_METHOD)
        context.set_min_proto_version(SSL.TLS1_2_VERSION)
        context.set_options(SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
        context.use_certificate_chain_file(str(certificate))
        context.use_privatekey_file(str(private_key))
        context.check_privatekey()
        self._context = context

    def getContext(self) -> SSL.Context:  # noqa: N802 - Twisted's name
        return self._context
