"""`python -m matdiff.cli` is the program `matdiff`."""

from matdiff.cli.main import main

main()
