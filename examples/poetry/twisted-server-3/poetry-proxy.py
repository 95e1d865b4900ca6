"""A poetry proxy for twistd: twistd --nodaemon --python twisted-server-3/poetry-proxy.py"""

from poetry_bundle.service import poetry_proxy
from twisted.application import service

port = 10001
iface = "localhost"
server_host = "localhost"
server_port = 10000

application = service.Application("poetry-proxy")
poetry_proxy(server_host, server_port, port, iface).setServiceParent(application)
