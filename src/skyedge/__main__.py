"""``python -m skyedge``: the command line."""

from skyedge.cli import main

main()
