"""The processors of status tests."""

from piped.plugins.status_testing.processors import *  # noqa: F403 - it is a door
