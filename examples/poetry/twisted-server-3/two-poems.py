"""Two poems in one process: twistd --nodaemon --python twisted-server-3/two-poems.py"""

from poetry_bundle.service import poetry_server
from twisted.application import service

iface = "localhost"
poems = {10000: "poetry/ecstasy.txt", 10001: "poetry/fascination.txt"}

application = service.Application("fastpoetry")

# Each poem and its port are a MultiService of their own, which can be stopped without the other.
for port, poetry_file in poems.items():
    one = poetry_server(poetry_file, port, iface)
    one.setName(poetry_file)
    one.setServiceParent(application)
