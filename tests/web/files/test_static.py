"""Files over HTTP."""

from __future__ import annotations

import email
import gzip
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from piped.web.files import folder as folders
from tests.web.serving import Serving, serving, until
from tests.web.site.test_site import ENGINES, say

LONG_AGO = 1_488_362_400  # Wed, 01 Mar 2017 10:00:00 GMT
LARGE = bytes(range(256)) * 8192  # 2 MiB: more than is kept, or sent at once


@pytest.fixture
def public(tmp_path: Path) -> Path:
    """A folder with files that are old enough to be remembered."""
    root = tmp_path / "public"
    (root / "docs").mkdir(parents=True)
    (root / "empty").mkdir()
    (root / ".well-known").mkdir()
    files: dict[str, bytes] = {
        "hello.txt": b"hello, world",
        "page.html": b"<p>hello",
        "large.bin": LARGE,
        "app.js": b"let x = 1",
        "archive.tar.gz": b"not really",
        "unknown.qqq": b"?",
        "docs/index.html": b"the index",
        ".secret": b"secret",
        ".well-known/security.txt": b"contact",
        "a b%.txt": b"spaced",
    }
    for name, content in files.items():
        (root / name).write_bytes(content)
        os.utime(root / name, (LONG_AGO, LONG_AGO))
    (tmp_path / "outside.txt").write_text("outside")
    return root


@asynccontextmanager
async def files(public: Path, more: str = "", **options: Any) -> AsyncIterator[Serving]:
    routing = f"__config__: {{static: {{path: '{public}'{more}}}}}"
    async with serving(routing, **options) as it:
        yield it


@ENGINES
async def test_a_file_comes_with_all_that_is_known_of_it(public: Path, engine: str) -> None:
    async with files(public, engine=engine) as it:
        for _ in range(2):  # looked up, and remembered
            answer = await it.fetch("/hello.txt")
            assert (answer.code, answer.body) == (200, b"hello, world")
            assert answer.headers["content-type"] == "text/plain; charset=utf-8"
            assert answer.headers["content-length"] == "12"
            assert answer.headers["last-modified"] == "Wed, 01 Mar 2017 10:00:00 GMT"
            assert answer.headers["accept-ranges"] == "bytes"
            assert answer.headers["etag"].startswith('"')
        head = await it.fetch("/hello.txt", "HEAD")
        assert (head.code, head.body, head.headers["content-length"]) == (200, b"", "12")


@ENGINES
async def test_a_large_file_comes_in_pieces(public: Path, engine: str) -> None:
    async with files(public, engine=engine) as it:
        assert (await it.fetch("/large.bin")).body == LARGE


@ENGINES
async def test_a_client_that_goes_amid_a_large_file_leaves_nothing_open(
    public: Path, engine: str
) -> None:
    (public / "huge.bin").write_bytes(LARGE * 16)
    async with files(public, engine=engine) as it:
        before = open_files(public)
        reader, writer = await it.open()
        writer.write(b"GET /huge.bin HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readexactly(1000)
        assert open_files(public) > before
        writer.transport.abort()
        await until(lambda: open_files(public) == before)


def open_files(folder: Path) -> int:
    links = Path("/proc/self/fd").iterdir()
    return sum(str(folder) in str(link.readlink()) for link in links if link.is_symlink())


async def test_a_slow_client_keeps_no_more_in_memory_than_it_takes(public: Path) -> None:
    (public / "huge.bin").write_bytes(LARGE * 16)
    async with files(public) as it:
        reader, writer = await it.open()
        writer.write(b"GET /huge.bin HTTP/1.1\r\nhost: x\r\n\r\n")
        await reader.readexactly(1000)
        assert (await it.fetch("/hello.txt")).code == 200
        [connection] = [each for each in it.site._server._server.connections if each.producer]  # type: ignore[union-attr]
        assert connection.stream.get_write_buffer_size() < 1024 * 1024
        writer.close()


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/page.html", "text/html; charset=utf-8"),
        ("/archive.tar.gz", "application/gzip"),
        ("/unknown.qqq", "application/octet-stream"),
    ],
)
async def test_the_type_is_that_of_the_name(public: Path, name: str, kind: str) -> None:
    async with files(public) as it:
        answer = await it.fetch(name)
    assert answer.headers["content-type"] == kind
    assert answer.headers["content-encoding"] is None


