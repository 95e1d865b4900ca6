"""The servers that `http.py` compares: `web.py NAME PORT FOLDER`.

Each answers `/` with a text of 22 bytes, `/echo` with the JSON object it was posted, and serves
FOLDER below `/static`, with no access log; piped writes one. `piped` is a pipeline behind a site,
`piped-handler` a function on its HTTP engine, `piped-mounted` what others serve by twisted.web.
"""

# The others are not there where types are checked.
# mypy: ignore-errors

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

TEXT = b"Hello from a pipeline."
NAME, PORT, FOLDER = sys.argv[1], int(sys.argv[2]), sys.argv[3]


SOURCE = Path(__file__).parents[2] / "src"

CONFIGURATION = f"""
web:
    bench:
        listen: tcp:{PORT}:interface=127.0.0.1
        access_log: {{format: combined, file: {FOLDER}/access.log}}
        routing:
            __config__: {{processor: pipeline.hello}}
            echo: {{__config__: {{processor: pipeline.echo}}}}
            static: {{__config__: {{static: {FOLDER}}}}}
pipelines:
    hello:
        - set-value: {{path: content, value: Hello from a pipeline.}}
        - write-web-response
    echo:
        - extract-web-request-json
        - encode-json: {{input_path: json, output_path: content}}
        - write-web-response: {{content_type: application/json}}
"""


def piped(*options: str) -> None:
    """As its users run it."""
    file = Path(FOLDER) / f"{NAME}.yaml"
    file.write_text(CONFIGURATION)
    os.environ["PYTHONPATH"] = str(SOURCE)
    os.execv(sys.executable, [sys.executable, "-m", "piped", "-nc", str(file), "-p", "", *options])


def piped_uvloop() -> None:
    piped("-r", "uvloop")


def piped_handler(handler: Any = None) -> None:
    sys.path.insert(0, str(SOURCE))
    from piped.web.engine.access_log import AccessLog, to_file
    from piped.web.engine.listening import listen
    from piped.web.engine.server import Server

    class Handler:
        def expect(self, request: Any) -> None:
            pass

        def handle(self, request: Any) -> None:
            if request.path == b"/echo":
                answer = json.dumps(json.loads(request.content.read())).encode()
                request.setHeader(b"Content-Type", b"application/json")
            else:
                answer = TEXT
                request.setHeader(b"Content-Type", b"text/plain")
            request.write(answer)
            request.finish()

    async def main() -> None:
        made = Handler() if handler is None else handler()
        server = Server(made, access_log=AccessLog(to_file(Path(FOLDER) / "access.log")))
        await listen(f"tcp:{PORT}:interface=127.0.0.1", server)
        await asyncio.Event().wait()

    asyncio.run(main())


def tree() -> Any:
    from twisted.web.resource import Resource
    from twisted.web.static import File

    class Hello(Resource):
        def render_GET(self, request: Any) -> bytes:  # noqa: N802
            request.setHeader(b"content-type", b"text/plain")
            return TEXT

    class Echo(Resource):
        def render_POST(self, request: Any) -> bytes:  # noqa: N802
            request.setHeader(b"content-type", b"application/json")
            return json.dumps(json.loads(request.content.read())).encode()

    root = Resource()
    root.putChild(b"", Hello())
    root.putChild(b"echo", Echo())
    root.putChild(b"static", File(FOLDER))
    return root


def piped_mounted() -> None:
    def make() -> Any:
        from piped.interop import reactor
        from piped.web.site.mounting import Mounted

        reactor.prepare(asyncio.get_running_loop())
        return Mounted(tree())

    piped_handler(make)


