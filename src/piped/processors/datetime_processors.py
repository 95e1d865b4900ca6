"""Dates and times, from text and to text."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from piped.exceptions import ConfigurationError, UnfitBaton
from piped.paths import BatonPath
from piped.processors.base import InputOutputProcessor

__all__ = ["FormatDate", "ParseDatetime"]


class ParseDatetime(InputOutputProcessor):
    """Make a date and time of a text.

    Example::

        pipeline: [parse-datetime: {input_path: at, format_string: "%d.%m.%Y %H:%M"}]
        given: {at: "9.3.2017 10:30"}
        gives: {at: 2017-03-09 10:30:00}
    """

    name = "parse-datetime"

    def __init__(self, *, format_string: str, as_date: bool = False, **paths: Any) -> None:
        """
        format_string: how the text is written, as `strptime` has it
        as_date: give a date without a time
        """
        super().__init__(**paths)
        if not isinstance(format_string, BatonPath):
            _complain_of(format_string)
        self.format_string = format_string
        self.as_date = as_date

    def process_input(self, input: Any, baton: Any) -> date:
        del baton
        if not isinstance(input, str):
            raise UnfitBaton(f"a date is read from text, and this is {input!r}")
        try:
            found = datetime.strptime(input, self.format_string)  # noqa: DTZ007 - the format says whether there is a time zone
        except ValueError as error:
            raise UnfitBaton(f"no date is read: {error}") from error
        return found.date() if self.as_date else found


def _complain_of(format_string: str) -> None:
    try:
        datetime.strptime("", format_string)  # noqa: DTZ007 - it is tried, and nothing comes of it
    except ValueError as error:
        if "does not match" not in str(error):
            raise ConfigurationError(f"format_string is {format_string!r}: {error}") from error


class FormatDate(InputOutputProcessor):
    """Make a text of a date, or of a date and time.

    Example::

        pipeline: [format-date: {input_path: day, format_string: "%d/%m/%y"}]
        given: {day: 2017-03-09}
        gives: {day: 09/03/17}
    """

    name = "format-date"

    def __init__(self, *, format_string: str, **paths: Any) -> None:
        """format_string: how to write it, as `strftime` has it"""
        super().__init__(**paths)
        self.format_string = format_string

    def process_input(self, input: Any, baton: Any) -> str:
        del baton
        if not isinstance(input, date):
            raise UnfitBaton(f"a date is to be written, and this is {input!r}")
        return input.strftime(self.format_string)
