"""A package with tests, for `trial usetrial`."""
