"""Part 17: who calls an inline callback."""

import traceback

from twisted.internet.defer import Deferred, inlineCallbacks


@inlineCallbacks
def my_callback():
    d = Deferred()
    reactor.callLater(0, d.callback, None)
    yield d
    for frame in traceback.extract_stack():
        print(frame.name)
    reactor.stop()


from twisted.internet import reactor

reactor.callWhenRunning(my_callback)
reactor.run()
