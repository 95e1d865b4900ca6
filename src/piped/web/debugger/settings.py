"""The key `debug` of a site, and of a place in its routing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from piped.options import Between, Duration

__all__ = ["Debug"]


@dataclass(frozen=True, kw_only=True)
class Debug:
    """
    Who may look into failures, and for how long they are kept.

    allow: addresses, networks (`10.0.0.0/8`) and host names of those who may; if empty, nobody
    hosts: the names by which a browser may call the site, beside this machine's own
    max_inactive_time: for how long a failure is kept that nobody looks at
    reap_interval: how often it is looked for such
    max_failures: how many are kept, at most; each keeps all that its frames refer to
    max_failures_of_a_kind: how many of those may be alike
    max_evaluation_time: how long an evaluation in the console may take
    """

    allow: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    max_inactive_time: Annotated[Duration, Between(low=0)] = 300.0
    reap_interval: Annotated[Duration, Between(low=1)] = 60.0
    max_failures: Annotated[int, Between(low=1)] = 30
    max_failures_of_a_kind: Annotated[int, Between(low=1)] = 3
    max_evaluation_time: Annotated[Duration, Between(low=0.1)] = 10.0
