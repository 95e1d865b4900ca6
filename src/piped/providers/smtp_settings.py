"""Servers of SMTP: the settings."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from piped.checkers import Checker
from piped.options import (
    Between,
    DottedName,
    Duration,
    Lambda,
    ResourceName,
    ServerEndpoint,
    Size,
)

__all__ = ["SMTPSettings", "Tls"]

Count = Annotated[int, Between(1)]


@dataclass(frozen=True, kw_only=True)
class Tls:
    """
    private_key: the file of the key
    certificate: the file of the certificate, and of those between it and its authority
    """

    private_key: Path
    certificate: Path

    def __post_init__(self) -> None:
        try:
            self.context()
        except ImportError as error:
            raise ValueError("`tls` needs pyOpenSSL: pip install 'piped[mail]'") from error
        except OSError as error:
            raise ValueError(f"the files of `tls` cannot be read: {error}") from error
        except Exception as error:
            raise ValueError(
                f"the files of `tls` are no key and its certificate: {error}"
            ) from error

    def context(self) -> Any:
        """What makes connections safe."""
        from piped.providers.smtp_tls import ServerContext

        return ServerContext(self.private_key, self.certificate)


@dataclass(frozen=True, kw_only=True)
class SMTPSettings:
    """Where to listen, whose mails to take, and what gets them.

    listen: where to listen, once or several times
    processor: what gets a baton for each recipient of each mail
    validate_from: whether a sender may send, a lambda of protocol, helo and origin; without it,
      nobody may
    validate_to: whether a recipient is here, a lambda of protocol and user; without it, nobody is
    received_header: the header that is put before a mail, a lambda of protocol, helo, origin and
      recipients; null for none
    namespace: what the lambdas see, by dotted names; `self` is the server
    checker: who may log in, one or several of Twisted's checkers; with it, who has not may not send
    tls: the key and the certificate for STARTTLS
    host: what the server calls itself; the name of this computer by default
    max_size: how large a mail may be
    max_recipients: how many recipients a mail may have
    max_connections: how many clients may be connected at once
    max_mails: how many mails may be sent over one connection
    line_length: how long a line of a mail may be
    idle_time: how long a client may say nothing
    mail_time: how long it may take to send a mail
    max_wait: how long a mail waits for the processor, if it is not available
    close_time: how long mails that are under way are waited for when the server stops
    """

    listen: ServerEndpoint | list[ServerEndpoint]
    processor: ResourceName
    validate_from: Lambda | None = None
    validate_to: Lambda | None = None
    received_header: Lambda | None = None
    namespace: dict[str, DottedName | Any] = field(default_factory=dict)
    checker: DottedName | Checker | list[DottedName | Checker] | None = None
    tls: Tls | None = None
    host: str | None = None
    max_size: Size = 32 * 1024 * 1024
    max_recipients: Count = 100
    max_connections: Count = 1000
    max_mails: Count = 10_000
    line_length: Size = 16 * 1024
    idle_time: Duration = 300.0
    mail_time: Duration = 1800.0
    max_wait: Duration = 60.0
    close_time: Duration = 10.0

    def __post_init__(self) -> None:
        if not self.listen:
            raise ValueError("needs at least one endpoint to listen on")
        if self.host is not None and not (self.host.isascii() and self.host.isprintable()):
            raise ValueError("`host` is a name in ASCII")
        assert self.checkers is not None, "their names are looked up"

    @property
    def endpoints(self) -> list[str]:
        return [self.listen] if isinstance(self.listen, str) else list(self.listen)

    @property
    def checkers(self) -> list[Checker]:
        given = self.checker if isinstance(self.checker, list) else [self.checker]
        return [
            Checker(name=each) if isinstance(each, DottedName) else each
            for each in given
            if each is not None
        ]
