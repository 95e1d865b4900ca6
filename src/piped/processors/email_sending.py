"""Sending mails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.mail.addresses import is_address
from piped.mail.sending import MailServer, send
from piped.options import KeyPath
from piped.paths import BatonPath, get_path
from piped.processors.base import Processor
from piped.processors.fixed import fixed

if TYPE_CHECKING:
    from piped.clock import Clock
    from piped.environment import RuntimeEnvironment

__all__ = ["SendEmail"]


class SendEmail(Processor):
    """Send a mail, and wait until the server has accepted it for all recipients.

    What may pass is tried again. It fails if any recipient is refused; `accepted` and `refused`
    of the exception, a `piped.mail.sending.MailNotSent`, say who has got it, and who not, and why.

    Example::

        pipeline:
            - create-email-message: {payload_path: text, headers: {Subject: Hello}}
            - send-email:
                from: a@example.com
                to_path: to
                configuration: {host: mail.example.com, timeout: 20s}
            - remap: {mapping: {to: sent_to}}
            - clean-baton: {remove: [to, text, message]}
        mails: [b@example.com, c@example.com]
        given: {text: "Hello!", to: [b@example.com, c@example.com]}
        gives: {sent_to: [b@example.com, c@example.com]}
    """

    name = "send-email"
    requires = ("aiosmtplib",)
    extra = "mail"
    _clock: Clock

    def __init__(
        self,
        *,
        from_: str | None = None,
        from_path: KeyPath | None = None,
        to: str | list[str] | None = None,
        to_path: KeyPath | None = None,
        message_path: KeyPath = "message",
        configuration: MailServer | None = None,
        **node: Any,
    ) -> None:
        """
        from: who sends it; bounces go there
        from_path: where that is
        to: who gets it, one or several
        to_path: where they are
        message_path: where the mail is: an email.message, a file, or a text with its headers
        configuration: the server that takes it
        """
        super().__init__(**node)
        _check_one("from", from_, from_path)
        _check_one("to", to, to_path)
        self.from_ = fixed("from", from_)
        self.from_path = from_path
        self.to = fixed("to", to)
        self.to_path = to_path
        self.message_path = message_path
        self.server = configuration or MailServer()
        for address in [from_, *(to if isinstance(to, list) else [to])]:
            if address and not isinstance(address, BatonPath) and not is_address(address):
                raise ConfigurationError(f"{address!r:.80} is no address like name@example.com")
        if to == []:
            raise ConfigurationError("to: a mail needs at least one recipient")

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        self._clock = runtime_environment.clock

    async def process(self, baton: Any) -> Any:
        sender: Any = self.from_ if self.from_path is None else _at(baton, self.from_path)
        recipients: Any = self.to if self.to_path is None else _at(baton, self.to_path)
        mail = _at(baton, self.message_path)
        await send(self.server, sender, recipients, mail, self._clock)
        return baton


def _check_one(what: str, value: Any, path: Any) -> None:
    if (value is None) == (path is None):
        which = "both" if value is not None else "neither"
        raise ConfigurationError(f"it needs one of '{what}' and '{what}_path', and has {which}")


_MISSING: Any = object()


def _at(baton: Any, path: str) -> Any:
    found = get_path(baton, path, _MISSING)
    if found is _MISSING or found is None:
        raise UnfitBaton(f"there is nothing at {path!r}, which is needed to send a mail")
    return found
