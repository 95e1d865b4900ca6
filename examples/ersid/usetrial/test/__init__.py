"""The tests of the course, in a package of their own."""