async def test_types_can_be_given(public: Path) -> None:
    async with files(public, ", types: {.qqq: text/x-q}, defaultType: a/b") as it:
        assert (await it.fetch("/unknown.qqq")).headers["content-type"] == "text/x-q; charset=utf-8"


async def test_what_the_client_has_is_not_sent_again(public: Path) -> None:
    async with files(public) as it:
        etag = (await it.fetch("/hello.txt")).headers["etag"]
        same = await it.fetch("/hello.txt", headers={"if-none-match": etag})
        assert (same.code, same.body, same.headers["etag"]) == (304, b"", etag)
        since = {"if-modified-since": "Wed, 01 Mar 2017 10:00:00 GMT"}
        assert (await it.fetch("/hello.txt", headers=since)).code == 304
        assert (await it.fetch("/hello.txt", headers={"if-match": '"other"'})).code == 412


async def test_a_file_that_changed_is_sent_as_it_is_now(public: Path) -> None:
    async with files(public) as it:
        before = await it.fetch("/hello.txt")
        (public / "hello.txt").write_text("hello again!")
        after = await it.fetch("/hello.txt")
        assert after.body == b"hello again!"
        assert after.headers["etag"] != before.headers["etag"]
        (public / "hello.txt").unlink()
        assert await it.codes("/hello.txt") == [404]


@ENGINES
async def test_a_part_of_a_file_can_be_had(public: Path, engine: str) -> None:
    async with files(public, engine=engine) as it:
        part = await it.fetch("/hello.txt", headers={"range": "bytes=7-"})
        assert (part.code, part.body) == (206, b"world")
        assert part.headers["content-range"] == "bytes 7-11/12"
        part = await it.fetch("/large.bin", headers={"range": "bytes=1000000-1999999"})
        assert (part.code, part.body) == (206, LARGE[1_000_000:2_000_000])


@pytest.mark.parametrize("name", ["hello.txt", "large.bin"])
async def test_several_parts_come_as_one_message(public: Path, name: str) -> None:
    async with files(public) as it:
        answer = await it.fetch(f"/{name}", headers={"range": "bytes=0-4,-5"})
    content = (public / name).read_bytes()
    assert answer.code == 206
    head = f"content-type: {answer.headers['content-type']}\n\n".encode()
    message = email.message_from_bytes(head + answer.body)
    parts = [each.get_payload(decode=True) for each in message.walk() if not each.is_multipart()]
    assert parts == [content[:5], content[-5:]]
    ranges = [each["content-range"] for each in message.walk() if not each.is_multipart()]
    size = len(content)
    assert ranges == [f"bytes 0-4/{size}", f"bytes {size - 5}-{size - 1}/{size}"]


async def test_parts_that_are_not_there_are_refused(public: Path) -> None:
    async with files(public) as it:
        answer = await it.fetch("/hello.txt", headers={"range": "bytes=100-"})
    assert (answer.code, answer.headers["content-range"]) == (416, "bytes */12")


async def test_parts_of_what_has_changed_are_not_sent(public: Path) -> None:
    async with files(public) as it:
        headers = {"range": "bytes=0-1", "if-range": '"old"'}
        answer = await it.fetch("/hello.txt", headers=headers)
    assert (answer.code, answer.body) == (200, b"hello, world")


