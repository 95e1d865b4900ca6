"""Doors to `piped.status_testing`, under the names that tests have imported since 2011."""
