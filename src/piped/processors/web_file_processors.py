"""Files that come with a form."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from typing import Any

from piped.exceptions import UnfitRequest
from piped.processors.web_request_processors import RequestMappingProcessor

__all__ = ["ExtractFiles"]

# What could lead to another folder, or be something else for a terminal.
_BEFORE_THE_NAME = re.compile(r".*[/\\]", re.DOTALL)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


class ExtractFiles(RequestMappingProcessor):
    r"""Take files that were uploaded by a form out of a request.

    The input paths are the names of fields. A file is a mapping of `filename` (as the client says,
    without folders), `content_type`, `size`, and `file`, which can be read from until the request
    has been answered. An entry of the mapping may have `only_first: false`, to have a list of all.

    Example::

        pipeline:
            - extract-web-request-files: {mapping: [picture]}
            - remap: {mapping: {picture.filename: name, picture.size: size}}
            - clean-baton: {remove: [picture]}
        request: "POST / | content-type: multipart/form-data; boundary=x | --x\r\n\
            Content-Disposition: form-data; name=picture; filename=engine.txt\r\n\r\nsteam\r\n--x--"
        given: {}
        gives: {name: engine.txt, size: 5}
    """

    name = "extract-web-request-files"

    def named(self, request: Any) -> Mapping[bytes, list[Any]]:
        form = getattr(request, "form", None)
        return _files_of(request) if form is None else form.files

    def process_mapping(
        self,
        input: Any,
        input_path: str,
        output_path: str | None,
        baton: Any,
        *,
        only_first: bool = True,
    ) -> Any:
        del input_path, output_path, baton
        return self.chosen(input, _described, only_first=only_first)


def _described(upload: Any) -> dict[str, Any]:
    if isinstance(upload, dict):
        return upload
    return _file(upload.filename, upload.content_type, upload.size, upload.file)


def _file(filename: bytes, content_type: bytes, size: int, file: Any) -> dict[str, Any]:
    name = _BEFORE_THE_NAME.sub("", filename.decode("utf-8", "replace"))
    return {
        "filename": _CONTROLS.sub("", name),
        "content_type": content_type.decode("latin-1"),
        "size": size,
        "file": file,
    }


def _files_of(request: Any) -> dict[bytes, list[dict[str, Any]]]:
    """The files of a request of Twisted's own, which forgets their names."""
    from email.parser import BytesParser
    from email.policy import HTTP

    content_type = request.getHeader(b"content-type") or b""
    if not content_type.lower().startswith(b"multipart/form-data"):
        return {}
    request.content.seek(0)
    body = request.content.read()
    request.content.seek(0)
    message: Any = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: %s\r\n\r\n%s" % (content_type, body)
    )
    found: dict[bytes, list[dict[str, Any]]] = {}
    for part in message.iter_parts() if message.is_multipart() else ():
        name, filename = (_parameter(part, each) for each in ("name", "filename"))
        if filename is not None:
            data = part.get_payload(decode=True) or b""
            kind = str(part.get("content-type", "")).encode()
            made = _file(filename, kind, len(data), io.BytesIO(data))
            found.setdefault(name or b"", []).append(made)
    return found


def _parameter(part: Any, name: str) -> bytes | None:
    value = part.get_param(name, header="content-disposition")
    if value is None:
        return None
    if not isinstance(value, str):
        raise UnfitRequest(f"a form has a {name!r} that is not understood")
    return value.encode("utf-8", "surrogateescape")
