"""Get Poetry Now! 7.1: the generator prints its poem, too, and the last one stops the reactor.

python twisted-client-7/get-poetry-inside.py 10001 10002 10003
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from poetry_bundle.client import get_transformed_poem
from poetry_bundle.command_line import addresses
from poetry_bundle.transform import TransformProxy
from twisted.internet.defer import Deferred, inlineCallbacks


def poetry_main() -> None:
    transform, *poems = addresses()
    proxy = TransformProxy(*transform)

    from twisted.internet import reactor

    waiting = len(poems)

    @inlineCallbacks
    def get_poem(host: str, port: int) -> Generator[Deferred[str], Any, None]:
        nonlocal waiting
        try:
            poem = yield get_transformed_poem(proxy, host, port)
            print(poem)
        finally:  # whatever went wrong, also in print
            waiting -= 1
            if not waiting:
                reactor.stop()

    def start() -> None:
        for host, port in poems:
            get_poem(host, port).addErrback(lambda _: None)  # it has been told

    reactor.callWhenRunning(start)
    reactor.run()


if __name__ == "__main__":
    poetry_main()
