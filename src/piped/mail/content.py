"""A mail as bytes, as it is sent. Nothing in a header can begin a header of its own."""

from __future__ import annotations

import copy
import re
from email.message import Message
from email.policy import SMTP, Policy
from typing import Any

from piped.exceptions import UnfitBaton

__all__ = ["bytes_of"]

_POLICY = SMTP.clone(refold_source="none")
_BREAK = re.compile(r"\r?\n(?![ \t])|\r(?!\n)")
_NAME = re.compile(r"[!-9;-~]+")


def bytes_of(mail: Any, *, is_7bit: bool = False) -> bytes:
    """The bytes of a mail, of a file of one, or of a text.

    `is_7bit`: for a server that takes ASCII only; a mail, not a text, is encoded so.
    """
    if isinstance(mail, Message):
        return _of_message(mail, _POLICY.clone(cte_type="7bit") if is_7bit else _POLICY)
    content = mail.read() if callable(getattr(mail, "read", None)) else mail
    if isinstance(content, bytes | bytearray | memoryview):
        return bytes(content)
    try:
        return str(content).encode()
    except UnicodeEncodeError as error:
        raise UnfitBaton(f"the mail has half a character: {error}") from error


def _of_message(mail: Message, policy: Policy) -> bytes:
    for name, value in mail.raw_items():
        if not _NAME.fullmatch(name) or _BREAK.search(str(value)):
            raise UnfitBaton(f"the header {name!r:.60} has a line break or a wrong name")
    if "bcc" in mail:
        # Those whom the others are not to see. The envelope has them.
        mail = copy.copy(mail)
        del mail["bcc"]
    try:
        return mail.as_bytes(policy=policy)
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise UnfitBaton(f"the mail cannot be written: {error}") from error
