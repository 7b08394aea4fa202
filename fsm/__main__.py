"""`python -m fsm`: the command line."""

from fsm.cli import main

main()
