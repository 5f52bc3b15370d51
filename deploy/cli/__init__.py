"""The fototeca command line."""
