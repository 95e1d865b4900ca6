"""Headers of mails. Nothing in a value can begin a header of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from email.message import Message
from email.utils import format_datetime
from typing import Any

from piped.exceptions import UnfitBaton

__all__ = ["complaint_of", "replace_header"]

# Printable ASCII but for the colon, which ends a name.
_NAME = re.compile(r"[!-9;-~]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
# Of these there is one, and its value is a list. Of others a list is several headers.
_OF_ADDRESSES = {"from", "to", "cc", "bcc", "reply-to"}


def complaint_of(name: Any, value: Any) -> str:
    """What is wrong with a header; nothing, if it is right."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        return f"{name!r} is no name of a header: it is printable ASCII, without blanks and colons"
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict | list | bytes | bool):
            return f"the header {name!r} is {each!r:.60}, and a text is needed"
        text = str(each)
        if _CONTROL.search(text):
            return f"the header {name!r} has a line break or a control character: {text!r:.60}"
        if any("\ud800" <= character <= "\udfff" for character in text):
            return f"the header {name!r} has half a character: {text!r:.60}"
    return ""


def replace_header(message: Message, name: str, value: Any) -> None:
    """Set a header in the place of all of that name; None takes them away."""
    complaint = complaint_of(name, value)
    if complaint:
        raise UnfitBaton(complaint)
    charset = message.get_content_charset() if name.lower() == "content-type" else None
    del message[name]
    for text in _texts(name, value):
        try:
            message[name] = text
        except (ValueError, IndexError) as error:
            raise UnfitBaton(f"the header {name!r} cannot be {text!r:.60}: {error}") from error
    # The content stays what it is.
    if charset and message.get_content_maintype() == "text" and not message.get_param("charset"):
        message.set_param("charset", charset)


def _texts(name: str, value: Any) -> Iterable[str]:
    if value is None:
        return []
    values = [_text(each) for each in (value if isinstance(value, list) else [value])]
    return [", ".join(values)] if name.lower() in _OF_ADDRESSES and values else values


def _text(value: Any) -> str:
    return format_datetime(value) if isinstance(value, datetime) else str(value)
