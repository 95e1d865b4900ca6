"""Get Poetry Now! 8.0: a list of Deferreds knows when all have ended.

python twisted-client-8/get-poetry.py 10001 10002 10003
"""

from __future__ import annotations

from poetry_bundle.client import get_transformed_poem
from poetry_bundle.command_line import addresses
from poetry_bundle.transform import TransformProxy
from twisted.internet.defer import DeferredList


def poetry_main() -> None:
    transform, *poems = addresses()
    proxy = TransformProxy(*transform)

    from twisted.internet import reactor

    def got_poem(poem: str) -> None:
        print(poem)

    def start() -> None:
        ds = []
        for host, port in poems:
            d = get_transformed_poem(proxy, host, port)
            d.addCallback(got_poem)
            ds.append(d)
        dlist = DeferredList(ds, consumeErrors=True)
        dlist.addCallback(lambda _: reactor.stop())

    reactor.callWhenRunning(start)
    reactor.run()


if __name__ == "__main__":
    poetry_main()
