"""The tutorial's feed, when things go wrong: nothing is lost, and nothing comes twice."""

from __future__ import annotations

import asyncio
import json
import re
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from tests.commands import SOURCE, piped
from tests.processors.web_servers import answering
from tests.tutorial.feeds import EXAMPLE, SECRET, Feeds, feeds, until

pytestmark = pytest.mark.timeout(120)

HERE = f"{SOURCE}:."


async def begun(it: Feeds, **feed: str) -> None:
    """All runs, and is logged in."""
    await it.start_feed(**feed)
    await it.start_application()
    await it.says("nobody has logged in")
    await it.log_in()
    await it.get_token()


async def test_nothing_is_lost_or_doubled_over_five_breaks_of_the_connection(
    tmp_path: Path,
) -> None:
    async with feeds(tmp_path) as it:
        await begun(it)
        for turn in range(5):
            await publish_while(it, turn, it.line.break_off)
            await it.says("is connected", times=turn + 2)
        await it.has(50)


async def publish_while(it: Feeds, turn: int, happens: Any) -> None:
    """Publish ten statuses, and let something happen after the first that has come."""
    first = 10 * turn
    await it.publish(first)
    await until(lambda: it.kept().get("hashtags", {}).get(f"n{first}"))
    publishing = asyncio.gather(*(it.publish(first + number) for number in range(1, 10)))
    assert happens()
    await publishing


