"""From a socket to a request, and from an answer back to the socket."""
