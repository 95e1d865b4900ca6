"""What the distributed service adds to piped."""
