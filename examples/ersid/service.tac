"""Ersid, for `twistd -ny service.tac`."""

from twisted.application.service import Application

from ersid.service import make

application = Application("Ersid application")

make().setServiceParent(application)