async def test_the_feed_is_killed_and_comes_back(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await begun(it)
        for turn in range(2):
            await it.publish(2 * turn)
            await it.publish(2 * turn + 1)
            await it.end("feed-server", kill=True)
            await it.says("trying again in", times=turn + 1)
            assert await it.publish_here("nobody will hear of this") in {500, 503}
            await it.start_feed()
            await it.says("is connected", times=turn + 2)
        await it.publish(4)
        await it.has(5)


async def test_the_application_is_killed_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await begun(it)
        for turn, kill in enumerate((True, False, True)):
            publishing = asyncio.gather(*(it.publish(10 * turn + each) for each in range(10)))
            await until(partial(has_more_than, it, 10 * turn))
            await it.end("feed", kill=kill)
            await publishing
            await it.start_application()
        await it.has(30)
        assert it.log().count("nobody has logged in") == 1


def has_more_than(it: Feeds, count: int) -> bool:
    return bool(it.kept().get("hashtags", {}).get("all", 0) > count)


async def test_tokens_end_in_the_middle_of_the_stream_and_nobody_sees_it(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await begun(it, lifetime="1s")
        number = 0
        while it.log("feed-server").count("POST /token") < 6:
            # Ours ends, too.
            await it.get_token()
            await it.publish(number)
            number += 1
            await it.has(number)
        assert it.log().count("is connected") == 1
        assert "trying again" not in it.log()


async def test_a_token_that_is_refused_before_its_time_is_renewed(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await begun(it)
        await it.end("feed-server")
        # Nothing that was signed before is good any more.
        server = tmp_path / "feed-server.yaml"
        server.write_text(server.read_text().replace("signs-all-tokens", "signs-them-otherwise"))
        await it.start_feed()
        await it.says("is connected", times=2)
        await until(lambda: ("GET /api/stream", "401") in answers(it))
        await it.get_token()
        await it.publish(0)
        await it.has(1)


async def test_without_new_tokens_the_feed_is_lost_until_somebody_logs_in(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await begun(it, lifetime="2s")
        await it.publish(0)
        await it.has(1)
        await it.end("feed-server")
        (tmp_path / "published.json").unlink()
        await it.start_feed(lifetime="2s")
        await it.says("gives no token: invalid_grant; it goes on when somebody logs in")
        assert await it.state() == "not logged in"
        assert await it.publish_here("no") == 503
        assert "refresh_token" not in it.kept()
        await it.log_in()
        assert await it.state() == "connected"
        await it.get_token()
        await it.publish(1)
        await it.has(2)


async def test_who_publishes_too_often_waits_as_long_as_he_is_told(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        limit = "web.feed.routing.api.statuses.__config__.rate_limit"
        await it.start_feed(f"{limit}.requests:2", f"{limit}.per:2s")
        await it.start_application()
        await it.log_in()
        texts = [f"#all #n{number}" for number in range(4)]
        assert await asyncio.gather(*map(it.publish_here, texts)) == [204] * 4
        await it.has(4)
        published = ("POST /api/statuses", "201")
        await until(lambda: answers(it).count(published) == 4)
        assert ("POST /api/statuses", "429") in answers(it)


def answers(it: Feeds) -> list[tuple[str, str]]:
    """What the feed was asked, and the codes of its answers; its log has them after a while."""
    return re.findall(r'"([A-Z]+ \S+) HTTP/1\.1\W+(\d+) ', it.log("feed-server"))


async def test_a_status_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await it.start_feed()
        application = tmp_path / "feed.yaml"
        step = "        - lambda-decider: {input_path: status.text, lambda: \"text: [0] if 'n0' "
        step += 'in text else [1]", consumers: [raise-exception: {args: no}, existing: counts]}\n'
        text = application.read_text().replace("count-hashtags: {", "count-hashtags: {id: counts, ")
        application.write_text(text.replace("    status:\n", f"    status:\n{step}", 1))
        await it.start_application()
        await it.log_in()
        await it.get_token()
        await it.publish(0)
        await it.publish(1)
        await until(lambda: it.kept().get("hashtags") == {"all": 1, "n1": 1})
        assert "feed.news: status" in it.log()
        assert "failed" in it.log()


async def test_a_slow_pipeline_slows_the_feed(tmp_path: Path) -> None:
    written, enough = 0, 2**27
    event = b'data: {"id": %d, "text": "' + b"x" * 10_000 + b'"}\n\n'

    async def answer(request: web.Request) -> Any:
        nonlocal written
        if request.path == "/token":
            given = {"access_token": "an-access", "refresh_token": "a-refresh", "expires_in": 60}
            return 200, {"Content-Type": "application/json"}, json.dumps(given)
        stream = web.StreamResponse()
        await stream.prepare(request)
        try:
            while written < enough:
                await stream.write(event % (written + 1))
                written += len(event)
        except ConnectionError:
            pass
        return stream

    async with answering(answer) as url, feeds(tmp_path) as it:
        application = tmp_path / "feed.yaml"
        text = application.read_text().replace(
            "- count-hashtags", "- wait: {delay: 1h}\n        - count-hashtags"
        )
        application.write_text(text)
        (tmp_path / "news.json").write_text('{"refresh_token": "another-one"}')
        await it.start_application(url=url)
        await until(lambda: written)
        before = -1
        while before != written < enough:
            before = written
            # Time for a lot more, were it read.
            for _ in range(100):
                async with it.client.get(it.page) as page:
                    await page.read()
        assert written < enough // 4


async def test_the_feed_gives_a_code_and_a_refresh_token_a_single_use(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await it.start_feed()
        back = await it.allowed(it.asked_by_us())
        code = back.partition("code=")[2].partition("&")[0]
        refused = 400, {"error": "invalid_grant"}
        assert await it.tokens("authorization_code", code=code, code_verifier="other") == refused
        status, first = await it.tokens("authorization_code", code=code)
        assert status == 200
        assert await it.tokens("authorization_code", code=code) == refused
        # One whose answer got lost may ask again; who has used the next one may not.
        old = first["refresh_token"]
        _, lost = await it.tokens("refresh_token", refresh_token=old)
        _, second = await it.tokens("refresh_token", refresh_token=old)
        assert await it.tokens("refresh_token", refresh_token=lost["refresh_token"]) == refused
        status, _ = await it.tokens("refresh_token", refresh_token=second["refresh_token"])
        assert status == 200
        assert await it.tokens("refresh_token", refresh_token=old) == refused
        assert await it.tokens("password") == (400, {"error": "unsupported_grant_type"})


async def test_the_feed_says_what_is_wrong_with_a_token(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await it.start_feed()
        headers = {"Authorization": "Bearer e30.AAAA"}
        async with it.client.get(f"{it.feed}/api/stream", headers=headers) as answer:
            assert answer.status == 401
            assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_users_are_sent_back_to_known_places_only(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await it.start_feed()
        asked = {**it.asked_by_us(), "redirect_uri": "http://elsewhere.example/"}
        for ask in (it.client.get, it.client.post):
            async with ask(f"{it.feed}/login", params=asked, allow_redirects=False) as answer:
                assert answer.status == 400


async def test_a_login_that_was_not_begun_here_is_refused(tmp_path: Path) -> None:
    async with feeds(tmp_path) as it:
        await it.start_application()
        back = f"{it.page}/login/back"
        async with it.client.get(back, params={"state": "x", "code": "y"}) as answer:
            assert answer.status == 400
            assert "not begun here" in await answer.text()


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("feeds.news.url:localhost", "begins with http:// or https://"),
        ("feeds.news.max_delay:1ms", "`initial_delay` is more than nothing"),
        ("feeds.news.processor:pipeline.statsu", "did you mean 'pipeline.status'?"),
        ("feeds.news.store:persisted_context.new.store", "did you mean 'persisted_context.news"),
    ],
)
def test_what_is_wrong_with_a_feed_is_told_before_it_starts(override: str, said: str) -> None:
    answer = piped(EXAMPLE, "check", "feed.yaml", "-O", override, PYTHONPATH=HERE)
    assert answer.returncode == 78
    assert said in answer.stdout + answer.stderr


def test_settings_are_described_and_the_secret_is_not_shown() -> None:
    described = piped(EXAMPLE, "describe", "-c", "feed.yaml", "feeds", PYTHONPATH=HERE).stdout
    assert "how it knows that it is us" in described
    shown = piped(EXAMPLE, "config", "feed.yaml", PYTHONPATH=HERE).stdout
    assert "client_secret" in shown
    assert SECRET not in shown
