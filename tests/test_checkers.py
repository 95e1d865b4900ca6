"""Checkers by name and arguments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from twisted.cred.checkers import AllowAnonymousAccess
from twisted.cred.credentials import UsernamePassword
from twisted.cred.error import UnauthorizedLogin

from piped.checkers import Checker, checkers_of
from piped.interop import settled
from piped.options import DottedName
from piped.secret import Secret

IN_MEMORY = "twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse"


@pytest.mark.parametrize("password", ["sésame", Secret("sésame"), "sésame".encode()])
async def test_names_and_passwords_in_memory_are_texts(password: Any) -> None:
    [checker] = checkers_of(Checker(name=DottedName(IN_MEMORY), arguments={"åda": password}))
    right = UsernamePassword("åda".encode(), "sésame".encode())
    assert await settled(checker.requestAvatarId(right)) == "åda".encode()
    with pytest.raises(UnauthorizedLogin):
        await settled(checker.requestAvatarId(UsernamePassword("åda".encode(), b"other")))


async def test_names_and_passwords_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "users").write_text("ada:lovelace\n")
    name = DottedName("twisted.cred.checkers.FilePasswordDB")
    [checker] = checkers_of(Checker(name=name, arguments={"filename": str(tmp_path / "users")}))
    right = UsernamePassword(b"ada", b"lovelace")
    assert await settled(checker.requestAvatarId(right)) == b"ada"


def test_there_may_be_several_or_none() -> None:
    anybody = Checker(name=DottedName("twisted.cred.checkers.AllowAnonymousAccess"))
    several = {"anybody": anybody, "ada": Checker(name=DottedName(IN_MEMORY))}
    assert isinstance(checkers_of(several)[0], AllowAnonymousAccess)
    assert len(checkers_of(several)) == 2
    assert checkers_of(None) == []
