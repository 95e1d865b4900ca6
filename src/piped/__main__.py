"""`python -m piped` is the `piped` command."""

import sys

from piped.cli.main import main

# Python puts the working directory here for `-m`; the command is not to find plugins there.
if not sys.flags.safe_path:
    del sys.path[0]
main()