def bare() -> None:
    from httptools import HttpRequestParser

    answer = (
        b"HTTP/1.1 200 OK\r\nServer: bare\r\nDate: Sat, 21 Nov 2026 08:22:57 GMT\r\n"
        b"Content-Type: text/plain\r\nContent-Length: 22\r\n\r\n" + TEXT
    )

    class Bare(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            self.parser = HttpRequestParser(self)

        def data_received(self, data: bytes) -> None:
            self.parser.feed_data(data)

        def on_message_complete(self) -> None:
            self.transport.write(answer)

    async def main() -> None:
        await asyncio.get_running_loop().create_server(Bare, "127.0.0.1", PORT)
        await asyncio.Event().wait()

    asyncio.run(main())


def bare_uvloop() -> None:
    import uvloop

    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    bare()


def twisted() -> None:
    from twisted.internet import epollreactor

    epollreactor.install()
    from twisted.internet import reactor
    from twisted.web.server import Site

    site = Site(tree())
    site.log = lambda _: None
    reactor.listenTCP(PORT, site, interface="127.0.0.1", backlog=1024)
    reactor.run()


def klein() -> None:
    from twisted.internet import epollreactor

    epollreactor.install()
    from klein import Klein
    from twisted.internet import reactor
    from twisted.web.server import Site

    app = Klein()

    @app.route("/")
    def hello(request: Any) -> bytes:
        request.setHeader(b"content-type", b"text/plain")
        return TEXT

    @app.route("/echo", methods=["POST"])
    def echo(request: Any) -> bytes:
        request.setHeader(b"content-type", b"application/json")
        return json.dumps(json.loads(request.content.read())).encode()

    site = Site(app.resource())
    site.log = lambda _: None
    reactor.listenTCP(PORT, site, interface="127.0.0.1", backlog=1024)
    reactor.run()


def aiohttp() -> None:
    import uvloop
    from aiohttp import web

    async def hello(_: Any) -> Any:
        return web.Response(body=TEXT, content_type="text/plain")

    async def echo(request: Any) -> Any:
        return web.json_response(await request.json())

    app = web.Application(client_max_size=2**24)
    app.add_routes([web.get("/", hello), web.post("/echo", echo), web.static("/static", FOLDER)])
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    web.run_app(app, host="127.0.0.1", port=PORT, access_log=None, print=None)


def starlette_app() -> Any:
    from starlette.applications import Starlette
    from starlette.responses import JSONResponse, PlainTextResponse
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    async def hello(_: Any) -> Any:
        return PlainTextResponse(TEXT)

    async def echo(request: Any) -> Any:
        return JSONResponse(await request.json())

    return Starlette(
        routes=[
            Route("/", hello),
            Route("/echo", echo, methods=["POST"]),
            Mount("/static", StaticFiles(directory=FOLDER)),
        ]
    )


def starlette() -> None:
    import uvicorn

    uvicorn.run(
        starlette_app(), host="127.0.0.1", port=PORT, http="httptools", loop="uvloop",
        access_log=False, log_level="error", backlog=1024,
    )  # fmt: skip


def sanic() -> None:
    from sanic import Sanic, response

    app = Sanic("bench")

    @app.get("/")
    async def hello(_: Any) -> Any:
        return response.raw(TEXT, content_type="text/plain")

    @app.post("/echo")
    async def echo(request: Any) -> Any:
        return response.json(request.json)

    app.static("/static", FOLDER)
    app.run("127.0.0.1", PORT, access_log=False, single_process=True, motd=False)


def granian() -> None:
    from granian import Granian

    module = f"{Path(__file__).stem}:application"
    Granian(
        module, address="127.0.0.1", port=PORT, interface="asgi", log_enabled=False,
        working_dir=Path(__file__).parent,
    ).serve()  # fmt: skip


def node_red() -> None:
    """Flows of `http in`, and `http response`; no editor, no dashboard."""

    def answering(path: str, method: str, code: str) -> list[dict[str, Any]]:
        key = path.strip("/") or "hello"
        end = {"type": "http response", "z": "flow"}
        return [
            {
                "id": f"{key}-in",
                "type": "http in",
                "z": "flow",
                "url": path,
                "method": method,
                "wires": [[f"{key}-do"]],
            },
            {
                "id": f"{key}-do",
                "type": "function",
                "z": "flow",
                "func": code,
                "outputs": 1,
                "wires": [[f"{key}-out"]],
            },
            {**end, "id": f"{key}-out", "headers": {}, "statusCode": "200", "wires": []},
        ]

    user = Path(FOLDER) / "node-red"
    user.mkdir(exist_ok=True)
    hello = f'msg.headers = {{"content-type": "text/plain"}}; msg.payload = "{TEXT.decode()}";'
    flows = [
        {"id": "flow", "type": "tab", "label": "bench"},
        *answering("/", "get", f"{hello} return msg;"),
        *answering("/echo", "post", "return msg;"),
    ]
    (user / "flows.json").write_text(json.dumps(flows))
    settings = {
        "uiPort": PORT,
        "uiHost": "127.0.0.1",
        "flowFile": "flows.json",
        "httpAdminRoot": False,
        "userDir": str(user),
        "httpStatic": None,
        "logging": {"console": {"level": "error", "metrics": False, "audit": False}},
    }
    (user / "settings.js").write_text(f"module.exports = {json.dumps(settings)}")
    red = os.environ.get("BENCH_NODE_RED", "/tmp/bench-node/node_modules/node-red/red.js")
    os.execvp("node", ["node", red, "-s", str(user / "settings.js"), "-u", str(user)])


if NAME == "granian":
    application = starlette_app()

if __name__ == "__main__":
    globals()[NAME.replace("-", "_")]()
