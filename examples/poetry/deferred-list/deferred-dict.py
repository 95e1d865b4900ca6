"""Part 18, the last exercise: several Deferreds by name, as one."""

from twisted.internet import defer

from piped.interop import DeferredDict


def got_results(res):
    print("We got:", res)


print("Two Deferreds.")
d1 = defer.Deferred()
d2 = defer.Deferred()
d = DeferredDict({"science": d1, "ecstasy": d2}, consumeErrors=True)
print("Adding Callback.")
d.addCallback(got_results)
print("Firing d2 with errback.")
d2.errback(Exception("d2 failure"))
print("Firing d1.")
d1.callback("d1 result")
