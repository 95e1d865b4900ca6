"""Mails that come in, over real connections, from clients that know nothing of piped."""

from __future__ import annotations

import asyncio
import base64
import smtplib
import socket
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from email.message import EmailMessage, Message
from typing import Any

import pytest
import trustme
from twisted.cred.checkers import ANONYMOUS
from twisted.internet.defer import succeed
from twisted.mail._except import SMTPBadRcpt, SMTPServerError  # its public home has the reactor

from piped.checkers import Checker
from piped.environment import RuntimeEnvironment
from piped.exceptions import BatonDropped, PipelineFull
from piped.interop import settled
from piped.interop.reactor import prepare, shut_down
from piped.options import DottedName, Lambda, ResourceName
from piped.providers.smtp_provider import SMTPProvider
from piped.providers.smtp_settings import SMTPSettings, Tls
from piped.secret import Secret
from piped.testing.clock import ManualClock
from tests.services import program

from .conftest import Start

HERE = "tcp:0:interface=127.0.0.1"
IN_MEMORY = DottedName("twisted.cred.checkers.InMemoryUsernamePasswordDatabaseDontUse")
ANYBODY = DottedName("twisted.cred.checkers.AllowAnonymousAccess")
OPEN = {
    "validate_from": Lambda("protocol, helo, origin: True"),
    "validate_to": Lambda("protocol, user: True"),
}
ADA = Checker(name=IN_MEMORY, arguments={"ada": Secret("lovelace")})
MAIL = b"Subject: Engines\r\n\r\nThere are seven.\r\n"


@pytest.fixture(autouse=True)
async def _reactor() -> AsyncIterator[None]:
    prepare(asyncio.get_running_loop())
    yield
    await shut_down()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def tls(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Tls:
    folder = tmp_path_factory.mktemp("tls")
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for part in certificate.cert_chain_pems:
        part.write_to_path(str(folder / "chain.pem"), append=True)
    return Tls(private_key=folder / "key.pem", certificate=folder / "chain.pem")


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


def server_of(**settings: Any) -> dict[Any, Any]:
    given = {"listen": HERE, "processor": ResourceName("take"), "host": "mx.test", **OPEN}
    return {SMTPProvider: {"it": SMTPSettings(**{**given, **settings})}}


def service_of(environment: RuntimeEnvironment) -> Any:
    return environment.application.getServiceNamed("smtp.it")


def port_of(environment: RuntimeEnvironment) -> int:
    port: int = service_of(environment).ports[0].getHost().port
    return port


async def until(holds: Callable[[], Any]) -> None:
    """Wait for what only the other end of a connection can bring about."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0)
            await asyncio.sleep(0.001)


class Client:
    """Says bytes, and hears answers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def hear(self) -> int:
        """The code of the next answer."""
        return (await self.hear_all())[0]

    async def hear_all(self) -> tuple[int, list[str]]:
        lines: list[str] = []
        async with asyncio.timeout(10):
            while True:
                line = (await self.reader.readline()).decode()
                if not line:
                    raise EOFError(lines)
                lines.append(line[4:].rstrip())
                if line[3] == " ":
                    return int(line[:3]), lines

    async def say(self, *lines: bytes) -> list[int]:
        """Say lines in one breath, and hear an answer to each."""
        self.writer.write(b"".join(each + b"\r\n" for each in lines))
        return [await self.hear() for _ in lines]

    async def begin(self) -> None:
        """Say all that comes before a mail."""
        said = (b"EHLO me", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"DATA")
        assert await self.say(*said) == [250, 250, 250, 354]

    async def ends(self) -> None:
        async with asyncio.timeout(10):
            assert await self.reader.read() == b""


Connect = Callable[[RuntimeEnvironment], Any]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    clients: list[Client] = []

    async def connect(environment: RuntimeEnvironment) -> Client:
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(environment))
        clients.append(Client(reader, writer))
        assert await clients[-1].hear() in {220, 421}
        return clients[-1]

    yield connect
    for each in clients:
        each.writer.transport.abort()
    await asyncio.sleep(0)


async def with_smtplib(
    environment: RuntimeEnvironment, talk: Callable[[smtplib.SMTP], Any], port: int | None = None
) -> Any:
    """What `talk` gives, in a thread: it waits for us, and we for it."""
    number = port or port_of(environment)

    def talking() -> Any:
        with smtplib.SMTP("127.0.0.1", number, timeout=20) as client:
            return talk(client)

    return await asyncio.to_thread(talking)


