"""What the service adds to piped."""
