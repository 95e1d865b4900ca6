"""Who may ask."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest
from twisted.cred.credentials import IUsernamePassword
from twisted.internet.defer import Deferred

from piped.interop import outcome_of
from tests.web.serving import serving

CHECKER = (
    "{name: twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse,"
    " arguments: {anna: s3cret, bo: 'pass:word'}}"
)


def who(baton: dict[str, Any]) -> None:
    baton["request"].write(f"you are {baton.get('avatar_id')}".encode())
    baton["request"].finish()


def basic(user: str, password: str) -> dict[str, str]:
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"authorization": f"Basic {encoded}"}


async def test_names_and_passwords_are_checked() -> None:
    routing = f"""
        __config__: {{processor: who, auth: {{realm: the house, checker: {CHECKER}}}}}
        inner: {{__config__: {{processor: who}}}}
        open: {{__config__: {{processor: who, auth: false}}}}
    """
    async with serving(routing, who=who) as it:
        refused = await it.fetch("/")
        assert refused.code == 401
        assert refused.headers["www-authenticate"] == 'Basic realm="the house", charset="UTF-8"'
        for path in ("/", "/inner"):
            assert (await it.fetch(path, headers=basic("anna", "s3cret"))).text == "you are anna"
        assert (await it.fetch("/", headers=basic("bo", "pass:word"))).text == "you are bo"
        assert (await it.fetch("/open")).text == "you are None"
        wrong = [basic("anna", "wrong"), basic("nobody", ""), {"authorization": "Basic !!!"}]
        wrong += [{"authorization": "Bearer s3cret"}, {"authorization": "Basic YW5uYQ=="}]
        for headers in wrong:
            assert (await it.fetch("/", headers=headers)).code == 401


async def test_tokens_are_checked() -> None:
    routing = """
        __config__:
          processor: who
          auth:
            kind: token
            checker: {name: piped.web.site.auth.Tokens, arguments: {robot: !secret t0ken}}
    """
    async with serving(routing, who=who) as it:
        answer = await it.fetch("/", headers={"authorization": "Bearer t0ken"})
        assert answer.text == "you are robot"
        refused = await it.fetch("/", headers={"authorization": "Bearer other"})
        challenge = refused.headers["www-authenticate"]
        assert (refused.code, challenge[:6]) == (401, "Bearer")
        assert challenge.endswith(', error="invalid_token"')
        without = await it.fetch("/", headers={"authorization": "Bearer "})
        assert (without.code, "error" in without.headers["www-authenticate"]) == (401, False)


async def test_files_are_guarded_too_and_what_is_missing_looks_like_what_is_there(
    tmp_path: Any,
) -> None:
    (tmp_path / "a.txt").write_text("a")
    routing = f"__config__: {{static: '{tmp_path}', auth: {{checker: {CHECKER}}}}}"
    async with serving(routing) as it:
        assert await it.codes("/a.txt", "/b.txt") == [401, 401]
        assert (await it.fetch("/a.txt", headers=basic("anna", "s3cret"))).text == "a"
        assert (await it.fetch("/b.txt", headers=basic("anna", "s3cret"))).code == 404


class Slow:
    """A checker that asks somebody else."""

    credentialInterfaces = (IUsernamePassword,)  # noqa: N815 - Twisted's name for it

    def requestAvatarId(self, credentials: Any) -> Deferred[bytes]:  # noqa: N802 - Twisted's name for it
        async def ask() -> bytes:
            await asyncio.sleep(0)
            if credentials.username == b"broken":
                raise RuntimeError("the database is gone")
            return bytes(credentials.username)

        return outcome_of(ask())


async def test_a_checker_may_take_its_time_and_may_fail(caplog: pytest.LogCaptureFixture) -> None:
    routing = f"__config__: {{processor: who, auth: {{checker: {{name: {__name__}.Slow}}}}}}"
    async with serving(routing, who=who) as it:
        assert (await it.fetch("/", headers=basic("anna", "x"))).text == "you are anna"
        failed = await it.fetch("/", headers=basic("broken", "x"))
        assert (failed.code, "database" in failed.text) == (500, False)
    assert "it could not be checked who asks" in caplog.text
