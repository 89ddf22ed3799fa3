"""``python -m skmlic``: the command line."""

import sys

from skmlic.cli import main

if __name__ == "__main__":
    sys.exit(main())
