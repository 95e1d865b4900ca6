"""Points in time that come again, in the notation of cron."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from piped.conf.nodes import Node
from piped.options.findings import Findings
from piped.options.scalars import text_hint, text_of
from piped.problems import Kind

__all__ = ["Cron"]

_EXPECTED = "five fields of cron like '*/5 * * * *'"
# Any moment will do to see whether there is another one.
_SOME_TIME = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Cron:
    """Minute, hour, day of the month, month, day of the week. Of six fields, the first is seconds.

    Raises ValueError for what is no such notation, or means no moment at all.
    """

    text: str

    def __post_init__(self) -> None:
        self.next(_SOME_TIME, UTC)

    def __str__(self) -> str:
        return self.text

    def next(self, after: datetime, tz: tzinfo) -> datetime:
        """The first such moment after `after`, by the clocks of `tz`."""
        from cronsim import CronSim, CronSimError

        try:
            return next(CronSim(self.text, after.astimezone(tz)))
        except CronSimError as error:
            raise ValueError(str(error).lower()) from None
        except StopIteration:
            raise ValueError("it never comes") from None

    @classmethod
    def from_node(cls, node: Node, findings: Findings) -> Any:
        text = text_of(node)
        if text is None:
            return findings.unfit(node, findings.what, _EXPECTED, hint=text_hint(node))
        try:
            return cls(text)
        except ValueError as error:
            kind, hint = Kind.WRONG_VALUE, str(error)
            return findings.unfit(node, findings.what, _EXPECTED, hint=hint, kind=kind)

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        return {
            "type": "string",
            "pattern": r"^\s*(\S+\s+){4,5}\S+\s*$",
            "examples": ["*/5 * * * *", "0 3 * * MON-FRI"],
        }
