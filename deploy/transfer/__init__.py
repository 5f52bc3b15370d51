"""Whole folders into the library, and whole libraries out of it; a client like any other."""
