"""What the example `streaming` brings."""
