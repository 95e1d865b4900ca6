"""HTTP: from a socket to a baton, and back."""
