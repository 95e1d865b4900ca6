"""The commands of SMTP, and what is known of the client.

1. A sender, recipients and a mail are one transaction. Whatever ends it (RSET, EHLO, DATA) leaves
   nothing behind.
2. Passwords are taken over TLS only, and what was said before STARTTLS is forgotten.
3. The answer to a mail is given when its batons have been handled, and says whether they were.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable
from email.utils import formatdate
from typing import Any, ClassVar

from twisted.mail.smtp import Address, SMTPServerError, User

from piped.interop import settled
from piped.mail.addresses import CommandFault, Path, path_of
from piped.providers.smtp_contracts import Connection
from piped.providers.smtp_delivery import baton_of, refusal_of

__all__ = ["Session"]

logger = logging.getLogger(__name__)

_MOST_WRONG_PASSWORDS = 3
_HELO = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")
_FIELD = re.compile(r"[!-9;-~]+:[^\r\n]*(?:\n[ \t][^\r\n]*)*")


class Session:
    """One client, and what it is about to send."""

    def __init__(self, protocol: Connection) -> None:
        self._protocol = protocol
        self._server = protocol.server
        self.is_over = False
        self.avatar_id: Any = None
        self._keyword = "SMTP"
        self._helo: str | None = None
        self._from: Address | None = None
        self._to: list[User] = []
        self._wrong_passwords = self._mails = 0
        self._is_logged_in = False

    async def command(self, line: bytes) -> None:
        """Answer one. Raises `CommandFault` for what is to be answered otherwise."""
        verb, _, argument = line.strip(b" \t").partition(b" ")
        command = self._commands.get(verb.upper())
        if command is None or any(each in line for each in b"\r\n\0"):
            raise CommandFault(500, "there is no such command")
        await command(self, argument.strip(b" \t"))

    @property
    def helo(self) -> tuple[str | None, str]:
        """What the client calls itself, and its address."""
        return self._helo, self._protocol.peer

    async def _hello(self, argument: bytes, keyword: str) -> None:
        name = argument.decode("ascii", "replace")
        if not _HELO.fullmatch(name):
            raise CommandFault(501, "say your name")
        self._forget()
        self._helo, self._keyword = name, keyword
        lines = [f"{self._server.host} greets {name}"]
        if keyword == "ESMTP":
            lines += self._extensions()
        self._protocol.answer(250, *lines)

    def _extensions(self) -> list[str]:
        """Those that work, all of them."""
        lines = ["PIPELINING", "8BITMIME", f"SIZE {self._server.settings.max_size}"]
        if self._protocol.can_start_tls:
            lines.append("STARTTLS")
        if self._server.logins.is_needed and self._protocol.is_secure:
            lines.append("AUTH PLAIN LOGIN")
        return lines

    async def _ehlo(self, argument: bytes) -> None:
        await self._hello(argument, "ESMTP")

    async def _smtp_helo(self, argument: bytes) -> None:
        await self._hello(argument, "SMTP")

    async def _starttls(self, argument: bytes) -> None:
        if argument:
            raise CommandFault(501, "STARTTLS stands alone")
        if not self._protocol.can_start_tls:
            raise CommandFault(503 if self._protocol.is_secure else 454, "there is no TLS to start")
        self._protocol.start_tls()
        self._forget()
        self._helo, self._keyword = None, "SMTP"

    async def _auth(self, argument: bytes) -> None:
        if not self._server.logins.is_needed:
            raise CommandFault(502, "nobody logs in here")
        if not self._protocol.is_secure:
            raise CommandFault(530, "say STARTTLS first")
        if self._is_logged_in or self._from is not None:
            raise CommandFault(503, "this is not the time to log in")
        try:
            avatar = await self._server.logins.login(argument, self._protocol.ask)
        except CommandFault as fault:
            if fault.code == 535:
                self._wrong_password()
            raise
        except Exception as error:
            raise self._own_fault("logging in", error) from error
        self.avatar_id, self._is_logged_in = avatar, True
        self._protocol.answer(235, "welcome")

    def _wrong_password(self) -> None:
        logger.warning("%s: a wrong name or password from %s", self._server.name, self.helo[1])
        self._wrong_passwords += 1
        self.is_over = self._wrong_passwords >= _MOST_WRONG_PASSWORDS

    async def _mail(self, argument: bytes) -> None:
        if self._from is not None:
            raise CommandFault(503, "one sender is enough")
        if self._mails >= self._server.settings.max_mails:
            raise CommandFault(452, "that was the last mail over this connection")
        path = path_of(argument, "FROM")
        self._check_parameters(path)
        if self._server.logins.is_needed and not self._is_logged_in:
            self.avatar_id = await self._server.logins.anonymous()
        origin = self._address(path)
        await self._validate(
            "validate_from", 550, f"{path.address!r} may not send here", *(self.helo, origin)
        )
        self._from = origin
        self._protocol.answer(250, "go on")

    def _address(self, path: Path) -> Address:
        # Twisted's own grammar knows no `[127.0.0.1]`.
        address = Address(b"")
        local, _, domain = path.address.encode().rpartition(b"@")
        address.local = local or domain
        address.domain = domain if local else domain and self._server.host.encode()
        address.addrstr = path.address.encode()
        return address

    def _check_parameters(self, path: Path) -> None:
        for name, value in path.parameters.items():
            if name == "SIZE":
                if not re.fullmatch(r"[0-9]{1,20}", value):
                    raise CommandFault(501, "SIZE is a number")
                if int(value) > self._server.settings.max_size:
                    most = self._server.settings.max_size
                    raise CommandFault(552, f"the mail would have more than {most} bytes")
            elif name == "BODY":
                if value.upper() not in {"7BIT", "8BITMIME"}:
                    raise CommandFault(501, "BODY is 7BIT or 8BITMIME")
            elif name != "AUTH" or not self._is_logged_in:
                raise CommandFault(555, f"{name} is not known here")

    async def _rcpt(self, argument: bytes) -> None:
        if self._from is None:
            raise CommandFault(503, "say the sender first")
        if len(self._to) >= self._server.settings.max_recipients:
            raise CommandFault(452, "that is enough recipients for one mail")
        path = path_of(argument, "TO")
        if not path.address:
            raise CommandFault(501, "a recipient has an address")
        if path.parameters:
            raise CommandFault(555, f"{next(iter(path.parameters))} is not known here")
        user = User(self._address(path), self.helo, self._protocol, self._from)
        await self._validate("validate_to", 550, f"{path.address!r} is not here", user)
        self._to.append(user)
        self._protocol.answer(250, "go on")

    async def _validate(self, option: str, code: int, refusal: str, *arguments: Any) -> None:
        validate = self._server.lambdas.get(option)
        try:
            is_right = validate is not None and await settled(validate(self._protocol, *arguments))
        except SMTPServerError as error:
            raise refusal_of(error) from error
        except Exception as error:
            raise self._own_fault(option, error) from error
        if not is_right:
            raise CommandFault(code, refusal)

    def _own_fault(self, what: str, error: Exception) -> CommandFault:
        logger.error("%s: %s failed", self._server.name, what, exc_info=error)
        return CommandFault(451, "something is wrong here, try again later")

    async def _data(self, argument: bytes) -> None:
        origin, users = self._from, self._to
        if argument:
            raise CommandFault(501, "DATA stands alone")
        if origin is None or not users:
            raise CommandFault(503, "say the sender and a recipient first")
        self._forget()
        headers = [await self._received(origin, user) for user in users]
        self._protocol.answer(354, "end with a dot on a line of its own")
        content = await self._protocol.read_mail()
        more = {"avatar_id": self.avatar_id} if self._server.logins.is_needed else {}
        batons = [
            baton_of(content, header, str(origin), str(user), **more)
            for header, user in zip(headers, users, strict=True)
        ]
        self._mails += 1
        await self._server.delivery.deliver(batons)
        self._protocol.answer(250, "done")

    async def _received(self, origin: Address, user: User) -> bytes:
        """The header that says that the mail came this way."""
        made = self._server.lambdas.get("received_header")
        if made is None:
            return self._own_header(user)
        try:
            given = await settled(made(self._protocol, self.helo, origin, [user]))
            return _field(given)
        except Exception as error:
            raise self._own_fault("received_header", error) from error

    def _own_header(self, user: User) -> bytes:
        secure = "S" if self._protocol.is_secure else ""
        known = "A" if self._is_logged_in else ""
        return (
            f"Received: from {self._helo or 'unknown'} ([{self.helo[1]}])\r\n"
            f"\tby {self._server.host} with {self._keyword}{secure}{known}\r\n"
            f"\tfor <{user}>; {formatdate(self._server.clock.time(), localtime=True)}\r\n"
        ).encode("ascii", "replace")

    def _forget(self) -> None:
        self._from, self._to = None, []

    async def _rset(self, argument: bytes) -> None:
        del argument
        self._forget()
        self._protocol.answer(250, "forgotten")

    async def _noop(self, argument: bytes) -> None:
        del argument
        self._protocol.answer(250, "still here")

    async def _vrfy(self, argument: bytes) -> None:
        del argument
        self._protocol.answer(252, "send a mail, and see")

    async def _help(self, argument: bytes) -> None:
        del argument
        self._protocol.answer(214, f"there are {b', '.join(self._commands).decode()}")

    async def _quit(self, argument: bytes) -> None:
        del argument
        self.is_over = True
        self._protocol.answer(221, f"{self._server.host} says good-bye")

    _commands: ClassVar[dict[bytes, Callable[[Session, bytes], Awaitable[None]]]] = {
        b"AUTH": _auth,
        b"DATA": _data,
        b"EHLO": _ehlo,
        b"HELO": _smtp_helo,
        b"HELP": _help,
        b"MAIL": _mail,
        b"NOOP": _noop,
        b"QUIT": _quit,
        b"RCPT": _rcpt,
        b"RSET": _rset,
        b"STARTTLS": _starttls,
        b"VRFY": _vrfy,
    }


def _field(given: Any) -> bytes:
    """A header as it stands in a mail."""
    if given is None:
        return b""
    text = given.decode() if isinstance(given, bytes) else given
    if not isinstance(text, str):
        raise TypeError(f"the header is {given!r:.60}, and a text is needed")
    text = text.replace("\r\n", "\n").rstrip("\n")
    if not _FIELD.fullmatch(text):
        raise ValueError(f"{text!r:.80} is no header like 'Received: by me'")
    return (text.replace("\n", "\r\n") + "\r\n").encode()