async def test_files_can_only_be_read(public: Path) -> None:
    async with files(public) as it:
        answer = await it.fetch("/hello.txt", "POST", body=b"x")
        assert (answer.code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")
        assert (await it.fetch("/hello.txt", "OPTIONS")).code == 204


@pytest.mark.parametrize(
    "path",
    [
        "/../outside.txt",
        "/docs/../../outside.txt",
        "/%2e%2e/outside.txt",
        "/..%2foutside.txt",
        "/docs%2f..%2f..%2foutside.txt",
        "/.secret",
        "/%252e%252e%252foutside.txt",
        "/..%5coutside.txt",
        "/%2e%2e%5coutside.txt",
        "/docs/%2e%2e/%2e%2e/outside.txt",
        "/%c0%ae%c0%ae/outside.txt",
        "/hello.txt/",
        "/hello.txt/x",
        "/hello.txt%00",
        "//hello.txt",
        "/docs//index.html",
        "/missing",
        "/%ff",
        "/" + "x" * 5000,
    ],
)
async def test_nothing_leads_out_of_the_folder_or_to_what_is_hidden(
    public: Path, path: str
) -> None:
    async with files(public) as it:
        assert await it.codes(path) == [404]


async def test_links_are_followed_within_the_folder_only(public: Path) -> None:
    (public / "inner.txt").symlink_to(public / "hello.txt")
    (public / "outer.txt").symlink_to(public.parent / "outside.txt")
    (public / "up").symlink_to(public.parent)
    async with files(public) as it:
        assert await it.codes("/inner.txt", "/outer.txt", "/up/outside.txt") == [200, 404, 404]
        # What was seen once is looked at again when the link leads elsewhere.
        (public / "inner.txt").unlink()
        (public / "inner.txt").symlink_to(public.parent / "outside.txt")
        assert await it.codes("/inner.txt") == [404]
    async with files(public, ", follow_links: true") as it:
        assert await it.codes("/outer.txt", "/up/outside.txt") == [200, 200]


async def test_hidden_files_are_shown_to_those_who_ask_for_it(public: Path) -> None:
    async with files(public) as it:
        assert await it.codes("/.well-known/security.txt") == [200]
    async with files(public, ", hidden: true") as it:
        assert await it.codes("/.secret") == [200]


async def test_a_folder_is_its_index_or_a_listing(public: Path) -> None:
    async with files(public) as it:
        moved = await it.fetch("/docs?x=1")
        assert (moved.code, moved.headers["location"]) == (302, "/docs/?x=1")
        assert (await it.fetch("/docs/")).text == "the index"
        listing = await it.fetch("/")
        assert listing.code == 200
        assert 'href="./a%20b%25.txt"' in listing.text
        assert ".secret" not in listing.text
    async with files(public, ", listing: false") as it:
        assert await it.codes("/", "/docs/", "/empty/") == [404, 200, 404]
    async with files(public, ", index: [page.html]") as it:
        assert (await it.fetch("/")).text == "<p>hello"


async def test_a_redirection_never_leads_to_another_host(public: Path) -> None:
    (public / "\\evil.org").mkdir()
    (public / "evil.org").mkdir()
    routing = f"'{{any:path}}': {{__config__: {{static: '{public / 'evil.org'}'}}}}"
    async with files(public) as it:
        assert (await it.fetch("/%5Cevil.org")).headers["location"] == "/%5Cevil.org/"
        assert (await it.fetch("/\\evil.org", "GET")).code in {302, 400}
    async with serving(routing) as it:
        assert (await it.fetch("//evil.org")).headers["location"] == "/evil.org/"


async def test_an_application_of_one_page_is_at_all_its_paths(public: Path) -> None:
    async with files(public, ", fallback: docs/index.html, listing: false") as it:
        for path in ("/", "/engines", "/engines/7/", "/docs/"):
            answer = await it.fetch(path)
            assert (answer.code, answer.text) == (200, "the index")
            assert answer.headers["content-type"] == "text/html; charset=utf-8"
        # A script that is gone is not to be read as a page, and nothing is sent to a page.
        assert await it.codes("/engines/missing.js", "/%2e%2e/x.txt") == [404, 404]
        assert (await it.fetch("/engines", "POST")).code == 405
        assert (await it.fetch("/hello.txt")).headers["content-type"].startswith("text/plain")
    async with files(public, ", fallback: nowhere.html") as it:
        assert await it.codes("/engines") == [404]


async def test_what_the_routing_knows_wins_over_the_files(public: Path) -> None:
    routing = f"""
        __config__: {{static: '{public}', no_resource_processor: rest}}
        hello.txt: {{__config__: {{processor: hello}}}}
        docs: {{}}
    """
    async with serving(routing, rest=say("rest"), hello=say("hello")) as it:
        assert (await it.fetch("/hello.txt")).text == "hello|0|"
        assert (await it.fetch("/page.html")).text == "<p>hello"
        assert (await it.fetch("/nothing/there")).text == "rest|2|nothing/there"
        assert (await it.fetch("/docs/index.html")).text == "rest|2|docs/index.html"


async def test_a_single_file_is_there_at_its_path(public: Path) -> None:
    routing = f"""
        __config__: {{static: '{public / "page.html"}'}}
        hello: {{__config__: {{static: '{public / "hello.txt"}'}}}}
    """
    async with serving(routing) as it:
        assert await it.codes("/", "/hello", "/hello/", "/hello/x") == [200, 200, 200, 404]


async def test_preprocessors_see_the_request_and_their_names(public: Path) -> None:
    more = """,
        namespace: {now: datetime.datetime.now, delta: datetime.timedelta},
        preprocessors: {
            expires: "request: request.setHeader('expires', f'{now() + delta(days=1):%Y}')",
            mine: "request: request.setHeader('x-path', self.path)"}"""
    async with files(public, " ".join(more.split())) as it:
        answer = await it.fetch("/hello.txt")
        assert answer.headers["expires"].startswith("20")
        assert answer.headers["x-path"] == str(public)
        assert (await it.fetch("/")).headers["x-path"] is None


async def test_a_preprocessor_that_fails_is_a_failure(
    public: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with files(public, ", preprocessors: {bad: 'request: 1 / 0'}") as it:
        assert await it.codes("/hello.txt") == [500]
    assert "a preprocessor failed" in caplog.text


async def test_the_twin_that_is_compressed_goes_to_those_who_take_it(public: Path) -> None:
    (public / "app.js.gz").write_bytes(gzip.compress(b"let x = 1"))
    async with files(public) as it:
        plain = await it.fetch("/app.js")
        assert (plain.body, plain.headers["vary"]) == (b"let x = 1", "Accept-Encoding")
        small = await it.fetch("/app.js", headers={"accept-encoding": "br, gzip;q=0.5"})
        assert gzip.decompress(small.body) == b"let x = 1"
        assert small.headers["content-encoding"] == "gzip"
        assert small.headers["content-type"] == "text/javascript; charset=utf-8"
        assert small.headers["etag"] != plain.headers["etag"]
        for refusing in ("gzip;q=0", "br", "identity"):
            answer = await it.fetch("/app.js", headers={"accept-encoding": refusing})
            assert answer.headers["content-encoding"] is None
        os.utime(public / "app.js.gz", (1, 1))
        stale = await it.fetch("/app.js", headers={"accept-encoding": "gzip"})
        assert stale.headers["content-encoding"] is None


async def test_cache_control_is_what_was_set(public: Path) -> None:
    async with files(public, ", cache_control: 'public, max-age=60'") as it:
        assert (await it.fetch("/hello.txt")).headers["cache-control"] == "public, max-age=60"


async def test_extensions_may_be_left_out(public: Path) -> None:
    async with files(public, ", ignoredExts: [.html, .txt]") as it:
        assert await it.codes("/hello", "/page", "/app", "/.secret") == [200, 200, 404, 404]
    async with files(public, ", allowExt: true") as it:
        assert await it.codes("/app", "/archive", "/nothing") == [200, 200, 404]


async def test_little_is_remembered(public: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_ALL", 20)
    folder = folders.Folder(public)
    for name in (b"hello.txt", b"page.html", b"app.js", b"hello.txt"):
        entry = folder.look_up((name,))
        assert entry is not None
        assert entry.content is not None
        assert folder._kept == sum(len(each.content or b"") for each in folder._known.values())
        assert folder._kept <= 20


async def test_several_files_are_one(public: Path) -> None:
    routing = f"""
        all.js: {{__config__: {{concatenated: {{content_type: text/javascript,
            file_paths: ['{public}/app.js', '{public}/hello.txt']}}}}}}
        bad.js: {{__config__: {{concatenated: {{content_type: a/b, file_paths: [/nowhere]}}}}}}
    """
    async with serving(routing) as it:
        answer = await it.fetch("/all.js")
        assert answer.text == "let x = 1\nhello, world"
        assert answer.headers["content-type"] == "text/javascript"
        same = await it.fetch("/all.js", headers={"if-none-match": answer.headers["etag"]})
        assert same.code == 304
        (public / "app.js").write_text("let y = 2\n")
        assert (await it.fetch("/all.js")).text == "let y = 2\nhello, world"
        assert await it.codes("/bad.js") == [500]
        assert (await it.fetch("/all.js", "POST", body=b"")).code == 405


async def test_a_folder_at_a_place_begins_behind_its_slash(public: Path) -> None:
    async with serving(f"js: {{__config__: {{static: '{public}'}}}}") as it:
        assert (await it.fetch("/js")).headers["location"] == "/js/"
        listing = await it.fetch("/js/")
        assert 'href="./hello.txt"' in listing.text
        assert ">..</a>" not in listing.text
        assert ">..</a>" in (await it.fetch("/js/empty/")).text
        assert (await it.fetch("/js/docs/")).text == "the index"
