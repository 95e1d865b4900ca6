"""From a mail to batons, and from what becomes of them to the answer.

1. A baton for each recipient, with a message of its own; they are handled at the same time.
2. While the processor is not available, they wait, for a while.
3. 250 only if all of them were handled. A baton that a pipeline gave up, as it was told to, counts
   as handled.
4. Else what a `twisted.mail.smtp.SMTPServerError` says, if one was raised, and 451 for any other
   failure. What is to be tried again goes before what is not: a client does it for all recipients.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import TYPE_CHECKING, Any

from twisted.mail.smtp import SMTPServerError

from piped.clock import Clock
from piped.exceptions import BatonDropped, PipelineFull
from piped.interop import drive, settled
from piped.mail.addresses import CommandFault
from piped.processing.handing import hand_to

if TYPE_CHECKING:
    from piped.dependencies import ResourceDependency

__all__ = ["Delivery", "baton_of"]

logger = logging.getLogger(__name__)

# What is not changed keeps its form, for the sake of signatures.
_POLICY = default.clone(refold_source="none")


def baton_of(
    content: bytes, header: bytes, sender: str, recipient: str, **more: Any
) -> dict[str, Any]:
    """What a mail is for the processor. `header` is that of ours, above all others."""
    first = content.partition(b"\r\n")[0]
    gap = b"" if not first or b":" in first else b"\r\n"
    text = b"".join([header, gap, content]).replace(b"\r\n", b"\n")
    message = message_from_bytes(text, EmailMessage, policy=_POLICY)
    return {"message": message, "from_addr": sender, "to_addr": recipient, **more}


class Delivery:
    """Hands the mails of one server to its processor."""

    def __init__(
        self, name: str, processor: ResourceDependency, max_wait: float, clock: Clock
    ) -> None:
        self._name = name
        self.processor = processor
        self._max_wait = max_wait
        self._clock = clock

    async def deliver(self, batons: Sequence[dict[str, Any]]) -> None:
        """Have all of them handled. Raises `CommandFault`."""
        processor = await self._processor()
        if len(batons) == 1:
            faults = [await self._handle(processor, batons[0])]
        else:
            tasks = [drive(self._handle(processor, each)) for each in batons]
            try:
                faults = await asyncio.gather(*tasks)
            finally:
                for task in tasks:
                    task.cancel()
        wrong = [fault for fault in faults if fault is not None]
        if wrong:
            worst = min(wrong, key=lambda fault: fault.code)
            text = worst.text
            if len(batons) > 1:
                text += f" ({len(wrong)} of {len(batons)} recipients)"
            raise CommandFault(worst.code, text)

    async def _processor(self) -> Any:
        if self.processor.is_ready:
            return self.processor.get_resource()
        logger.info("%s: a mail waits for %s", self._name, self.processor.provider)
        waiting = drive(settled(self.processor.wait_for_resource()))
        wakeup = self._clock.call_later(self._max_wait, waiting.cancel)
        try:
            await asyncio.wait([waiting])
        finally:
            wakeup.cancel()
            waiting.cancel()
        if waiting.cancelled():
            logger.warning("%s: %s was not there for a mail", self._name, self.processor.provider)
            raise CommandFault(451, "nobody can handle the mail now, try again later")
        return waiting.result()

    async def _handle(self, processor: Any, baton: dict[str, Any]) -> CommandFault | None:
        sender, recipient = baton["from_addr"], baton["to_addr"]
        try:
            await settled(hand_to(processor, baton))
        except BatonDropped:
            return None
        except SMTPServerError as refusal:
            logger.info("%s: refused from %r to %r: %s", self._name, sender, recipient, refusal)
            return refusal_of(refusal)
        except PipelineFull as failure:
            logger.warning("%s: %s", self._name, failure.msg)
            return CommandFault(451, "too much to do, try again later")
        except Exception:
            logger.exception("%s: a mail from %r to %r failed", self._name, sender, recipient)
            return CommandFault(451, "the mail could not be handled, try again later")
        return None


def refusal_of(error: SMTPServerError) -> CommandFault:
    """The answer that such an exception stands for."""
    code = error.code if isinstance(error.code, int) and 400 <= error.code <= 599 else 451
    text = error.resp.decode("utf-8", "replace") if isinstance(error.resp, bytes) else error.resp
    return CommandFault(code, str(text))
