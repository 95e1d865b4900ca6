"""SMTP: mails that come in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from piped.dependencies import ResourceDependency
from piped.environment import RuntimeEnvironment
from piped.options import DottedName, Lambda
from piped.problems import Kind, Severity
from piped.provider import Provider
from piped.providers.smtp_settings import SMTPSettings

if TYPE_CHECKING:
    from piped.catalogue import Catalogue
    from piped.mail.sending import send_mail
    from piped.options import Check
    from piped.providers.smtp_auth import PipedSMTPRealm
    from piped.providers.smtp_protocol import PipedESMTP
    from piped.providers.smtp_server import PipedSMTPServer

__all__ = ["PipedESMTP", "PipedSMTPRealm", "PipedSMTPServer", "SMTPProvider", "send_mail"]


class SMTPProvider(Provider):
    """Hand a baton to a processor for each recipient of each mail that comes in.

    The baton has `message`, an `email.message.EmailMessage`, `from_addr` and `to_addr`, and with a
    checker `avatar_id`, who has logged in. A mail is accepted when the processor is done with all
    its batons; if one fails, the client is told to try again later, or what a
    `twisted.mail.smtp.SMTPServerError` says, if that is what was raised. That is the answer for all
    recipients; with `max_recipients: 1` each has one of its own.

    Nobody may send anything to anybody unless `validate_from` and `validate_to` say so::

        smtp:
            my_server:
                listen: tcp:10025
                processor: pipeline.incoming
                validate_from: "protocol, helo, origin: True"
                validate_to: "protocol, user: str(user.dest).endswith('@example.com')"
                tls: {private_key: server.key, certificate: server.crt}
    """

    section: ClassVar[str] = "smtp"
    settings: ClassVar[Any] = dict[str, SMTPSettings]

    def check(self, settings: dict[str, SMTPSettings], catalogue: Catalogue, check: Check) -> None:
        del catalogue
        for name, server in settings.items():
            for option, given, count in _lambdas(server):
                if not given.takes(count):
                    what = f"smtp.{name}.{option}"
                    message = f"{what} is called with {count} arguments, and it takes others"
                    check.problem(Kind.BAD_CODE, given.place, message, _SIGNATURES[option])
            for key, value in server.namespace.items():
                for fault in _faults_of_name(value):
                    message = f"smtp.{name}.namespace.{key}: {fault}"
                    check.problem(Kind.WRONG_VALUE, None, message, "Name it as one imports it.")
            if fault := _fault_of_logins(server):
                message = f"smtp.{name}: {fault}"
                hint = "Give it `tls`, or let it listen at an `ssl:` endpoint."
                check.problem(
                    Kind.CONFLICTING_OPTIONS, None, message, hint, severity=Severity.WARNING
                )

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.providers.smtp_server import PipedSMTPServer

        servers: dict[str, SMTPSettings] = runtime_environment.settings(self.section, {})
        for name, settings in servers.items():
            named = settings.processor
            processor = ResourceDependency(named.path, named.configuration)
            server = PipedSMTPServer(name, settings, processor, runtime_environment.clock)
            runtime_environment.dependency_manager.add_dependency(server, processor)
            server.setServiceParent(runtime_environment.application)


_SIGNATURES = {
    "validate_from": "Write it as 'protocol, helo, origin: …'.",
    "validate_to": "Write it as 'protocol, user: …'.",
    "received_header": "Write it as 'protocol, helo, origin, recipients: …'.",
}


def _lambdas(server: SMTPSettings) -> Iterator[tuple[str, Lambda, int]]:
    for option, hint in _SIGNATURES.items():
        given = getattr(server, option)
        if given is not None:
            yield option, given, hint.count(",") + 1


def _faults_of_name(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield f"{value!r} is no dotted name"
    elif isinstance(value, DottedName):
        try:
            value.load()
        except (ImportError, AttributeError) as error:
            yield f"there is no {value}: {error}"


def _fault_of_logins(server: SMTPSettings) -> str:
    """Why nobody would ever be able to log in."""
    from twisted.cred.credentials import IAnonymous

    made = [each.make() for each in server.checkers]
    if not made or any(IAnonymous in each.credentialInterfaces for each in made):
        return ""
    if server.tls or any(each.startswith(("ssl:", "tls:")) for each in server.endpoints):
        return ""
    return "nobody can log in, for passwords are taken over TLS only, and there is none"


def __getattr__(name: str) -> Any:
    # What is Twisted's kin takes its time to import.
    from importlib import import_module

    modules = {
        "PipedESMTP": "piped.providers.smtp_protocol",
        "PipedSMTPRealm": "piped.providers.smtp_auth",
        "PipedSMTPServer": "piped.providers.smtp_server",
        "send_mail": "piped.mail.sending",
    }
    if name not in modules:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(modules[name]), name)
