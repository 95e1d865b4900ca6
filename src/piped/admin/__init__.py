"""The console page: what this process is made of and how it is, seen live in a browser."""
