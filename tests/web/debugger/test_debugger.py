"""The debugger on sites of both engines, over real sockets."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from piped.testing import ManualClock
from piped.web.debugger.debugger import Debugger
from piped.web.debugger.settings import Debug
from tests.web.debugger.world import Answer, Shop, opened_shop

ALLOWED = Debug(allow=["127.0.0.1"])
Opened = Callable[..., Awaitable[Shop]]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(params=["piped", "twisted"])
def engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def shop(tmp_path: Path, clock: ManualClock, engine: str) -> AsyncIterator[Shop]:
    async with opened_shop(tmp_path, ALLOWED, clock, engine=engine) as shop:
        yield shop


async def executed(shop: Shop, page: Answer, code: str, frame: str = "") -> str:
    number = int(frame or page.fact("focus"))
    answer = await shop.call(page, "execute", frame=number, code=code)
    assert answer.code == 200, answer.text
    return "".join(each["text"] for each in answer.json["output"])


async def test_the_page_says_what_failed_and_where(shop: Shop) -> None:
    page = await shop.fail("/order?q=1")
    assert "web.Server Traceback" in page.text
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for text in (
        "KeyError",
        "&#x27;scone&#x27;",
        "/order?q=1",
        "shop.bill",
        "add-up",
        "bill-it",
        '<span class="where">shop.yaml:13</span>',
        "<mark>PRICES[item]</mark>",
        "frames of piped",
        "shop.yaml",
        '<svg xmlns="http://www.w3.org/2000/svg"',
    ):
        assert text in page.text, (text, page.text)
    assert page.text.index("KeyError") < page.text.index("Traceback, the most recent call last")


async def test_the_line_of_the_configuration_is_shown(shop: Shop) -> None:
    page = await shop.fail("/lambda")
    assert 'class="line marked"' in page.text
    marked = re.findall("<mark>(.*?)</mark>", page.text)[-1]
    assert re.sub("<.*?>", "", marked) == "baton[&#x27;nothing&#x27;]"
    assert await executed(shop, page, "sorted(baton)") == "['order', 'request']\n"


async def test_code_of_several_lines_is_shown_where_it_stands(shop: Shop) -> None:
    page = await shop.fail("/code")
    marked = re.findall("<mark>(.*?)</mark>", page.text)[-1]
    assert re.sub("<.*?>", "", marked) == "baton[wanted]"
    assert "shop.yaml" in page.text
    assert await executed(shop, page, "wanted, 'order' in baton") == "('nothing', True)\n"


async def test_what_fails_later_has_its_frames_too(shop: Shop) -> None:
    page = await shop.fail("/later")
    assert "LookupError" in page.text
    assert await executed(shop, page, "what") == "'a courier'\n"
    at = int(page.fact("focus"))
    names = [(await shop.call(page, "frame", frame=each)).json["locals"] for each in range(at)]
    assert "waited_for" in {each["name"] for locals_ in names for each in locals_}


async def test_locals_are_shown_and_opened(shop: Shop) -> None:
    page = await shop.fail()
    frame = int(page.fact("focus"))
    rows = {
        each["name"]: each for each in (await shop.call(page, "frame", frame=frame)).json["locals"]
    }
    assert rows["item"]["text"] == "'scone'"
    assert rows["order"]["text"] == (
        "Order(customer='Ada', items=['tea', 'scone'], voucher='SPRING')"
    )
    assert rows["order"]["opens"]
    opened = (await shop.call(page, "values", frame=frame, name="order", path=[])).json["locals"]
    assert [each["name"] for each in opened] == [".customer", ".items", ".voucher"]
    opened = (await shop.call(page, "values", frame=frame, name="order", path=[1])).json["locals"]
    assert [each["text"] for each in opened] == ["'tea'", "'scone'"]


async def test_what_is_done_in_the_console_is_done_to_the_baton(shop: Shop) -> None:
    page = await shop.fail()
    text = await executed(
        shop, page, "baton['order'].items.append('cake'); PRICES[item[:0] + 'tea']"
    )
    assert text == "4.5\n"
    assert shop.batons[0]["order"].items == ["tea", "scone", "cake"]
    answer = await shop.call(page, "frame", frame=int(page.fact("focus")))
    [order] = [each for each in answer.json["locals"] if each["name"] == "order"]
    assert "'cake'" in order["text"]
    assert len(answer.json["transcript"]) == 1


async def test_other_frames_have_other_names(shop: Shop) -> None:
    page = await shop.fail()
    assert await executed(shop, page, "__name__") == "'tests.web.debugger.shop'\n"
    assert (await executed(shop, page, "__name__", "0")).startswith("'piped.processing.")
    assert "NameError" in await executed(shop, page, "order", "0")


async def test_a_block_waits_for_its_end(shop: Shop) -> None:
    page = await shop.fail()
    frame = int(page.fact("focus"))
    code = "for each in order.items:\n    print(each)"
    answer = await shop.call(page, "execute", frame=frame, code=code, unless_incomplete=True)
    assert answer.json == {"incomplete": True}
    answer = await shop.call(page, "execute", frame=frame, code=code + "\n", unless_incomplete=True)
    assert answer.json["output"] == [{"stream": "out", "text": "tea\nscone\n"}]


async def test_the_tabulator_completes(shop: Shop) -> None:
    page = await shop.fail()
    answer = await shop.call(page, "complete", frame=int(page.fact("focus")), before="order.vou")
    assert answer.json == {"start": 6, "candidates": [{"text": "voucher", "kind": "str"}]}


async def test_each_execution_is_in_the_log(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    page = await shop.fail()
    with caplog.at_level(logging.WARNING, "piped.web.debugger"):
        await executed(shop, page, "1 + 1")
    [record] = caplog.records
    assert record.levelno == logging.WARNING
    text = record.getMessage()
    assert text.startswith("debugger: 127.0.0.1 executes in total (")
    assert text.endswith(f"of failure {page.fact('failure')}: '1 + 1'")


async def test_failures_are_listed_by_kind(shop: Shop, clock: ManualClock) -> None:
    for _ in range(4):
        await shop.fail()
        await clock.advance(1)
    page = await shop.fail("/lambda")
    listed = await shop.ask("/__debug__/")
    assert listed.code == 200
    kinds = (await shop.call(listed, "list")).json["kinds"]
    assert [(each["kind"], each["count"], len(each["items"])) for each in kinds] == [
        ("KeyError", 1, 1),
        ("KeyError", 4, 3),
    ]
    steps = [(each["pipeline"], each["step"]) for each in kinds[1]["steps"]]
    assert steps == [("shop.order", "bill-it"), ("shop.bill", "add-up")]
    assert kinds[1]["where"].endswith("in total")
    assert [each["number"] for each in kinds[1]["items"]] == [4, 3, 2]
    [item] = kinds[0]["items"]
    again = await shop.ask(f"/__debug__/{item['id']}")
    assert again.code == 200
    assert item["id"] == page.fact("failure")
    assert again.text == page.text


async def test_what_nobody_looks_at_goes_and_a_page_says_so(shop: Shop, clock: ManualClock) -> None:
    page = await shop.fail()
    path = f"/__debug__/{page.fact('failure')}"
    await clock.advance(250)
    assert (await shop.ask(path)).code == 200
    await clock.advance(299)
    assert (await shop.call(page, "frame", frame=0)).code == 200
    await clock.advance(361)
    gone = await shop.ask(path)
    assert gone.code == 404
    assert "It was let go of" in gone.text
    answer = await shop.call(page, "execute", frame=0, code="1")
    assert (answer.code, answer.json["why"]) == (404, "This failure is not held any more.")
    assert "There is none of that name" in (await shop.ask("/__debug__/nothing")).text


async def test_one_may_let_go_of_it(shop: Shop) -> None:
    page = await shop.fail()
    assert (await shop.call(page, "forget")).json == {}
    assert (await shop.call(page, "forget")).code == 404


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("page.css", "text/css"),
        ("page.js", "text/javascript"),
        ("asking.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
    ],
)
async def test_its_files_are_its_own(shop: Shop, name: str, kind: str) -> None:
    answer = await shop.ask(f"/__debug__/{name}")
    assert answer.code == 200
    assert answer.headers["content-type"].startswith(kind)
    assert "http://" not in answer.text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in answer.text


@pytest.mark.parametrize("path", ["/order", "/__debug__/", "/__debug__/page.js", "/__debug__/x"])
async def test_nothing_is_stored_framed_or_fetched_from_elsewhere(shop: Shop, path: str) -> None:
    headers = (await shop.ask(path)).headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


REFUSED: list[tuple[int, dict[str, Any]]] = [
    (403, {"host": "evil.example"}),  # DNS rebinding
    (403, {"origin": "http://evil.example", "sec-fetch-site": "cross-site"}),  # CSRF
    (403, {"x-forwarded-for": "127.0.0.1"}),
    (403, {"forwarded": "for=127.0.0.1"}),
    (403, {"via": "1.1 proxy"}),
    (403, {"x-piped-debugger": "0" * 64}),
    (403, {"x-piped-debugger": ""}),
    (415, {"content-type": "text/plain"}),
    (405, {"method": "GET"}),
    (405, {"method": "PUT"}),
]


@pytest.mark.parametrize(("code", "changed"), REFUSED)
@pytest.mark.parametrize("name", ["execute", "list", "frame", "values", "complete", "forget"])
async def test_a_call_that_breaks_one_rule_does_nothing(
    shop: Shop, code: int, changed: dict[str, Any], name: str
) -> None:
    page = await shop.fail()
    own = {"content-type": "application/json", "x-piped-debugger": page.fact("token")}
    changed = dict(changed)
    method = changed.pop("method", "POST")
    body = (
        f'{{"failure": "{page.fact("failure")}", "frame": {page.fact("focus")},'
        ' "code": "baton.clear()", "before": "", "name": "baton"}'
    ).encode()
    path = f"/__debug__/{name}"
    answer = await shop.ask(path, method, body, **{**own, **changed})
    assert answer.code == code
    assert shop.batons[0]
    assert (await shop.ask(path, "POST", body, **own)).code == 200


async def test_a_token_of_another_process_is_refused(
    shop: Shop, tmp_path: Path, clock: ManualClock
) -> None:
    page = await shop.fail()
    another = Debugger(ALLOWED, clock)
    shop.debugger, former = another, shop.debugger
    assert (await shop.call(page, "execute", frame=0, code="1")).code == 403
    shop.debugger = former
    assert (await shop.call(page, "execute", frame=0, code="1")).code == 200


async def test_who_guesses_tokens_has_to_wait(shop: Shop, clock: ManualClock) -> None:
    page = await shop.fail()
    own = {"content-type": "application/json"}
    for _ in range(10):
        guess = {**own, "x-piped-debugger": "0" * 64}
        assert (await shop.ask("/__debug__/list", "POST", b"{}", **guess)).code == 403
    assert (await shop.call(page, "list")).code == 429
    await clock.advance(60)
    assert (await shop.call(page, "list")).code == 200


@pytest.mark.parametrize(
    "settings",
    [
        Debug(),
        Debug(allow=["10.0.0.0/8"]),
        replace(ALLOWED, allow=["no-such-host.invalid"]),
    ],
)
async def test_who_may_not_debug_gets_no_page(
    tmp_path: Path, clock: ManualClock, settings: Debug, engine: str
) -> None:
    async with opened_shop(tmp_path, settings, clock, engine=engine) as shop:
        page = await shop.fail()
        assert page.text == "Processing Failed"
        assert (await shop.ask("/__debug__/")).code in {403, 404}
        assert shop.debugger.is_on == bool(settings.allow)


@pytest.mark.parametrize("headers", [{"host": "evil.example"}, {"x-forwarded-for": "127.0.0.1"}])
async def test_no_page_for_what_was_forwarded_or_rebound(
    shop: Shop, headers: dict[str, Any]
) -> None:
    assert (await shop.fail(**headers)).text == "Processing Failed"
    assert (await shop.ask("/__debug__/page.js", **headers)).code == 403


async def test_names_are_looked_up(tmp_path: Path, clock: ManualClock, engine: str) -> None:
    # The resolver takes it for 127.0.0.1, and it is no address as we know them.
    settings = Debug(allow=["no-such-host.invalid", "127.1"])
    async with opened_shop(tmp_path, settings, clock, engine=engine) as shop:
        deadline = asyncio.get_running_loop().time() + 20
        while (await shop.fail()).text == "Processing Failed":
            assert asyncio.get_running_loop().time() < deadline
            await clock.advance(1)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"[" * 100_000,
        b"{}",
        b'{"failure": 1}',
        b"x" * 300_000,
        b"\xff",
    ],
)
async def test_a_body_that_makes_no_sense_is_answered(shop: Shop, body: bytes) -> None:
    page = await shop.fail()
    own = {"content-type": "application/json", "x-piped-debugger": page.fact("token")}
    answer = await shop.ask("/__debug__/execute", "POST", body, **own)
    assert (answer.code, bool(answer.json["why"])) == (400, True)


@pytest.mark.parametrize(
    "changed",
    [
        {"frame": -1},
        {"frame": 10_000},
        {"frame": "0"},
        {"frame": True},
        {"code": 1},
        {"code": "x" * 30_000},
    ],
)
async def test_an_argument_that_does_not_fit_is_named(shop: Shop, changed: dict[str, Any]) -> None:
    page = await shop.fail()
    answer = await shop.call(page, "execute", **{"frame": 0, "code": "1", **changed})
    assert answer.code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"name": "nothing"},
        {"path": [1000]},
        {"path": [-1]},
        {"path": ["a"]},
        {"path": 1},
        {"path": [0] * 99},
    ],
)
async def test_a_value_that_is_not_there_is_named(shop: Shop, changed: dict[str, Any]) -> None:
    page = await shop.fail()
    body = {"frame": int(page.fact("focus")), "name": "order", "path": [], **changed}
    assert (await shop.call(page, "values", **body)).code == 400


async def test_an_evaluation_ends_with_its_client(shop: Shop) -> None:
    page = await shop.fail()
    began = shop.batons[0]["began"] = asyncio.Event()
    ended = shop.batons[0]["ended"] = asyncio.Event()
    code = """\
import asyncio
try:
    baton['began'].set()
    await asyncio.Event().wait()
finally:
    baton['ended'].set()
"""
    call = {"failure": page.fact("failure"), "frame": int(page.fact("focus")), "code": code}
    body = json.dumps(call).encode()
    reader, writer = await asyncio.open_connection("127.0.0.1", shop.port)
    head = (
        f"POST /__debug__/execute HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
        f"Content-Type: application/json\r\nX-Piped-Debugger: {page.fact('token')}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    await writer.drain()
    async with asyncio.timeout(20):
        await began.wait()
    writer.close()
    await writer.wait_closed()
    async with asyncio.timeout(20):
        await ended.wait()
    del reader


@pytest.mark.parametrize("path", ["//evil.example/order", "/%5Cevil/order", "/a/b/order"])
async def test_the_page_leads_nowhere_else(shop: Shop, path: str) -> None:
    page = await shop.fail(path)
    assert page.fact("base") == "/__debug__"


async def test_head_is_a_get_without_its_body(shop: Shop) -> None:
    answer = await shop.ask("/__debug__/", "HEAD")
    assert (answer.code, answer.body) == (200, b"")
    assert (await shop.ask("/__debug__/nothing", "POST")).code == 415