# Mails and batons


async def test_a_mail_is_a_baton_for_each_recipient(start: Start) -> None:
    heard: list[Any] = []
    environment = await start(server_of(), take=heard.append)
    recipients = ["b@test", "c@test"]
    assert (
        await with_smtplib(environment, lambda client: client.sendmail("a@test", recipients, MAIL))
        == {}
    )
    assert [(each["from_addr"], each["to_addr"]) for each in heard] == [
        ("a@test", "b@test"),
        ("a@test", "c@test"),
    ]
    assert [set(each) for each in heard] == [{"message", "from_addr", "to_addr"}] * 2
    first, second = (each["message"] for each in heard)
    assert first is not second
    assert isinstance(first, EmailMessage)
    assert isinstance(first, Message)
    assert first["Subject"] == "Engines"
    assert first.get_content() == "There are seven.\n"
    assert first["Received"].startswith("from ")
    assert "by mx.test with ESMTP\n" in first.as_string()
    assert "for <b@test>;" in first["Received"]
    assert "for <c@test>;" in second["Received"]


async def test_a_mail_with_all_kinds_of_parts_comes_as_it_was_sent(start: Start) -> None:
    heard: list[Any] = []
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = "Grüße aus Åbo", "a@test", "b@test"
    mail.set_content(".dot\n..dots\n.\nÅngström " + "long " * 300 + "\n", cte="8bit")
    mail.add_attachment(bytes(range(256)) * 40, maintype="application", subtype="x", filename="ä")
    environment = await start(server_of(), take=heard.append)
    await with_smtplib(environment, lambda client: client.send_message(mail))
    [got] = [each["message"] for each in heard]
    text, attachment = got.iter_parts()
    assert got["Subject"] == mail["Subject"]
    assert text.get_content() == ".dot\n..dots\n.\nÅngström " + "long " * 300 + "\n"
    assert attachment.get_content() == bytes(range(256)) * 40
    assert attachment.get_filename() == "ä"


async def test_a_mail_without_headers_has_them_apart_from_its_text(
    start: Start, connect: Connect
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(), take=heard.append)
    client = await connect(environment)
    await client.begin()
    assert await client.say(b"just a text\r\n.") == [250]
    await client.say(b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"DATA")
    assert await client.say(b".") == [250]
    assert [each["message"].get_content() for each in heard] == ["just a text\n", ""]


async def test_the_answer_comes_when_the_pipelines_of_all_recipients_have_ended(
    start: Start, connect: Connect
) -> None:
    doors = {"b@test": asyncio.Event(), "c@test": asyncio.Event()}
    done: list[str] = []

    async def take(baton: Any) -> None:
        await doors[baton["to_addr"]].wait()
        done.append(baton["to_addr"])

    environment = await start(server_of(), take=take)
    client = await connect(environment)
    await client.say(b"EHLO me", b"MAIL FROM:<>", b"RCPT TO:<b@test>", b"RCPT TO:<c@test>")
    await client.say(b"DATA")
    client.writer.write(MAIL + b".\r\n")
    answer = asyncio.ensure_future(client.hear())
    doors["c@test"].set()
    await until(lambda: done == ["c@test"])
    assert not answer.done()
    doors["b@test"].set()
    assert await answer == 250
    assert done == ["c@test", "b@test"]


@pytest.mark.parametrize(
    ("failures", "code"),
    [
        ({"b@test": LookupError("no engine")}, 451),
        ({"b@test": SMTPServerError(554, "no such engine")}, 554),
        ({"b@test": SMTPServerError(554, "no"), "c@test": LookupError()}, 451),
        ({"b@test": SMTPServerError(999, b"odd")}, 451),
        ({"b@test": PipelineFull("full")}, 451),
        ({"b@test": BatonDropped("dropped")}, 250),
    ],
)
async def test_a_pipeline_that_fails_is_told_to_the_client(
    start: Start, connect: Connect, failures: dict[str, Exception], code: int
) -> None:
    async def take(baton: Any) -> None:
        await asyncio.sleep(0)
        if failure := failures.get(baton["to_addr"]):
            raise failure

    environment = await start(server_of(), take=take)
    client = await connect(environment)
    await client.say(b"EHLO me", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"RCPT TO:<c@test>")
    await client.say(b"DATA")
    assert await client.say(MAIL + b".") == [code]
    assert await client.say(b"MAIL FROM:<a@test>") == [250]


