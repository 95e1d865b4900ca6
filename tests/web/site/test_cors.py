"""What pages of other sites are told."""

from __future__ import annotations

import pytest

from piped.web.site.cors import Cors
from tests.web.serving import serving

from .test_site import fail, say

MINE = "https://mine.example"
ROUTING = f"""
    __config__:
      processor: hello
      cors: {{origins: ['{MINE}'], credentials: true, expose: [x-a]}}
    open: {{__config__: {{processor: hello, cors: {{origins: ['*']}}}}}}
    closed: {{__config__: {{processor: hello, cors: false}}}}
    broken: {{__config__: {{processor: fail}}}}
"""
ALLOWED = "access-control-allow-origin"


async def test_a_known_origin_may_read_the_answer() -> None:
    async with serving(ROUTING, hello=say("hello"), fail=fail) as it:
        known = await it.fetch("/", headers={"origin": MINE})
        assert (known.text, known.headers[ALLOWED], known.headers["vary"]) == (
            "hello|0|",
            MINE,
            "Origin",
        )
        assert known.headers["access-control-allow-credentials"] == "true"
        assert known.headers["access-control-expose-headers"] == "x-a"
        stranger = await it.fetch("/", headers={"origin": "https://other.example"})
        assert (stranger.headers[ALLOWED], stranger.headers["vary"]) == (None, "Origin")
        assert (await it.fetch("/open", headers={"origin": "null"})).headers[ALLOWED] == "*"
        assert (await it.fetch("/closed", headers={"origin": MINE})).headers[ALLOWED] is None
        failed = await it.fetch("/broken", headers={"origin": MINE})
        assert (failed.code, failed.headers[ALLOWED]) == (500, MINE)


async def test_browsers_are_answered_before_they_send_anything() -> None:
    async with serving(ROUTING, hello=say("hello"), fail=fail) as it:
        asking = {"origin": MINE, "access-control-request-method": "PUT"}
        answer = await it.fetch("/", "OPTIONS", asking)
        assert (answer.code, answer.body) == (204, b"")
        allowed = answer.headers["access-control-allow-methods"]
        assert allowed == "GET, HEAD, POST, PUT, PATCH, DELETE"
        assert answer.headers["access-control-max-age"] == "600"
        stranger = await it.fetch("/", "OPTIONS", {**asking, "origin": "https://other.example"})
        assert stranger.headers["access-control-allow-methods"] is None


@pytest.mark.parametrize(
    "options",
    [
        {"origins": ["*"], "credentials": True},
        {"origins": ["example.org"]},
        {"origins": ["https://example.org/"]},
        {"origins": [MINE], "headers": ["*"], "credentials": True},
    ],
)
def test_what_browsers_would_not_understand_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"origin|credentials"):
        Cors(**options)  # type: ignore[arg-type]
