"""Part 17: a generator that waits. An argument says how many seconds each time, instead of 5."""

import sys

from twisted.internet.defer import Deferred, inlineCallbacks

SECONDS = float(sys.argv[1]) if len(sys.argv) > 1 else 5


@inlineCallbacks
def my_callbacks():
    print("first callback")
    result = yield 1  # what is no Deferred comes right back

    print("second callback got", result)
    d = Deferred()
    reactor.callLater(SECONDS, d.callback, 2)
    result = yield d  # a Deferred pauses the generator until it has fired

    print("third callback got", result)
    d = Deferred()
    reactor.callLater(SECONDS, d.errback, Exception(3))
    try:
        yield d
    except Exception as error:
        result = error

    print("fourth callback got", repr(result))
    reactor.stop()


from twisted.internet import reactor

reactor.callWhenRunning(my_callbacks)
reactor.run()
