"""Part 18, example 1: a list of no Deferred has fired at once."""

from twisted.internet import defer


def got_results(res):
    print("We got:", res)


print("Empty List.")
d = defer.DeferredList([])
print("Adding Callback.")
d.addCallback(got_results)
