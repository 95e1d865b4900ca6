"""What answers a request: the way to a place, what stands before it, and what is there."""
