"""Tornado's applications: handlers that have to do with piped, and a server that ends in order."""
