"""Files of a folder as answers."""
