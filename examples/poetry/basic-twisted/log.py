"""Twisted's log: what `twistd` writes into twistd.log is written here to the screen."""

import sys

from twisted.python import log

log.startLogging(sys.stdout)
log.msg("this is a message")
log.err(Exception("this is a failure"), "and why it matters")
print("and so is what is printed")
