"""The first program of the course: one page, on port 8080."""

from twisted.application.internet import TCPServer
from twisted.application.service import Application
from twisted.web import resource, server, static

application = Application("my-server")
root_resource = resource.Resource()
data_resource = static.Data(b"<html><body><em>Hello, world!</em></body></html>", "text/html")
root_resource.putChild(b"", data_resource)
site = server.Site(root_resource)
web_service = TCPServer(8080, site)
web_service.setServiceParent(application)
