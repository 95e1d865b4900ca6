"""Get Poetry Now!, as a flow: addresses flow in, poems flow out, some of them fetched at once.

python piped-client/get-poetry-flow.py 10001 10002 10003
"""

from __future__ import annotations

import asyncio
import sys

from poetry_bundle.client import get_poetry
from poetry_bundle.command_line import addresses
from poetry_bundle.transform import TransformProxy

from piped import flows
from piped.interop.reactor import prepare, shut_down


@flows.tube(parallel=10, ordered=False)
async def fetched(address: tuple[str, int]) -> bytes:
    """The poem that is served there. One that cannot be had is refused, and the others flow on."""
    return await get_poetry(*address)


def told(answer: flows.Answer, asked: list[tuple[str, int]]) -> None:
    """What became of what was asked for."""
    if answer.failure is not None:
        [(host, port)] = asked
        print(f"No poem from {host}:{port}: {answer.failure}", file=sys.stderr)


async def poetry_main() -> None:
    transform, *poems = addresses()
    proxy = TransformProxy(*transform)

    @flows.tube(parallel=10, ordered=False)
    async def cummingsified(poem: bytes) -> bytes:
        try:
            return bytes(await proxy.xform("cummingsify", poem))
        except Exception:  # noqa: BLE001 - a poem with capitals is better than none
            print("Cummingsify failed!", file=sys.stderr)
            return poem

    @flows.drain
    def printed(poem: bytes) -> None:
        print(poem.decode(errors="replace"))

    prepare(asyncio.get_running_loop())
    try:
        asked = flows.Items(poems, size=1, told=told)
        await flows.Flow(asked, fetched, cummingsified, printed).run()
    finally:
        await shut_down()


if __name__ == "__main__":
    asyncio.run(poetry_main())
