"""What the example `uploads` brings."""
