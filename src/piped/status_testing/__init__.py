"""Tests that run inside the process they test, with all its resources at hand."""
