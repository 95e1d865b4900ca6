"""Get Poetry Now!, in `async def`: Deferreds and tasks are awaited in one body, on asyncio's loop.

python piped-client/get-poetry.py 10001 10002 10003
"""

from __future__ import annotations

import asyncio
import sys

from poetry_bundle.client import get_poetry
from poetry_bundle.command_line import addresses
from poetry_bundle.transform import TransformProxy

from piped.interop import DeferredDict, drive
from piped.interop.reactor import prepare, shut_down


async def get_transformed_poem(proxy: TransformProxy, host: str, port: int) -> str:
    """The poem that is served there, transformed; as it is, when that fails."""
    poem = await get_poetry(host, port)
    try:
        poem = await proxy.xform("cummingsify", poem)
    except Exception:  # noqa: BLE001 - a poem with capitals is better than none
        print("Cummingsify failed!", file=sys.stderr)
    return str(poem, errors="replace")


async def poetry_main() -> None:
    transform, *poems = addresses()
    proxy = TransformProxy(*transform)
    prepare(asyncio.get_running_loop())
    try:
        everything = await DeferredDict(
            {(host, port): drive(get_transformed_poem(proxy, host, port)) for host, port in poems}
        )
    finally:
        await shut_down()
    for (host, port), (good, poem) in everything.items():
        if good:
            print(poem)
        else:
            print(f"No poem from {host}:{port}:", poem.getErrorMessage(), file=sys.stderr)


if __name__ == "__main__":
    asyncio.run(poetry_main())
