"""Sending mails, to real servers."""

from __future__ import annotations

import asyncio
import io
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.smtp import AuthResult

from piped.exceptions import UnfitBaton
from piped.interop import outcome_of
from piped.mail.sending import MailNotSent, MailServer, send
from piped.providers.smtp_provider import send_mail
from piped.secret import Secret
from piped.testing.clock import ManualClock

from .post import Post, posting


def mail_of(text: str = "There are seven.\n", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    mail["Subject"] = "Engines"
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(text, cte="8bit")
    return mail


Serve = Callable[..., Awaitable[Post]]
Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(handle: Handle) -> AsyncIterator[int]:
    """The port of a server; in the end all that it began has ended."""
    under_way: set[asyncio.Task[None]] = set()

    async def handling(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        under_way.add(task)
        await handle(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    server = await asyncio.start_server(handling, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    await asyncio.gather(*under_way)


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    async with AsyncExitStack() as stack:

        async def serve(**settings: Any) -> Post:
            return await stack.enter_async_context(posting(**settings))

        yield serve


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> Path:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    return tmp_path / "ca.pem"


def secured(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*(names or ("localhost", "127.0.0.1"))).configure_cert(context)
    return context


def at(post: Post, **settings: Any) -> MailServer:
    given = {"host": "127.0.0.1", "port": post.port, "local_hostname": "me", "timeout": 10}
    return MailServer(**{**given, **settings})


async def finish(sending: Any, clock: ManualClock) -> Any:
    """Let the time pass that is waited."""
    task = asyncio.ensure_future(sending)
    async with asyncio.timeout(20):
        while not task.done():
            await clock.advance(0.1)
            await asyncio.sleep(0.001)
    return await task


async def test_a_mail_is_sent_to_all(serve: Serve, clock: ManualClock) -> None:
    post = await serve()
    text = "Ångström\n.dot\n..\n.\nlast\n"
    sent = await send(at(post), "a@test", ["b@test", "c@test", "b@test"], mail_of(text), clock)
    assert sent.number == 2
    assert [each[:2] for each in sent.answers] == [("b@test", 250), ("c@test", 250)]
    [envelope] = post.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("a@test", ["b@test", "c@test"])
    assert post.message().get_content() == text


@pytest.mark.parametrize(
    "given",
    [
        "Subject: Engines\n\nThere are seven.\n",
        b"Subject: Engines\r\n\r\nThere are seven.\r\n",
        io.BytesIO(b"Subject: Engines\n\nThere are seven.\n"),
        io.StringIO("Subject: Engines\n\nThere are seven.\n"),
    ],
)
async def test_a_mail_may_be_a_text_bytes_or_a_file(
    serve: Serve, clock: ManualClock, given: Any
) -> None:
    post = await serve()
    post.answers["DATA"] = ["451 later", "250 OK"]
    await finish(send(at(post), "a@test", "b@test", given, clock), clock)
    assert post.message()["Subject"] == "Engines"
    assert post.message().get_content() == "There are seven.\n"


async def test_who_gets_a_blind_copy_is_not_told_to_the_others(
    serve: Serve, clock: ManualClock
) -> None:
    post = await serve()
    mail = mail_of(To="b@test", Bcc="c@test")
    await send(at(post), "a@test", ["b@test", "c@test"], mail, clock)
    assert post.message()["Bcc"] is None
    assert mail["Bcc"] == "c@test"


@pytest.mark.parametrize(
    "answers", [{"DATA": "451 busy"}, {"MAIL": "421 going"}, {"b@test": "450 full"}]
)
async def test_what_may_pass_is_tried_again(
    serve: Serve, clock: ManualClock, answers: dict[str, str]
) -> None:
    post = await serve()
    post.answers = {command: [answer, answer, "250 OK"] for command, answer in answers.items()}
    begun = clock.monotonic()
    sent = await finish(send(at(post), "a@test", "b@test", mail_of(), clock), clock)
    assert (sent.number, post.attempts, len(post.got)) == (1, 3, 1)
    assert clock.monotonic() - begun >= 3


async def test_it_is_not_tried_for_ever(serve: Serve, clock: ManualClock) -> None:
    post = await serve()
    post.answers = {"DATA": ["451 busy"]}
    server = at(post, retries=2)
    with pytest.raises(MailNotSent, match=r"to b@test was not sent.*after 3 attempts: 451 busy"):
        await finish(send(server, "a@test", "b@test", mail_of(), clock), clock)
    assert post.attempts == 3


@pytest.mark.parametrize("command", ["MAIL", "DATA", "b@test"])
async def test_what_is_final_fails_at_once(serve: Serve, clock: ManualClock, command: str) -> None:
    post = await serve()
    post.answers = {command: ["550 no such engine"]}
    with pytest.raises(MailNotSent, match=r"b@test.*550 no such engine") as raised:
        await send(at(post), "a@test", "b@test", mail_of(), clock)
    assert raised.value.refused[0][0] == "b@test"
    assert raised.value.accepted == []
    assert post.attempts == 1


async def test_each_recipient_gets_it_once_and_those_refused_are_named(
    serve: Serve, clock: ManualClock
) -> None:
    post = await serve()
    post.answers = {"c@test": ["450 full", "250 OK"], "d@test": ["550 nobody"]}
    recipients = ["b@test", "c@test", "d@test"]
    with pytest.raises(MailNotSent, match=r"to d@test \(550 nobody\) was not sent, but to") as info:
        await finish(send(at(post), "a@test", recipients, mail_of(), clock), clock)
    assert info.value.accepted == ["b@test", "c@test"]
    assert info.value.refused == [("d@test", 550, "nobody")]
    assert [each.rcpt_tos for each in post.got] == [["b@test"], ["c@test"]]


async def test_a_server_that_is_not_there_is_looked_for_again(clock: ManualClock) -> None:
    async def leave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Say nothing."""

    async with answering(leave) as port:
        server = MailServer(host="127.0.0.1", port=port, retries=1)
        with pytest.raises(MailNotSent, match="after 2 attempts"):
            await finish(send(server, "a@test", "b@test", mail_of(), clock), clock)
    with pytest.raises(MailNotSent, match=r"after 2 attempts: .*[Cc]onnect"):
        await finish(send(server, "a@test", "b@test", mail_of(), clock), clock)


async def test_a_server_that_says_nothing_is_not_waited_for(clock: ManualClock) -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with answering(silent) as port:
        server = MailServer(host="127.0.0.1", port=port, timeout=0.05, retries=0)
        with pytest.raises(MailNotSent, match="after 1 attempts"):
            await send(server, "a@test", "b@test", mail_of(), clock)


async def test_cancelling_closes_the_connection(clock: ManualClock) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 slow\r\n")
        await reader.readline()
        asked.set()
        await reader.read()
        left.set()

    async with answering(slow) as port, asyncio.timeout(10):
        server = MailServer(host="127.0.0.1", port=port)
        sending = asyncio.ensure_future(send(server, "a@test", "b@test", mail_of(), clock))
        await asked.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await left.wait()


# TLS, and logging in


async def test_tls_is_used_where_there_is_some_whoever_it_is(
    serve: Serve, clock: ManualClock, authority: trustme.CA
) -> None:
    post = await serve(tls_context=secured(authority), require_starttls=True)
    await send(at(post), "a@test", "b@test", mail_of(), clock)
    assert len(post.got) == 1


async def test_tls_that_is_required_is_with_the_server_that_was_meant(
    serve: Serve, clock: ManualClock, authority: trustme.CA, ca_file: Path
) -> None:
    bare, other = await serve(), await serve(tls_context=secured(authority, "other.test"))
    right = await serve(tls_context=secured(authority))
    for post, known, reason in (
        (bare, ca_file, "no TLS, and it is required"),
        (other, ca_file, "(?i)mismatch|not valid"),
        (right, None, "(?i)self.signed|unable to get|verify failed"),
    ):
        server = at(post, require_transport_security=True, ca_file=known)
        with pytest.raises(MailNotSent, match=reason):
            await send(server, "a@test", "b@test", mail_of(), clock)
        assert post.attempts == 0
    server = at(right, require_transport_security=True, ca_file=ca_file)
    assert (await send(server, "a@test", "b@test", mail_of(), clock)).number == 1


async def test_tls_may_be_there_from_the_beginning(
    serve: Serve, clock: ManualClock, authority: trustme.CA, ca_file: Path
) -> None:
    post = await serve(ssl_context=secured(authority))
    server = at(post, use_ssl=True, ca_file=ca_file)
    assert (await send(server, "a@test", "b@test", mail_of(), clock)).number == 1
    with pytest.raises(MailNotSent):
        await send(at(post, use_ssl=True), "a@test", "b@test", mail_of(), clock)


async def test_who_has_the_password_logs_in(
    serve: Serve,
    clock: ManualClock,
    authority: trustme.CA,
    ca_file: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def knows(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=data.password == b"lovelace", handled=False)

    post = await serve(tls_context=secured(authority), authenticator=knows, auth_required=True)
    account = {"username": "ada", "password": Secret("lovelace"), "ca_file": ca_file}
    assert (await send(at(post, **account), "a@test", "b@test", mail_of(), clock)).number == 1
    account["password"] = Secret("byron-was-here")
    with pytest.raises(MailNotSent, match="535") as raised:
        await send(at(post, **account), "a@test", "b@test", mail_of(), clock)
    with pytest.raises(MailNotSent, match="530"):
        await send(at(post), "a@test", "b@test", mail_of(), clock)
    assert "byron" not in f"{raised.value!r}{raised.value}{caplog.text}"


async def test_a_login_that_is_not_possible_is_told(
    serve: Serve, clock: ManualClock, authority: trustme.CA, ca_file: Path
) -> None:
    post = await serve(tls_context=secured(authority), auth_exclude_mechanism=["PLAIN", "LOGIN"])
    account = {"username": "ada", "password": Secret("lovelace"), "ca_file": ca_file}
    with pytest.raises(MailNotSent, match="lets nobody log in"):
        await send(at(post, **account), "a@test", "b@test", mail_of(), clock)
    free = at(post, **account, require_authentication=False)
    assert (await send(free, "a@test", "b@test", mail_of(), clock)).number == 1


# What is old


async def test_an_old_server_is_spoken_to_if_wished_and_in_seven_bits(clock: ManualClock) -> None:
    got: list[bytes] = []

    async def old(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Knows HELO only, and no eight bits."""
        answers = {b"EHLO": b"502 what\r\n", b"QUIT": b"221 bye\r\n"}
        writer.write(b"220 old\r\n")
        while line := await reader.readline():
            if line == b"DATA\r\n":
                writer.write(b"354 go\r\n")
                while (line := await reader.readline()) != b".\r\n":
                    got.append(line)
            writer.write(answers.get(line[:4].upper(), b"250 ok\r\n"))

    async with answering(old) as port:
        server = MailServer(host="127.0.0.1", port=port)
        with pytest.raises(MailNotSent, match="502 what"):
            await send(server, "a@test", "b@test", mail_of("Å\n"), clock)
        server = MailServer(host="127.0.0.1", port=port, helo_fallback=True)
        assert (await send(server, "a@test", "b@test", mail_of("Å\n"), clock)).number == 1
    assert b"".join(got).isascii()
    assert message_from_bytes(b"".join(got), policy=default).get_content().strip() == "Å"


# What cannot be sent


@pytest.mark.parametrize(
    "address",
    [
        "",
        "b",
        "b@test\r\nRCPT TO:<eve@test>",
        "b@test> NOTIFY=NEVER",
        "<b@test>",
        "å@test",
        "b@test, c@test",
        "a" * 300 + "@test",
        7,
        None,
    ],
)
async def test_an_address_is_an_address(clock: ManualClock, address: Any) -> None:
    with pytest.raises(UnfitBaton, match="is no address"):
        await send(MailServer(), "a@test", [address], mail_of(), clock)
    if address:
        with pytest.raises(UnfitBaton, match="is no address"):
            await send(MailServer(), address, ["b@test"], mail_of(), clock)


async def test_there_is_a_recipient(clock: ManualClock) -> None:
    with pytest.raises(UnfitBaton, match="at least one recipient"):
        await send(MailServer(), "a@test", [], mail_of(), clock)


@pytest.mark.parametrize(
    ("name", "value"), [("X", "a\r\nBcc: eve@test"), ("X", "a\nb"), ("X", "a\rb"), ("X\nY", "a")]
)
async def test_a_header_cannot_bring_another_one(
    serve: Serve, clock: ManualClock, name: str, value: str
) -> None:
    post = await serve()
    mail = Message()
    mail[name] = value
    with pytest.raises(UnfitBaton, match="has a line break or a wrong name"):
        await send(at(post), "a@test", "b@test", mail, clock)
    assert post.got == []


def test_a_password_goes_with_a_name() -> None:
    with pytest.raises(ValueError, match="go together"):
        MailServer(username="ada")
    with pytest.raises(ValueError, match="needs a `username`"):
        MailServer(require_authentication=True)


async def test_the_function_of_old_gives_a_deferred(serve: Serve) -> None:
    from twisted.internet.defer import Deferred

    post = await serve()
    sending = send_mail("a@test", ["b@test"], mail_of(), host="127.0.0.1", port=post.port)
    assert isinstance(sending, Deferred)
    count, answers = await outcome_of(sending)
    assert (count, answers[0][:2]) == (1, ("b@test", 250))
