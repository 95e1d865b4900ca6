"""All that poetry.yaml says, in twistd: twistd -n --python twisted-server-3/configured.py"""

from twisted.application import service

from piped.daemon.hosted import HostedService

application = service.Application("poetry")
HostedService("poetry.yaml").setServiceParent(application)
