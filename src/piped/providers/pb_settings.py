"""Servers and clients of Perspective Broker: the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from piped.checkers import Checker
from piped.options import Size
from piped.providers.calls_settings import NO_ANSWER, CallsSettings
from piped.providers.reconnection import Reconnection
from piped.secret import Secret

__all__ = ["PBClientSettings", "PBServerSettings"]


@dataclass(frozen=True, kw_only=True)
class PBServerSettings(CallsSettings):
    """Where to listen, and what answers.

    default_callback: the answer to a call that got none when its pipeline ended
    keep_open: whether such a call goes on waiting, for somebody who answers later
    checker: who may log in; without one, anybody may call
    max_message: the largest message that is read; who sends a larger one is left
    """

    default_callback: Any = NO_ANSWER
    keep_open: bool = False
    checker: Checker | None = None
    max_message: Size = 16 * 2**20

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.keep_open and self.default_callback is not NO_ANSWER:
            raise ValueError("with `keep_open`, a `default_callback` is never given")


@dataclass(frozen=True, kw_only=True)
class PBClientSettings(Reconnection):
    """Where to connect to, and as whom.

    username: who to log in as; without one, the root object is the server's own
    password: the password
    """

    username: str | None = None
    password: Secret | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.username is None) != (self.password is None):
            raise ValueError("`username` and `password` go together")

    @property
    def account(self) -> tuple[str, Secret] | None:
        """Who to log in as."""
        if self.username is None or self.password is None:
            return None
        return self.username, self.password
