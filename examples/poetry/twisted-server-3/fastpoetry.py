"""A poem, at a port, for twistd: twistd --nodaemon --python twisted-server-3/fastpoetry.py"""

from poetry_bundle.service import poetry_server
from twisted.application import service

# configuration parameters
port = 10000
iface = "localhost"
poetry_file = "poetry/ecstasy.txt"

# this variable has to be named 'application'
application = service.Application("fastpoetry")

# a poem, and the port where it is served; twistd starts them with the application
poetry_server(poetry_file, port, iface).setServiceParent(application)
