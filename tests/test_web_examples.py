"""The examples of the web, as processes that are asked over HTTP."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.processors.web_servers import answering
from tests.sites import free_port, serving

ROOT = Path(__file__).parents[1]


@asynccontextmanager
async def running(name: str, **environ: str) -> AsyncIterator[tuple[str, aiohttp.ClientSession]]:
    """The URL of an example that runs, and a client."""
    port = free_port()
    folder = ROOT / "examples" / name
    listen = {f"{name.upper()}_LISTEN": f"tcp:{port}:interface=127.0.0.1"}
    async with (
        serving(folder, port, "-c", f"{name}.yaml", **listen, **environ),
        aiohttp.ClientSession() as client,
    ):
        yield f"http://127.0.0.1:{port}", client


async def test_web_hello() -> None:
    async with running("web_hello") as (site, client):
        answer = await client.get(f"{site}/")
        assert await answer.text() == "Hello, world.\n"
        assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert answer.headers["Cache-Control"] == "public,max-age=60"
        answer = await client.get(f"{site}/old")
        assert (await answer.text(), str(answer.url)) == (
            "Hello, newcomer.\n",
            f"{site}/?name=newcomer",
        )


async def test_json_api() -> None:
    async with running("json_api") as (site, client):
        engine: Any = {"name": "difference engine"}
        answer = await client.post(f"{site}/engines", json=engine)
        assert (answer.status, await answer.json()) == (201, engine)
        assert await (await client.get(f"{site}/engines")).json() == [engine]
        json = {"Content-Type": "application/json"}
        answer = await client.post(f"{site}/engines", data="{", headers=json)
        assert answer.status == 400
        assert (await answer.json())["error"].startswith("the body is no JSON: ")
        answer = await client.post(f"{site}/engines", data="a=b")
        assert answer.status == 415
        answer = await client.post(f"{site}/engines", json="x" * 20_000)
        assert answer.status == 413


async def test_streaming() -> None:
    page = b"x" * 3_000_000
    async with (
        answering(lambda _: (203, {"Content-Type": "a/b"}, page)) as source,
        running("streaming", STREAMING_SOURCE=source) as (site, client),
    ):
        answer = await client.get(f"{site}/mirror")
        assert (answer.status, answer.headers["Content-Type"]) == (203, "a/b")
        assert await answer.read() == page
        answer = await client.get(f"{site}/seconds")
        text = await answer.text()
    assert text.count("event: second\n") == 3
    assert answer.headers["Content-Type"] == "text/event-stream; charset=utf-8"


async def test_alive_draws_itself(tmp_path: Path) -> None:
    elsewhere = {"ALIVE_ADMIN": "tcp:0:interface=127.0.0.1", "ALIVE_STATE": str(tmp_path / "state")}
    async with running("alive", **elsewhere) as (url, client):
        async with client.get(url) as answer:
            assert "heartbeats" in await answer.text()
        for name, drawn in (("pipelines", "ferry"), ("dependencies", "tide")):
            async with client.get(f"{url}/{name}") as answer:
                assert answer.content_type == "image/svg+xml"
                assert drawn in await answer.text()
        async with client.get(f"{url}/heartbeats") as answer:
            assert isinstance((await answer.json())["count"], int)
        async with client.get(f"{url}/dependencies") as answer:
            assert "flow.catch" in await answer.text()


async def test_single_page() -> None:
    async with running("single_page") as (site, client):
        for path in ("/", "/engines/7"):
            answer = await client.get(f"{site}{path}")
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert "<h1>Engines</h1>" in await answer.text()
        assert (await client.get(f"{site}/page.js")).content_type == "text/javascript"
        assert (await client.get(f"{site}/missing.js")).status == 404
        answer = await client.get(f"{site}/api/engines")
        assert await answer.json() == ["difference engine", "analytical engine"]
        assert await (await client.get(f"{site}/api/engines/7")).json() == {"number": 7}
        for path in ("/api/engines/seven", "/api", "/api/nothing"):
            answer = await client.get(f"{site}{path}")
            assert (answer.status, await answer.json()) == (404, {"error": "there is nothing"})
        answer = await client.post(f"{site}/api/engines", headers={"Accept": "application/json"})
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert (await answer.json(content_type=None))["title"] == "Method Not Allowed"


async def test_uploads(tmp_path: Path) -> None:
    large = os.urandom(500_000)
    async with running("uploads", UPLOADS_FOLDER=str(tmp_path)) as (site, client):
        form = aiohttp.FormData()
        form.add_field("picture", large, filename="../../engine.png")
        answers = [await client.post(f"{site}/form", data=form)]
        answers.append(await client.put(f"{site}/raw", data=large))
        for answer in answers:
            assert answer.status == 201
            name = await answer.text()
            assert (tmp_path / name).read_bytes() == large
            assert await (await client.get(f"{site}/files/{name}")).read() == large
        answer = await client.post(f"{site}/form", data={"other": "x"})
        assert answer.status == 400
        assert "There is no &#x27;picture&#x27;." in await answer.text()
    assert len(list(tmp_path.iterdir())) == 2


async def test_gateway() -> None:
    asked: list[tuple[str, str, str | None]] = []

    async def answer_it(request: Any) -> Any:
        asked.append((request.method, request.path_qs, request.headers.get("Authorization")))
        return 203, {"Content-Type": "a/b", "ETag": '"7"'}, await request.read() or b"nothing"

    ada = {"Authorization": "Basic YWRhOmxvdmVsYWNl"}
    async with (
        answering(answer_it) as source,
        running("gateway", GATEWAY_SOURCE=source) as (site, client),
    ):
        assert (await client.get(f"{site}/x")).status == 401
        answer = await client.get(f"{site}/x?y=1", headers=ada)
        assert (answer.status, answer.headers["ETag"]) == (203, '"7"')
        assert await answer.text() == "nothing"
        answer = await client.put(f"{site}/a", data="b", headers=ada)
        assert await answer.text() == "b"
        codes = {(await client.get(f"{site}/x", headers=ada)).status for _ in range(40)}
        assert codes == {203, 429}
        assert await (await client.get(f"{site}/health")).text() == "I am well."
    # Who it is, is between him and us.
    assert asked[:2] == [("GET", "/x?y=1", None), ("PUT", "/a", None)]
