"""`python -m deploy.cli`: the same as `fototeca`."""

from deploy.cli.main import main

main()
