"""The example about mails: run as its head says, with a server that takes the answers."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from tests.mail.post import Post, posting
from tests.sites import LIMIT, free_port, serving

ROOT = Path(__file__).parents[2]


@asynccontextmanager
async def running(folder: Path, post: Post) -> AsyncIterator[int]:
    """The port at which the example takes mails."""
    port = free_port()
    variables = {
        "MAIL_LISTEN": f"tcp:{port}:interface=127.0.0.1",
        "MAIL_SERVER": "127.0.0.1",
        "MAIL_PORT": str(post.port),
    }
    file = str(ROOT / "examples" / "mail" / "mail.yaml")
    async with serving(folder, port, "-d", str(folder), "-c", file, **variables):
        yield port


async def test_a_mail_is_stored_and_answered(tmp_path: Path) -> None:
    async with posting() as post, running(tmp_path, post) as port:

        def talk() -> None:
            with smtplib.SMTP("127.0.0.1", port, timeout=LIMIT) as client:
                mail = "Subject: Engines\r\n\r\nSeven.\r\n"
                client.sendmail("you@example.com", ["post@example.com"], mail)
                client.sendmail("", ["post@example.com"], "Subject: bounced\r\n\r\n")
                with pytest.raises(smtplib.SMTPRecipientsRefused):
                    client.sendmail("you@example.com", ["other@example.com"], mail)

        await asyncio.to_thread(talk)
        [answer] = post.got
    assert answer.rcpt_tos == ["you@example.com"]
    assert post.message()["Auto-Submitted"] == "auto-replied"
    assert post.message().get_content().strip() == "Thank you for “Engines”."
    stored = [path.read_bytes() for path in (tmp_path / "mails").iterdir()]
    subjects = [message_from_bytes(each, policy=default)["Subject"] for each in stored]
    assert sorted(subjects) == ["Engines", "bounced"]
