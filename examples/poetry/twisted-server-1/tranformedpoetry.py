"""The transform server, under the name by which Part 17 starts it."""

from transformedpoetry import main

if __name__ == "__main__":
    main()
