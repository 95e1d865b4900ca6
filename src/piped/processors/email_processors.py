"""Mails: making them, and changing their headers. What sends them is a matter of `smtp`."""

from __future__ import annotations

from email.message import EmailMessage, Message
from typing import Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath
from piped.paths import BatonPath, get_path
from piped.processors.base import Processor
from piped.processors.fixed import fixed
from piped.processors.mail_content import kind_of_content, set_content
from piped.processors.mail_headers import complaint_of, replace_header

__all__ = ["CreateEmailMessage", "ReplaceEmailHeaders"]

_MISSING: Any = object()


class _WithHeaders(Processor):
    """Has headers, some of which may come from the baton."""

    def __init__(self, *, headers: dict[str, Any], **node: Any) -> None:
        """headers: the headers by name; a list is several addresses, or several such headers"""
        super().__init__(**node)
        self.headers = fixed("headers", headers)
        for name, value in headers.items():
            complaint = complaint_of(name, None if _is_dynamic(value) else value)
            if complaint:
                raise ConfigurationError(complaint)


class CreateEmailMessage(_WithHeaders):
    """Make a mail, of a text, of bytes, or of a file that is open.

    A text is `text/plain`, and bytes are `application/octet-stream`, if no header
    `Content-Type` says otherwise.

    Example::

        pipeline:
            - create-email-message:
                payload_path: text
                headers: {From: a@example.com, To: !path to, Subject: Grüße}
            - eval-lambda:
                lambda: "baton: [baton['message']['To'], baton['message'].get_content().strip()]"
        given: {text: "Hello!", to: b@example.com}
        gives: [b@example.com, Hello!]
    """

    name = "create-email-message"

    def __init__(
        self,
        *,
        output_path: KeyPath | None = "message",
        payload_path: KeyPath | None = None,
        headers: dict[str, Any] | None = None,
        **node: Any,
    ) -> None:
        """
        output_path: where the mail goes; '' replaces the baton, null discards it
        payload_path: where the content is: a text, bytes, or what has `read()`; null for none
        headers: the headers by name; a list is several addresses, or several such headers
        """
        super().__init__(headers=headers or {}, **node)
        self.output_path = output_path
        self.payload_path = payload_path
        for name, value in self.headers.items():
            if name.lower() == "content-type" and not _is_dynamic(value):
                kind_of_content(str(value), ConfigurationError)

    def process(self, baton: Any) -> Any:
        message = EmailMessage()
        headers = dict(self.headers)
        kind = [headers.pop(name) for name in self.headers if name.lower() == "content-type"]
        if self.payload_path is not None:
            payload = get_path(baton, self.payload_path, _MISSING)
            if payload is _MISSING:
                raise UnfitBaton(f"there is nothing at {self.payload_path!r} to put into a mail")
            set_content(
                message, payload, kind_of_content(str(kind[-1]), UnfitBaton) if kind else None
            )
        for name, value in headers.items():
            replace_header(message, name, value)
        return self.get_resulting_baton(baton, self.output_path, message)


class ReplaceEmailHeaders(_WithHeaders):
    """Set headers of a mail, in the place of those of the same name.

    Example::

        pipeline:
            - create-email-message: {headers: {Subject: Hello, X-Draft: "yes"}}
            - replace-email-headers: {headers: {subject: Bonjour, X-Draft: null}}
            - eval-lambda: {lambda: "baton: list(map(list, baton['message'].items()))"}
        given: {}
        gives: [[subject, Bonjour]]
    """

    name = "replace-email-headers"

    def __init__(
        self, *, headers: dict[str, Any], message_path: KeyPath = "message", **node: Any
    ) -> None:
        """
        headers: the headers by name; null takes a header away; a list is several addresses, or
          several such headers
        message_path: where the mail is
        """
        super().__init__(headers=headers, **node)
        self.message_path = message_path

    def process(self, baton: Any) -> Any:
        message = get_path(baton, self.message_path, None)
        if not isinstance(message, Message):
            where = f"at {self.message_path!r}" if self.message_path else "as the baton"
            raise UnfitBaton(f"there is {_shown(message)} {where}, where a mail is needed")
        for name, value in self.headers.items():
            replace_header(message, name, value)
        return baton


def _is_dynamic(value: Any) -> bool:
    parts = value if isinstance(value, list) else [value]
    return any(isinstance(each, BatonPath) for each in parts)


def _shown(value: Any) -> str:
    return "nothing" if value is None else f"{value!r:.60}"
