"""`python -m piped` is the `piped` command."""

from piped.cli.main import main

main()
