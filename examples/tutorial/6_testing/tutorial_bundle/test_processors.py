from twisted.internet import defer, reactor
from twisted.web import client
from zope import interface

from piped import processing
from piped.plugins.status_testing import processors, statustest


@defer.inlineCallbacks
def get_page(url):
    response = yield client.Agent(reactor).request(b"GET", url.encode())
    page = yield client.readBody(response)
    return response.code, page.decode()


@interface.provider(processing.IProcessor)
class TestTutorialProcessor(processors.StatusTestProcessor):
    name = "test-tutorial"

    def configure(self, runtime_environment):
        # the client that the site calls by, and the server which that is connected to
        self.dependencies = runtime_environment.create_dependency_map(
            self,
            pb_client=dict(provider="pb.client.tutorial"),
            pb_server=dict(provider="pb.server.tutorial"),
        )

    # what setUp gets, by name
    def get_namespace(self, baton):
        return self.dependencies

    class TestTutorial(statustest.StatusTestCase):
        def setUp(self, pb_client, pb_server):
            self.pb_client = pb_client
            self.pb_server = pb_server

        # the names of status tests begin with statustest_
        @defer.inlineCallbacks
        def statustest_pb_server(self):
            """The PB server greets whoever calls it."""
            root = yield self.pb_client.getRootObject()
            result = yield root.callRemote("test")
            self.assertEqual(result, "Hello from the PB server.")

        @defer.inlineCallbacks
        def statustest_web_server(self):
            """The site shouts what the PB server says."""
            status, page = yield get_page("http://localhost:8080")
            self.assertEqual((status, page), (200, "HELLO FROM THE PB SERVER."))

        @defer.inlineCallbacks
        def statustest_web_server_without_pb(self):
            """Without the PB server, the site says that something is wrong."""
            # it is back when the test is over
            yield self.pb_server.stopService()
            self.addCleanup(self.pb_server.startService)

            status, page = yield get_page("http://localhost:8080")
            self.assertEqual(status, 500)
            # we are on this machine, and debug.allow has it
            self.assertIn("web.Server Traceback", page)
