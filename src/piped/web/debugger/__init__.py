"""What failed, kept alive for a while, and shown to those who may see it."""
