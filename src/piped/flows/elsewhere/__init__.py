"""Flows that go on in other processes, and on other machines: items and their answers on a wire."""
