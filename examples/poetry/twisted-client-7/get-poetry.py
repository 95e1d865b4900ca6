"""Get Poetry Now! 7.0: a generator for each poem.

python twisted-client-7/get-poetry.py 10001 10002 10003
"""

from __future__ import annotations

from poetry_bundle.client import get_transformed_poem
from poetry_bundle.command_line import addresses
from poetry_bundle.transform import TransformProxy


def poetry_main() -> None:
    transform, *poems = addresses()
    proxy = TransformProxy(*transform)

    from twisted.internet import reactor

    results: list[object] = []

    def got_poem(poem: str) -> None:
        print(poem)

    def poem_done(result: object) -> None:
        results.append(result)
        if len(results) == len(poems):
            reactor.stop()

    def start() -> None:
        for host, port in poems:
            d = get_transformed_poem(proxy, host, port)
            d.addCallback(got_poem)
            d.addBoth(poem_done)

    reactor.callWhenRunning(start)
    reactor.run()


if __name__ == "__main__":
    poetry_main()