async def test_a_failure_is_in_the_log_and_not_in_the_answer(
    start: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def take(baton: Any) -> None:
        raise LookupError("the password is sesame")

    environment = await start(server_of(), take=take)
    client = await connect(environment)
    await client.begin()
    client.writer.write(MAIL + b".\r\n")
    assert await client.hear_all() == (451, ["the mail could not be handled, try again later"])
    assert "smtp.it: a mail from 'a@test' to 'b@test' failed" in caplog.text


async def test_a_mail_waits_for_the_processor_and_not_for_ever(
    start: Start, connect: Connect, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    heard: list[Any] = []
    environment = await start(server_of(max_wait=30), take=heard.append)
    offer = environment.resource_manager.get_registered_resources()["take"]
    client = await connect(environment)
    for is_back, code in ((True, 250), (False, 451)):
        caplog.clear()
        await client.begin()
        offer.lost("gone")
        client.writer.write(MAIL + b".\r\n")
        await until(lambda: "smtp.it: a mail waits for take" in caplog.text)
        await clock.advance(29)
        if is_back:
            offer.ready(heard.append)
        else:
            await clock.advance(2)
        assert await client.hear() == code
    assert len(heard) == 1


# Who may send what to whom


async def test_nobody_may_send_and_nobody_is_there_by_default(
    start: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    settings = {"validate_from": None, "validate_to": None}
    client = await connect(await start(server_of(**settings), take=print))
    assert await client.say(b"EHLO me", b"MAIL FROM:<a@test>", b"DATA") == [250, 550, 503]
    environment = await start(server_of(validate_to=None), take=print)
    client = await connect(environment)
    said = (b"EHLO me", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"DATA")
    assert await client.say(*said) == [250, 250, 550, 503]
    assert "smtp.it rejects all senders: it has no `validate_from`" in caplog.text
    assert "smtp.it rejects all recipients: it has no `validate_to`" in caplog.text


async def test_validators_know_who_asks_and_may_take_their_time(
    start: Start, connect: Connect
) -> None:
    heard: list[Any] = []

    async def later(*arguments: Any) -> bool:
        await asyncio.sleep(0)
        heard.append(arguments)
        return str(arguments[-1]) != "no@test"

    def deferred(*arguments: Any) -> Any:
        heard.append(arguments)
        return succeed(str(arguments[-1]) != "no@test")

    settings = {
        "validate_from": Lambda("protocol, helo, origin: later(protocol, helo, origin)"),
        "validate_to": Lambda("protocol, user: deferred(protocol, user.helo, user)"),
        "namespace": {"later": later, "deferred": deferred},
    }
    environment = await start(server_of(**settings), take=print)
    client = await connect(environment)
    said = (b"EHLO me", b"MAIL FROM:<no@test>", b"MAIL FROM:<a@test>")
    assert await client.say(*said) == [250, 550, 250]
    assert await client.say(b"RCPT TO:<no@test>", b"RCPT TO:<b@test>") == [550, 250]
    assert [str(each[2]) for each in heard] == ["no@test", "a@test", "no@test", "b@test"]
    assert {each[1] for each in heard} == {("me", "127.0.0.1")}
    assert {type(each[0]).__name__ for each in heard} == {"PipedESMTP"}
    assert str(heard[-1][2].dest) == "b@test"
    assert str(heard[-1][2].orig) == "a@test"


async def test_a_validator_says_what_it_wants_or_fails(
    start: Start, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(what: Exception) -> None:
        raise what

    settings = {
        "validate_from": Lambda("protocol, helo, origin: origin.local != b'x' or fail(no)"),
        "validate_to": Lambda("protocol, user: fail(bad(user, 551, 'moved\\r\\n250 ok'))"),
        "namespace": {"fail": fail, "no": LookupError("no engine"), "bad": SMTPBadRcpt},
    }
    client = await connect(await start(server_of(**settings), take=print))
    said = (b"EHLO me", b"MAIL FROM:<x@test>", b"MAIL FROM:<a@test>")
    assert await client.say(*said) == [250, 451, 250]
    client.writer.write(b"RCPT TO:<b@test>\r\n")
    assert await client.hear_all() == (551, ["moved??250 ok"])
    assert "smtp.it: validate_from failed" in caplog.text


@pytest.mark.parametrize(
    ("header", "received"),
    [
        ("'Received: by piped'", ["by piped"]),
        ("b'Received: by\\n\\tpiped\\n'", ["by\n\tpiped"]),
        ("f'Received: {helo[0]} {origin} {recipients[0]}'", ["me a@test b@test"]),
        ("None", None),
    ],
)
async def test_the_header_of_the_way_is_as_one_likes(
    start: Start, connect: Connect, header: str, received: list[str] | None
) -> None:
    heard: list[Any] = []
    made = Lambda(f"protocol, helo, origin, recipients: {header}")
    client = await connect(await start(server_of(received_header=made), take=heard.append))
    await client.begin()
    assert await client.say(MAIL + b".") == [250]
    message = heard[0]["message"]
    assert [value for name, value in message.raw_items() if name == "Received"] == (received or [])
    assert message["Subject"] == "Engines"


@pytest.mark.parametrize("header", ["'no header'", "'A: b\\n\\nbody'", "7", "1 / 0"])
async def test_a_header_of_the_way_that_is_none_is_our_fault(
    start: Start, connect: Connect, header: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = Lambda(f"protocol, helo, origin, recipients: {header}")
    client = await connect(await start(server_of(received_header=made), take=print))
    await client.say(b"EHLO me", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>")
    assert await client.say(b"DATA") == [451]
    assert "smtp.it: received_header failed" in caplog.text


# Logging in, and TLS


def plain(name: bytes, password: bytes, other: bytes = b"") -> bytes:
    return base64.b64encode(b"\0".join([other, name, password]))


async def test_who_has_logged_in_over_tls_may_send(
    start: Start, tls: Tls, trusting: ssl.SSLContext
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(checker=ADA, tls=tls), take=heard.append)

    def talk(client: smtplib.SMTP) -> Any:
        client.ehlo()
        assert not client.has_extn("auth")
        assert client.has_extn("starttls")
        client.starttls(context=trusting)
        client.ehlo()
        assert client.has_extn("auth")
        assert not client.has_extn("starttls")
        assert client.docmd("STARTTLS")[0] == 503
        assert client.mail("a@test")[0] == 530
        client.login("ada", "lovelace")
        assert client.docmd("AUTH PLAIN")[0] == 503
        return client.sendmail("a@test", ["b@test"], MAIL)

    assert await with_smtplib(environment, talk) == {}
    assert heard[0]["avatar_id"] == "ada"
    assert "with ESMTPSA" in heard[0]["message"]["Received"]


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_both_mechanisms_work_with_and_without_an_initial_response(
    start: Start, tls: Tls, trusting: ssl.SSLContext, mechanism: str, initial: bool
) -> None:
    environment = await start(server_of(checker=[ADA], tls=tls), take=print)

    def talk(client: smtplib.SMTP) -> list[int]:
        client.starttls(context=trusting)
        client.ehlo()
        client.user, client.password = "ada", "lovelace"
        login = client.auth_plain if mechanism == "PLAIN" else client.auth_login
        code = client.auth(mechanism, login, initial_response_ok=initial)[0]
        return [code, client.mail("a@test")[0]]

    assert await with_smtplib(environment, talk) == [235, 250]


async def test_wrong_passwords_are_refused_and_thrice_is_enough(
    start: Start, tls: Tls, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    environment = await start(server_of(checker=ADA, tls=tls), take=print)

    def talk(client: smtplib.SMTP) -> list[int]:
        client.starttls(context=trusting)
        client.ehlo()
        wrong = [plain(b"ada", b"byron"), b"!!", base64.b64encode(b"ada"), b""]
        codes = [client.docmd("AUTH", f"PLAIN {each.decode()}")[0] for each in wrong[:3]]
        codes.append(client.docmd("AUTH", "PLAIN")[0])
        codes.append(client.docmd("*")[0])
        codes.append(client.docmd("AUTH", "CRAM-MD5")[0])
        wrong = [plain(b"eve", b"lovelace"), plain(b"ada", b"lovelace", b"eve")]
        codes += [client.docmd("AUTH", f"PLAIN {each.decode()}")[0] for each in wrong]
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.noop()
        return codes

    assert await with_smtplib(environment, talk) == [535, 501, 501, 334, 501, 504, 535, 535]
    assert "smtp.it: a wrong name or password from 127.0.0.1" in caplog.text
    assert "byron" not in caplog.text


async def test_no_password_is_taken_without_tls(start: Start, connect: Connect, tls: Tls) -> None:
    client = await connect(await start(server_of(checker=ADA, tls=tls), take=print))
    said = b"AUTH PLAIN " + plain(b"ada", b"lovelace")
    assert await client.say(b"EHLO me", said, b"MAIL FROM:<a@test>") == [250, 530, 530]
    client = await connect(await start(server_of(), take=print))
    assert await client.say(b"EHLO me", said, b"STARTTLS") == [250, 502, 454]


@pytest.mark.parametrize("checker", [ANYBODY, [ADA, ANYBODY]])
async def test_anonymous_checkers_let_anybody_send(
    start: Start, connect: Connect, checker: Any
) -> None:
    heard: list[Any] = []
    client = await connect(await start(server_of(checker=checker), take=heard.append))
    await client.begin()
    assert await client.say(MAIL + b".") == [250]
    assert heard[0]["avatar_id"] == ANONYMOUS


async def test_what_comes_with_starttls_is_not_heard(
    start: Start, connect: Connect, tls: Tls, trusting: ssl.SSLContext
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(tls=tls), take=heard.append)
    client = await connect(environment)
    await client.say(b"EHLO me", b"MAIL FROM:<eve@test>", b"RCPT TO:<b@test>")
    client.writer.write(b"STARTTLS\r\nRCPT TO:<c@test>\r\nNOOP\r\n")
    assert await client.hear() == 220
    await client.writer.start_tls(trusting, server_hostname="localhost")
    assert await client.say(b"RCPT TO:<b@test>", b"NOOP") == [503, 250]


@pytest.mark.filterwarnings("ignore:Passing pyOpenSSL")  # by Twisted's endpoints
async def test_a_listener_may_speak_tls_from_the_beginning(
    start: Start, tls: Tls, trusting: ssl.SSLContext
) -> None:
    heard: list[Any] = []
    listen = f"ssl:0:interface=127.0.0.1:privateKey={tls.private_key}:certKey={tls.certificate}"
    environment = await start(server_of(listen=listen, checker=ADA), take=heard.append)
    port = port_of(environment)

    def talk() -> Any:
        with smtplib.SMTP_SSL("localhost", port, context=trusting, timeout=20) as client:
            client.login("ada", "lovelace")
            return client.sendmail("a@test", ["b@test"], MAIL)

    assert await asyncio.to_thread(talk) == {}
    assert heard[0]["avatar_id"] == "ada"


# What is wrong on the wire


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"FROB", 500),
        (b"", 500),
        (b"NO\0OP", 500),
        (b"NOOP\nNOOP", 500),
        ("Grüß Gott".encode(), 500),
        (b"__INIT__", 500),
        (b"  noop  ", 250),
        (b"HELP", 214),
        (b"VRFY b", 252),
        (b"RSET", 250),
        (b"EHLO", 501),
        (b"EHLO me; from nobody", 501),
        (b"MAIL", 501),
        (b"MAIL FROM:a@test", 501),
        (b"MAIL FROM:<a@test", 501),
        (b"MAIL FROM:<a b@test>", 501),
        (b"MAIL FROM:<@>", 501),
        (b"MAIL FROM:<a@test>x", 501),
        (b"MAIL TO:<a@test>", 501),
        ("MAIL FROM:<å@test>".encode(), 553),
        (b"MAIL FROM:<" + b"a" * 250 + b"@test>", 553),
        (b"MAIL FROM:<a@test> SIZE=x", 501),
        (b"MAIL FROM:<a@test> SIZE=99999999999", 552),
        (b"MAIL FROM:<a@test> BODY=BINARYMIME", 501),
        (b"MAIL FROM:<a@test> SMTPUTF8", 555),
        (b"MAIL FROM:<a@test> AUTH=<>", 555),
        (b"MAIL FROM:<a@test> SIZE=7 BODY=8BITMIME", 250),
        (b"mail from: <>", 250),
        (b'MAIL FROM:<"a b"@[127.0.0.1]>', 250),
        (b"MAIL FROM:<@x,@y:a@test>", 250),
        (b"RCPT TO:<b@test>", 503),
        (b"DATA", 503),
        (b"DATA now", 501),
        (b"AUTH", 502),
        (b"X" * 12_289, 500),
        (b"X" * 200_000, 500),
    ],
)
async def test_each_command_has_its_answer(
    start: Start, connect: Connect, line: bytes, code: int
) -> None:
    client = await connect(await start(server_of(), take=print))
    assert await client.say(line, b"NOOP") == [code, 250]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"RCPT TO:<>", 501),
        (b"RCPT TO:<b@test> NOTIFY=NEVER", 555),
        (b"RCPT FROM:<b@test>", 501),
        (b"RCPT TO:<postmaster>", 250),
        (b"MAIL FROM:<c@test>", 503),
        (b"AUTH PLAIN AAAA", 502),
    ],
)
async def test_each_command_behind_a_sender_has_its_answer(
    start: Start, connect: Connect, line: bytes, code: int
) -> None:
    client = await connect(await start(server_of(), take=print))
    assert await client.say(b"EHLO me", b"MAIL FROM:<a@test>", line) == [250, 250, code]


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n\0.\r\n", b"\n.\r"]
)
async def test_nothing_but_crlf_dot_crlf_ends_a_mail(
    start: Start, connect: Connect, end: bytes
) -> None:
    heard: list[Any] = []
    client = await connect(await start(server_of(), take=heard.append))
    await client.begin()
    smuggled = end + b"MAIL FROM:<eve@test>\r\nRCPT TO:<b@test>\r\nDATA\r\nevil\r\n"
    [code] = await client.say(MAIL.rstrip() + smuggled + b".")
    assert code == (250 if b"\0" in end else 554)
    assert [each["from_addr"] for each in heard] == (["a@test"] if b"\0" in end else [])
    assert await client.say(b"NOOP") == [250]


