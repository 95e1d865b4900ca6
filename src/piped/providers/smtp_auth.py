"""Logging in to a server of SMTP: AUTH PLAIN and AUTH LOGIN, by Twisted's checkers."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from typing import Any

from twisted.cred.checkers import ANONYMOUS
from twisted.cred.credentials import Anonymous, IAnonymous, UsernamePassword
from twisted.cred.error import LoginFailed, UnhandledCredentials
from twisted.cred.portal import IRealm, Portal
from twisted.mail.smtp import IMessageDelivery
from zope.interface import implementer

from piped.interop import settled
from piped.mail.addresses import CommandFault

__all__ = ["Logins", "PipedSMTPRealm"]

# Asks the client for something, and gives what it says.
Ask = Callable[[str], Awaitable[bytes]]


@implementer(IRealm)
class PipedSMTPRealm:
    """Those who may send. Their avatar is their name, or what their checker gives."""

    def requestAvatar(self, avatarId: Any, mind: Any, *interfaces: Any) -> Any:  # noqa: N802, N803 - Twisted's names
        del mind
        if IMessageDelivery not in interfaces:
            raise NotImplementedError("there are only senders of mails here")
        name = avatarId.decode() if isinstance(avatarId, bytes) else avatarId
        return IMessageDelivery, name, lambda: None


class Logins:
    """Who may log in to one server."""

    def __init__(self, checkers: list[Any]) -> None:
        self.is_needed = bool(checkers)
        self.lets_anybody = any(IAnonymous in each.credentialInterfaces for each in checkers)
        self._portal = Portal(PipedSMTPRealm(), checkers)

    async def anonymous(self) -> Any:
        """The avatar of one who has not logged in."""
        if not self.lets_anybody:
            raise CommandFault(530, "log in first")
        return await self._login(Anonymous())

    async def login(self, argument: bytes, ask: Ask) -> Any:
        """The avatar of one who says `AUTH …`."""
        mechanism, _, initial = argument.partition(b" ")
        if mechanism.upper() == b"PLAIN":
            said = initial.strip() or await ask("")
            asked_for, name, password = _plain(_decoded(said))
            if asked_for not in (b"", name):
                raise CommandFault(535, "nobody can be somebody else")
        elif mechanism.upper() == b"LOGIN":
            name = _decoded(initial.strip() or await ask("Username:"))
            password = _decoded(await ask("Password:"))
        else:
            raise CommandFault(504, "there are PLAIN and LOGIN")
        return await self._login(UsernamePassword(name, password))

    async def _login(self, credentials: Any) -> Any:
        try:
            login = self._portal.login(credentials, None, IMessageDelivery)
            _, avatar, _ = await settled(login)
        except (LoginFailed, UnhandledCredentials) as error:
            if isinstance(credentials, Anonymous):
                raise CommandFault(530, "log in first") from error
            raise CommandFault(535, "wrong name or password") from error
        return ANONYMOUS if isinstance(credentials, Anonymous) else avatar


def _decoded(said: bytes) -> bytes:
    if said == b"*":
        raise CommandFault(501, "as you wish")
    if said == b"=":
        return b""
    try:
        return base64.b64decode(said, validate=True)
    except binascii.Error as error:
        raise CommandFault(501, "this is no base64") from error


def _plain(decoded: bytes) -> tuple[bytes, bytes, bytes]:
    parts = decoded.split(b"\0")
    if len(parts) != 3:
        raise CommandFault(501, "PLAIN has two zeros in it")
    return parts[0], parts[1], parts[2]
