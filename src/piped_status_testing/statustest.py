"""Cases, loaders and reporters of status tests."""

from piped.plugins.status_testing.statustest import *  # noqa: F403 - it is a door