async def test_a_client_that_is_wrong_all_the_time_is_left(start: Start, connect: Connect) -> None:
    client = await connect(await start(server_of(), take=print))
    assert await client.say(*[b"FROB"] * 20) == [500] * 20
    assert await client.hear() == 421
    await client.ends()


async def test_a_mail_may_be_as_large_as_was_said_and_no_larger(
    start: Start, connect: Connect
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(max_size=1000), take=heard.append)
    client = await connect(environment)
    client.writer.write(b"EHLO me\r\n")
    assert "SIZE 1000" in (await client.hear_all())[1]
    for length, code in ((998, 250), (999, 552), (500_000, 552)):
        await client.say(b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"DATA")
        content = b"\r\n" + (b"." * 77 + b"\r\n") * (length // 79) + b"x" * (length % 79)
        stuffed = content.replace(b"\r\n.", b"\r\n..")[2:]
        assert await client.say(stuffed + b"\r\n.") == [code]
    assert len(heard) == 1


async def test_a_line_that_is_too_long_is_refused(start: Start, connect: Connect) -> None:
    client = await connect(await start(server_of(line_length=1000), take=lambda baton: None))
    for length, code in ((1000, 250), (1001, 554)):
        await client.begin()
        assert await client.say(b"x" * length + b"\r\n.") == [code]


async def test_recipients_mails_and_clients_have_their_limits(
    start: Start, connect: Connect
) -> None:
    limits = {"max_recipients": 1, "max_mails": 1, "max_connections": 1}
    environment = await start(server_of(**limits), take=lambda baton: None)
    client = await connect(environment)
    said = (b"EHLO me", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>", b"RCPT TO:<c@test>")
    assert await client.say(*said) == [250, 250, 250, 452]
    await (await connect(environment)).ends()
    assert await client.say(b"DATA") == [354]
    assert await client.say(MAIL + b".", b"MAIL FROM:<a@test>") == [250, 452]


async def test_with_one_recipient_at_a_time_nobody_gets_what_another_one_refused(
    start: Start,
) -> None:
    taken: list[str] = []

    def take(baton: Any) -> None:
        taken.append(baton["to_addr"])
        if baton["to_addr"] == "bad@test":
            raise LookupError("no")

    port = port_of(await start(server_of(max_recipients=1), take=take))

    def talk() -> tuple[Any, int]:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            refused = client.sendmail("a@test", ["good@test", "bad@test"], "Subject: x\r\n\r\n")
            with pytest.raises(smtplib.SMTPDataError) as failed:
                client.sendmail("a@test", list(refused), "Subject: x\r\n\r\n")
        return refused, failed.value.smtp_code

    refused, code = await asyncio.to_thread(talk)
    assert [*refused] == ["bad@test"]
    assert refused["bad@test"][0] == 452
    assert code == 451
    assert taken == ["good@test", "bad@test"]


# Slow, gone, and stopped


async def test_a_client_that_says_nothing_is_left(
    start: Start, connect: Connect, clock: ManualClock
) -> None:
    environment = await start(server_of(idle_time=60), take=print)
    client = await connect(environment)
    await clock.advance(59)
    assert await client.say(b"NOOP") == [250]
    await clock.advance(59)
    assert await client.say(b"NOOP") == [250]
    await clock.advance(61)
    assert await client.hear() == 421
    await client.ends()


async def test_a_mail_that_comes_too_slowly_is_left(
    start: Start, connect: Connect, clock: ManualClock
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(idle_time=60, mail_time=100), take=heard.append)
    client = await connect(environment)
    await client.begin()
    answer = asyncio.ensure_future(client.hear())
    async with asyncio.timeout(10):
        while not answer.done():
            client.writer.write(b"drip\r\n")
            await asyncio.sleep(0.001)
            await clock.advance(30)
    assert await answer == 421
    assert heard == []


async def test_a_client_that_does_not_read_is_not_answered_for_ever(
    start: Start, clock: ManualClock
) -> None:
    environment = await start(server_of(idle_time=60), take=print)
    connections = service_of(environment).connections
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", port_of(environment)))
        client.setblocking(False)
        sent = 0
        async with asyncio.timeout(20):
            while not connections.there or not sent or says_more(client):
                sent += 1
                await asyncio.sleep(0)
            while connections.there:
                await clock.advance(30)
                await asyncio.sleep(0.001)


def says_more(client: socket.socket) -> bool:
    """Whether the client can say more; it never reads."""
    try:
        return client.send(b"HELP\r\n" * 1000) > 0
    except BlockingIOError:
        return False


async def test_a_client_that_is_gone_in_the_middle_of_a_mail_leaves_nothing_behind(
    start: Start, connect: Connect
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(), take=heard.append)
    client = await connect(environment)
    await client.begin()
    client.writer.write(MAIL)
    await client.writer.drain()
    client.writer.transport.abort()
    await until(lambda: not service_of(environment).connections.there)
    assert heard == []


async def test_a_mail_is_handled_to_its_end_when_the_client_does_not_wait(
    start: Start, connect: Connect
) -> None:
    door, done = asyncio.Event(), asyncio.Event()

    async def take(baton: Any) -> None:
        await door.wait()
        done.set()

    environment = await start(server_of(), take=take)
    client = await connect(environment)
    await client.begin()
    client.writer.write(MAIL + b".\r\n")
    await client.writer.drain()
    connections = service_of(environment).connections
    [connection] = connections.there
    await until(lambda: not connection.incoming.is_in_mail)
    client.writer.transport.abort()
    await until(lambda: not connections.there)
    door.set()
    await until(done.is_set)


async def test_stopping_lets_a_mail_come_to_its_end_and_leaves_all_others(
    start: Start, connect: Connect
) -> None:
    heard: list[Any] = []
    environment = await start(server_of(), take=heard.append)
    idle, sending = await connect(environment), await connect(environment)
    await idle.say(b"EHLO me", b"MAIL FROM:<a@test>", b"RCPT TO:<b@test>")
    await sending.begin()
    sending.writer.write(MAIL)
    stopping = asyncio.ensure_future(settled(service_of(environment).stopService()))
    assert await idle.hear() == 421
    await idle.ends()
    assert not stopping.done()
    assert await sending.say(b".") == [250]
    assert await sending.hear() == 421
    await sending.ends()
    await stopping
    assert len(heard) == 1
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", sending.writer.get_extra_info("peername")[1])


async def test_stopping_waits_no_longer_than_was_said(
    start: Start, connect: Connect, clock: ManualClock
) -> None:
    cancelled: list[bool] = []

    async def take(baton: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    environment = await start(server_of(close_time=5), take=take)
    half, handled = await connect(environment), await connect(environment)
    await half.begin()
    await handled.begin()
    handled.writer.write(MAIL + b".\r\n")
    service = service_of(environment)
    await until(lambda: sum(each.incoming.is_in_mail for each in service.connections.there) == 1)
    stopping = asyncio.ensure_future(settled(service.stopService()))
    await clock.advance(4)
    assert not stopping.done()
    await clock.advance(2)
    await until(stopping.done)
    await until(lambda: cancelled)
    for each in (half, handled):
        with pytest.raises((EOFError, ConnectionError)):
            await each.hear()


async def test_a_server_can_be_stopped_and_started_again(start: Start) -> None:
    heard: list[Any] = []
    environment = await start(server_of(listen=[HERE, HERE]), take=heard.append)
    for _ in range(2):
        for port in [each.getHost().port for each in service_of(environment).ports]:
            await with_smtplib(
                environment, lambda client: client.sendmail("a@test", ["b@test"], MAIL), port
            )
        await settled(service_of(environment).stopService())
        await settled(service_of(environment).startService())
    assert len(heard) == 4


async def test_nothing_is_lost_of_five_hundred_mails(start: Start) -> None:
    stored: set[str] = set()
    answers: list[tuple[int, bool]] = []
    failing = {str(number) for number in range(0, 500, 7)}

    async def take(baton: Any) -> None:
        await asyncio.sleep(0)
        number = str(baton["message"]["Subject"])
        if number in failing:
            failing.discard(number)
            raise LookupError(number)
        stored.add(number)

    environment = await start(server_of(), take=take)

    def talk(numbers: range) -> Callable[[smtplib.SMTP], None]:
        def talking(client: smtplib.SMTP) -> None:
            left = [str(number) for number in numbers]
            while left:
                left = [number for number in left if not accepted(client, number)]

        return talking

    def accepted(client: smtplib.SMTP, number: str) -> bool:
        try:
            client.sendmail("a@test", ["b@test"], f"Subject: {number}\r\n\r\nx\r\n")
        except smtplib.SMTPDataError as error:
            answers.append((error.smtp_code, number in stored))
            return False
        answers.append((250, number in stored))
        return True

    talks = [talk(range(first, 500, 4)) for first in range(4)]
    await asyncio.gather(*[with_smtplib(environment, each) for each in talks])
    assert stored == {str(number) for number in range(500)}
    assert Counter(answers) == {(250, True): 500, (451, False): 72}


# Swaks


async def swaks(environment: RuntimeEnvironment, *arguments: str) -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        program("swaks"),
        *("--server", f"127.0.0.1:{port_of(environment)}", "--helo", "me"),
        *("--from", "a@test", "--timeout", "20", *arguments),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


@pytest.mark.service("swaks")
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
async def test_swaks_logs_in_over_tls_and_sends(start: Start, tls: Tls, mechanism: str) -> None:
    heard: list[Any] = []
    environment = await start(server_of(checker=ADA, tls=tls), take=heard.append)
    login = ("--tls", "--auth", mechanism, "--auth-user", "ada", "--auth-password")
    code, output = await swaks(
        environment, *login, "lovelace", "--to", "b@test,c@test", "--body", ".dots\n..\n.\n"
    )
    assert code == 0, output
    assert [each["to_addr"] for each in heard] == ["b@test", "c@test"]
    assert ".dots\n..\n.\n" in heard[0]["message"].get_content()
    assert heard[0]["avatar_id"] == "ada"
    code, output = await swaks(environment, *login, "byron", "--to", "b@test")
    assert "<~* 535 wrong name or password" in output, output
    assert code == 28


@pytest.mark.service("swaks")
async def test_swaks_sends_all_at_once_and_hears_of_a_failure(start: Start) -> None:
    def take(baton: Any) -> None:
        raise SMTPServerError(554, "no engines, please")

    environment = await start(server_of(), take=take)
    code, output = await swaks(environment, "--pipeline", "--to", "b@test")
    assert "<** 554 no engines, please" in output, output
    assert code == 26
