"""What is special to this example."""
