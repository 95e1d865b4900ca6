"""Get Poetry Now! 8.1: nothing is printed before all have ended, and then in the order asked for.

python twisted-client-8/get-poetry-at-once.py 10001 10002 10003
"""

from __future__ import annotations

from typing import Any

from poetry_bundle.client import get_transformed_poem
from poetry_bundle.command_line import addresses
from poetry_bundle.transform import TransformProxy
from twisted.internet.defer import DeferredList


def poetry_main() -> None:
    transform, *poems = addresses()
    proxy = TransformProxy(*transform)

    from twisted.internet import reactor

    def all_done(results: list[tuple[bool, Any]]) -> None:
        for good, poem in results:
            if good:
                print(poem)
        reactor.stop()

    def start() -> None:
        ds = [get_transformed_poem(proxy, host, port) for host, port in poems]
        DeferredList(ds, consumeErrors=True).addCallback(all_done)

    reactor.callWhenRunning(start)
    reactor.run()


if __name__ == "__main__":
    poetry_main()
