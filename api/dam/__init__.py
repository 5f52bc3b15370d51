"""The DAM contract: see README.md beside this file."""
