"""The rules, in the standard library alone."""
