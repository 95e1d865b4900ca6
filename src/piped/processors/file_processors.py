"""Append to files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.options import KeyPath, Lambda
from piped.paths import BatonPath, get_path
from piped.processors.appending import AppendedFile, DailyFile
from piped.processors.base import Processor
from piped.processors.fixed import fixed, names_in, namespace_of, taking
from piped.processors.text_processors import is_encoding

if TYPE_CHECKING:
    from piped.environment import RuntimeEnvironment

__all__ = ["AppendToFile", "AppendToLog"]

_AS_IT_IS = Lambda("input: input")


class AppendToFile(Processor):
    r"""Append a line to a file, unless the input is empty.

    The file is opened at the first line, and again if it is moved away. The baton goes on when the
    system has the line; where it cannot be written, the step fails.

    Example::

        pipeline: [append-to-file: {file_path: /dev/null, input_path: who, format: "%s came\n"}]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "append-to-file"
    _file: AppendedFile

    def __init__(
        self,
        *,
        file_path: Path,
        input_path: KeyPath = "",
        format: str = "%s\n",
        formatter: Lambda = _AS_IT_IS,
        namespace: dict[str, Any] | None = None,
        encode: str | None = "utf8",
        **node: Any,
    ) -> None:
        """
        file_path: the file
        input_path: where it is what to write
        format: what to write, with `%s` for what the formatter gives, or `%(key)s`
        formatter: gives what to write for the input
        namespace: names that the formatter may use
        encode: the encoding of the file; null if the formatter gives bytes
        """
        super().__init__(**node)
        if encode and not (isinstance(encode, BatonPath) or is_encoding(encode)):
            raise ConfigurationError(f"there is no encoding {encode!r} for text")
        self.file_path = fixed("file_path", file_path)
        self.input_path = input_path
        self.format = format
        self.formatter = taking(1, "formatter", formatter)
        self.namespace = names_in(namespace)
        self.encode = encode

    def configure(self, runtime_environment: RuntimeEnvironment) -> None:
        from piped.processors.closing import Closing

        self._format = self.formatter.bind(**namespace_of(self, self.namespace))
        self._file = self.make_file(runtime_environment)
        Closing(self._file.close).setServiceParent(runtime_environment.application)

    def make_file(self, runtime_environment: RuntimeEnvironment) -> AppendedFile:
        """The file, which is not open yet."""
        del runtime_environment
        return AppendedFile(self.file_path)

    def process(self, baton: Any) -> Any:
        found = get_path(baton, self.input_path, None)
        if found:
            self._file.append(self._line(self._format(found)))
        return baton

    def _line(self, value: Any) -> bytes:
        try:
            return _encoded(self.format, value, self.encode)
        except (TypeError, ValueError, LookupError) as error:
            raise UnfitBaton(f"{value!r} cannot be written as {self.format!r}: {error}") from error


class AppendToLog(AppendToFile):
    """Append a line to a file, which is moved away when a new day begins.

    The file of an earlier day is called after it: `visitors.log.2017-03-09`.

    Example::

        pipeline: [append-to-log: {file_path: /dev/null, input_path: who}]
        given: {who: ada}
        gives: {who: ada}
    """

    name = "append-to-log"

    def make_file(self, runtime_environment: RuntimeEnvironment) -> AppendedFile:
        return DailyFile(self.file_path, runtime_environment.clock.time)


def _encoded(format: str, value: Any, encoding: str | None) -> bytes:
    if not encoding:
        line: bytes = format.encode() % value
        return line
    if isinstance(value, bytes | bytearray):
        raise TypeError("bytes are written without an encoding")
    text: str = format % value
    return text.encode(encoding)
