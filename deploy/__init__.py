"""How it runs: embedded stack and command line."""
