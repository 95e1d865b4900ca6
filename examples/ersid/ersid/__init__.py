"""Ersid: a store of keys and values, asked over HTTP."""
