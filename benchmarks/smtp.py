"""How fast are mails taken, beside others?

Run `python -m benchmarks.smtp [--mails N] [--rounds N] [--connections N]`. Each server is a process
of its own, started anew for each round; rounds go over all servers in turn. The load speaks SMTP
as smtplib does, one command after the other, over several connections. Each mail is parsed before
it is confirmed. Printed are medians: mails a second, the same for each second of processor time
that the server took (which is what is left of noise), and its ratio to Twisted's own server.

Needs aiosmtpd beside what piped needs for `smtp`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MAIL = b"".join(
    [
        b"From: Ada <ada@example.com>\r\nTo: b@example.com\r\nSubject: Engines\r\n",
        b"Message-ID: <7@example.com>\r\nDate: Sat, 1 Jan 2028 00:00:00 +0000\r\n\r\n",
        b"There are seven engines, and each of them is as good as the other.\r\n" * 20,
        b".\r\n",
    ]
)
TICKS = os.sysconf("SC_CLK_TCK")
NAMES = ("twisted", "aiosmtpd", "piped")

PIPED = """
plugins: {bundles: {}}
pipelines:
  take: [passthrough]
smtp:
  it:
    listen: tcp:PORT:interface=127.0.0.1
    processor: pipeline.take
    validate_from: "protocol, helo, origin: True"
    validate_to: "protocol, user: True"
"""

TWISTED = """
from email import message_from_bytes, policy
from twisted.internet import asyncioreactor
asyncioreactor.install()
from twisted.internet import defer, reactor
from twisted.mail import smtp
from zope.interface import implementer

@implementer(smtp.IMessage)
class Mail:
    def __init__(self): self.lines = []
    def lineReceived(self, line): self.lines.append(line)
    def connectionLost(self): pass
    def eomReceived(self):
        message_from_bytes(b"\\n".join(self.lines), policy=policy.default)
        return defer.succeed(None)

class Server(smtp.ESMTP):
    noisy = False
    def validateFrom(self, helo, origin): return origin
    def validateTo(self, user): return Mail
    def receivedHeader(self, helo, origin, recipients): return b"Received: by me"

factory = smtp.SMTPFactory()
factory.noisy = False
factory.buildProtocol = lambda address: Server()
reactor.listenTCP(PORT, factory, interface="127.0.0.1")
reactor.run()
"""

AIOSMTPD = """
import asyncio
from email import message_from_bytes, policy
from aiosmtpd.smtp import SMTP

class Handler:
    async def handle_DATA(self, server, session, envelope):
        message_from_bytes(envelope.content, policy=policy.default)
        return "250 OK"

async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(Handler(), loop=loop, hostname="me"), "127.0.0.1", PORT
    )
    await server.serve_forever()

asyncio.run(main())
"""


def command_of(name: str, port: int, folder: Path) -> list[str]:
    if name == "piped":
        file = folder / "piped.yaml"
        file.write_text(PIPED.replace("PORT", str(port)))
        return [sys.executable, "-m", "piped", "-n", "-p", "", "-c", str(file)]
    text = {"twisted": TWISTED, "aiosmtpd": AIOSMTPD}[name]
    return [sys.executable, "-W", "ignore", "-c", text.replace("PORT", str(port))]


async def opened(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    while True:
        try:
            return await asyncio.open_connection("127.0.0.1", port)
        except ConnectionError:
            await asyncio.sleep(0.05)


async def hear(reader: asyncio.StreamReader, code: bytes) -> None:
    while True:
        line = await reader.readline()
        assert line.startswith(code), line
        if line[3:4] == b" ":
            return


async def send(port: int, count: int) -> None:
    reader, writer = await opened(port)
    await hear(reader, b"220")
    writer.write(b"EHLO me\r\n")
    await hear(reader, b"250")
    for _ in range(count):
        for said, code in (
            (b"MAIL FROM:<ada@example.com>\r\n", b"250"),
            (b"RCPT TO:<b@example.com>\r\n", b"250"),
            (b"DATA\r\n", b"354"),
            (MAIL, b"250"),
        ):
            writer.write(said)
            await hear(reader, code)
    writer.close()


def processor_time(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def rates(process: int, port: int, mails: int, connections: int) -> tuple[float, float]:
    """Mails a second, and mails a second of processor time."""
    await send(port, 50)
    begun, used = time.perf_counter(), processor_time(process)
    await asyncio.gather(*[send(port, mails // connections) for _ in range(connections)])
    used = processor_time(process) - used
    return mails / (time.perf_counter() - begun), mails / used


def measure(name: str, port: int, mails: int, connections: int) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as folder:
        process = subprocess.Popen(
            command_of(name, port, Path(folder)),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            return asyncio.run(rates(process.pid, port, mails, connections))
        finally:
            process.kill()
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="How fast are mails taken?")
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=8)
    given = parser.parse_args()
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in NAMES}
    for turn in range(given.rounds):
        for index, name in enumerate(NAMES):
            port = 20_025 + turn * len(NAMES) + index
            found[name].append(measure(name, port, given.mails, given.connections))
    medians = {
        name: [statistics.median(each) for each in zip(*pairs, strict=True)]
        for name, pairs in found.items()
    }
    print(f"{given.mails} mails of {len(MAIL)} bytes, {given.connections} connections")
    for name, (wall, used) in medians.items():
        ratio = used / medians["twisted"][1]
        print(f"{name:10} {wall:7.0f} a second   {used:7.0f} a second of its own   {ratio:5.2f}")


if __name__ == "__main__":
    main()
