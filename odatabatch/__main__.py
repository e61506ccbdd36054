"""``python -m odatabatch``: the command line."""

from odatabatch.cli import main

main()
