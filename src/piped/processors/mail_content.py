"""The content of a mail: a text, bytes, or what can be read."""

from __future__ import annotations

from email.message import EmailMessage
from typing import Any, NamedTuple

from piped.exceptions import PipedError, UnfitBaton

__all__ = ["ContentKind", "kind_of_content", "set_content"]


class ContentKind(NamedTuple):
    """What a header `Content-Type` says."""

    main: str
    sub: str
    charset: str | None
    others: dict[str, str]


def kind_of_content(text: str, error: type[PipedError]) -> ContentKind:
    """The kind that `text` is; raises `error` if it is none of one part."""
    header = EmailMessage()
    try:
        header["Content-Type"] = text
    except (ValueError, IndexError) as wrong:
        raise error(f"the header 'Content-Type' cannot be {text!r:.60}: {wrong}") from wrong
    parsed: Any = header["Content-Type"]
    if parsed.defects or parsed.maintype in {"multipart", "message"}:
        raise error(
            f"the header 'Content-Type' is {text!r:.60}, which is no kind of a single content,"
            " like text/html"
        )
    others = {str(key): str(value) for key, value in parsed.params.items()}
    return ContentKind(parsed.maintype, parsed.subtype, others.pop("charset", None), others)


def set_content(message: EmailMessage, payload: Any, kind: ContentKind | None) -> None:
    """Put `payload` into `message`."""
    content = payload.read() if callable(getattr(payload, "read", None)) else payload
    if isinstance(content, str):
        _set_text(message, content, kind or ContentKind("text", "plain", None, {}))
    elif isinstance(content, bytes | bytearray | memoryview):
        _set_bytes(
            message, bytes(content), kind or ContentKind("application", "octet-stream", None, {})
        )
    else:
        raise UnfitBaton(
            f"the payload of a mail is {content!r:.60}, and it takes a text, bytes, or what has"
            " `read()` that gives one of them"
        )


def _set_text(message: EmailMessage, text: str, kind: ContentKind) -> None:
    charset = kind.charset or "utf-8"
    try:
        encoded = text.encode(charset)
    except (LookupError, UnicodeEncodeError) as error:
        raise UnfitBaton(f"the text of a mail cannot be written in {charset!r}: {error}") from error
    if kind.main == "text":
        message.set_content(text, kind.sub, charset, params=kind.others)
    else:
        _set_bytes(message, encoded, kind)


def _set_bytes(message: EmailMessage, content: bytes, kind: ContentKind) -> None:
    params = kind.others | ({"charset": kind.charset} if kind.charset else {})
    message.set_content(content, kind.main, kind.sub, params=params)
