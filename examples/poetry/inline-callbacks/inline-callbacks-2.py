"""Part 17: what a generator returns, and what it raises, comes to whoever called it."""

from twisted.internet.defer import inlineCallbacks


@inlineCallbacks
def good():
    poem = yield "a poem"
    return poem


@inlineCallbacks
def bad():
    yield "a poem"
    raise Exception("no poem")


good().addCallback(lambda result: print("the generator returned", repr(result)))
bad().addErrback(lambda failure: print("the generator raised", repr(failure.value)))
