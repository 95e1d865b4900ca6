"""Doors to what serves Tornado's applications, under the names of what served Cyclone's."""
