"""What JSON lacks, and how it is written all the same."""

from __future__ import annotations

import json
import os
from datetime import date, datetime
from typing import Any
from xmlrpc.client import DateTime

__all__ = ["BatonJSONEncoder", "PipedJSONEncoder"]


class PipedJSONEncoder(json.JSONEncoder):
    """Writes dates, times, paths, and what says by `__json__()` what to write for it."""

    def default(self, o: Any) -> Any:
        if hasattr(type(o), "__json__"):
            return o.__json__()
        if isinstance(o, os.PathLike):
            return os.fsdecode(o)
        if hasattr(type(o), "asTextMode"):  # Twisted's paths
            return o.asTextMode().path
        if isinstance(o, DateTime):
            return _written(datetime.strptime(str(o), "%Y%m%dT%H:%M:%S"))  # noqa: DTZ007 - XML-RPC knows no time zones
        if isinstance(o, date):
            return _written(o)
        return super().default(o)


class BatonJSONEncoder(PipedJSONEncoder):
    """Writes anything: where there is no better way, its `repr`."""

    def default(self, o: Any) -> Any:
        try:
            return super().default(o)
        except TypeError:
            return repr(o)


def _written(moment: date) -> str:
    if isinstance(moment, datetime):
        moment = moment.replace(microsecond=0)
    return str(moment)
