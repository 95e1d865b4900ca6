"""Sending mails.

1. What may pass is tried again: no connection, no answer in time, an answer of 400 to 499. The
   wait doubles each time. What is final (500 to 599, no or another certificate, a wrong password)
   fails at once.
2. Each recipient is followed on its own: those who have been accepted get nothing twice, those
   for whom it was too early are tried again. In the end all must have been accepted.
3. When the one who waits is cancelled, the connection is closed at once.

When the connection is lost after a mail was sent, and before the answer has come, it is sent again:
nothing gets lost.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from piped.clock import Clock, LoopClock
from piped.exceptions import PipedError, UnfitBaton
from piped.mail.addresses import is_address
from piped.mail.content import bytes_of
from piped.options import Between, Duration, Port
from piped.secret import Secret

if TYPE_CHECKING:
    from aiosmtplib import SMTP

__all__ = ["MailNotSent", "MailServer", "Sent", "send"]

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class MailServer:
    """The server that takes the mails.

    host: its name
    port: its port
    timeout: how long it may take for each answer
    retries: how often it is tried again after what may pass
    use_ssl: speak TLS from the beginning, as on port 465
    require_transport_security: send nothing without TLS, or to another one than `host`; by default
      with a `username`. Without it, TLS is used if the server has it, whoever it is
    require_authentication: send nothing without having logged in; by default with a `username`
    username: who we are
    password: the password
    helo_fallback: speak to servers that know no EHLO
    local_hostname: what we call ourselves; the name of this computer by default
    ca_file: the authorities to be believed, instead of those of the system
    retry_delay: the first wait; each is twice as long as the one before
    retry_max_delay: the longest wait
    """

    host: str = "localhost"
    port: Port = 25
    timeout: Duration = 60.0
    retries: Annotated[int, Between(0, 100)] = 5
    use_ssl: bool = False
    require_transport_security: bool | None = None
    require_authentication: bool | None = None
    username: str | None = None
    password: Secret | None = None
    helo_fallback: bool = False
    local_hostname: str | None = None
    ca_file: Path | None = None
    retry_delay: Duration = 1.0
    retry_max_delay: Duration = 300.0

    def __post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")
        if self.require_authentication and self.username is None:
            raise ValueError("`require_authentication` needs a `username`")

    @property
    def is_secured(self) -> bool:
        """Whether there must be TLS, with the server that was meant."""
        if self.require_transport_security is None:
            return self.use_ssl or self.username is not None
        return self.use_ssl or self.require_transport_security

    def context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        if not self.is_secured:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


Answer = tuple[str, int, str]


class Sent(NamedTuple):
    """How many recipients were accepted, and what the server said to each: address, code, text."""

    number: int
    answers: list[Answer]


class MailNotSent(PipedError):
    """A mail was not accepted, by all or some; `accepted` and `refused` tell by whom."""

    def __init__(
        self, msg: str, *, accepted: Iterable[str] = (), refused: Iterable[Answer] = ()
    ) -> None:
        super().__init__(msg)
        self.accepted = list(accepted)
        self.refused = list(refused)


@dataclass
class _Passing(Exception):
    """What may be otherwise the next time."""

    reason: str


@dataclass
class _Mail:
    """One mail on its way."""

    sender: str
    pending: list[str]
    content: Any
    accepted: list[Answer] = field(default_factory=list)
    refused: list[Answer] = field(default_factory=list)


async def send(server: MailServer, sender: Any, recipients: Any, mail: Any, clock: Clock) -> Sent:
    """Send a mail to one, or several; raises `MailNotSent`."""
    under_way = _Mail(_checked(sender, may_be_empty=True), _all_of(recipients), mail)
    # A file can be read once only.
    if callable(getattr(mail, "read", None)):
        under_way.content = bytes_of(mail)
    context = server.context()
    turn = 0
    while under_way.pending:
        try:
            await _attempt(server, under_way, context)
            reason = "told to come later"
        except _Passing as passing:
            reason = passing.reason
        if under_way.pending:
            if turn == server.retries:
                raise _failure(server, under_way, f"after {turn + 1} attempts: {reason}")
            delay = min(server.retry_delay * 2.0**turn, server.retry_max_delay)
            turn += 1
            logger.info(
                "a mail to %s waits %.1f s: %s", ", ".join(under_way.pending), delay, reason
            )
            await clock.sleep(delay)
    if under_way.refused:
        raise _failure(server, under_way, "refused")
    return Sent(len(under_way.accepted), under_way.accepted)


async def _attempt(server: MailServer, mail: _Mail, context: ssl.SSLContext) -> None:
    import aiosmtplib

    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        timeout=server.timeout,
        use_tls=server.use_ssl,
        start_tls=False,
        tls_context=context,
        local_hostname=server.local_hostname,
    )
    try:
        await client.connect()
        await _introduce(client, server, context)
        await _deliver(client, mail)
    except aiosmtplib.SMTPResponseException as error:
        if not 400 <= error.code < 500:
            raise _failure(server, mail, f"{error.code} {error.message}") from error
        raise _Passing(f"{error.code} {error.message}") from error
    except (OSError, aiosmtplib.SMTPException) as error:
        if _is_final(error):
            raise _failure(server, mail, str(error)) from error
        raise _Passing(str(error) or type(error).__name__) from error
    finally:
        client.close()


async def _introduce(client: SMTP, server: MailServer, context: ssl.SSLContext) -> None:
    """Say who we are, first to anybody, then to the server that was meant."""
    import aiosmtplib

    await _greet(client, server)
    if not server.use_ssl:
        if client.supports_extension("starttls"):
            await client.starttls(tls_context=context)
            await _greet(client, server)
        elif server.is_secured:
            raise aiosmtplib.SMTPNotSupported("the server has no TLS, and it is required")
    if server.username is None or server.password is None:
        return
    if client.supports_extension("auth") and client.supported_auth_methods:
        await client.login(server.username, server.password.reveal())
    elif server.require_authentication is not False:
        raise aiosmtplib.SMTPNotSupported("the server lets nobody log in, and it is required")


async def _greet(client: SMTP, server: MailServer) -> None:
    from aiosmtplib import SMTPHeloError

    try:
        await client.ehlo()
    except SMTPHeloError:
        if not server.helo_fallback:
            raise
        await client.helo()


async def _deliver(client: SMTP, mail: _Mail) -> None:
    from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponse

    takes_8bit = client.supports_extension("8bitmime")
    content = bytes_of(mail.content, is_7bit=not takes_8bit)
    options = ["BODY=8BITMIME"] if takes_8bit and not content.isascii() else []
    try:
        errors, text = await client.sendmail(
            mail.sender, mail.pending, content, mail_options=options
        )
    except SMTPRecipientsRefused as refused:
        errors = {
            each.recipient: SMTPResponse(each.code, each.message) for each in refused.recipients
        }
        text = ""
    given, mail.pending = mail.pending, []
    for address in given:
        error = errors.get(address)
        if error is None:
            mail.accepted.append((address, 250, text))
        elif 400 <= error.code < 500:
            mail.pending.append(address)
        else:
            mail.refused.append((address, error.code, error.message))
    try:
        await client.quit()
    except (SMTPException, OSError):
        logger.debug("the server left without a word, but it has the mail")


def _is_final(error: BaseException) -> bool:
    """Whether the same would happen again: it is another server, or what is required is missing."""
    if not isinstance(error, OSError):
        return True
    each: BaseException | None = error
    while each is not None and not isinstance(each, ssl.SSLCertVerificationError):
        each = each.__cause__ or each.__context__
    return each is not None


def _failure(server: MailServer, mail: _Mail, reason: str) -> MailNotSent:
    whom = [f"{address} ({code} {text})" for address, code, text in mail.refused]
    message = f"a mail to {', '.join([*whom, *mail.pending])} was not sent"
    if mail.accepted:
        message += f", but to {', '.join(address for address, _, _ in mail.accepted)}"
    refused = [*mail.refused, *((address, 0, reason) for address in mail.pending)]
    return MailNotSent(
        f"{message}; {server.host}:{server.port}: {reason}",
        accepted=[address for address, _, _ in mail.accepted],
        refused=refused,
    )


def _all_of(recipients: Any) -> list[str]:
    given = [recipients] if isinstance(recipients, str | bytes) else list(recipients)
    if not given:
        raise UnfitBaton("a mail needs at least one recipient")
    return list(dict.fromkeys(_checked(each) for each in given))


def _checked(address: Any, *, may_be_empty: bool = False) -> str:
    text = address.decode("ascii", "replace") if isinstance(address, bytes) else address
    if not isinstance(text, str) or not (is_address(text) or (may_be_empty and not text)):
        raise UnfitBaton(f"{text!r:.80} is no address that a mail can be sent to, or from")
    return text


def send_mail(sender: str, recipients: str | Iterable[str], message: Any, **options: Any) -> Any:
    """Send a mail; the options are those of `MailServer`. A Deferred, which can be awaited, too."""
    from piped.interop import outcome_of

    password = options.get("password")
    if isinstance(password, str):
        options["password"] = Secret(password)
    return outcome_of(send(MailServer(**options), sender, recipients, message, LoopClock()))
