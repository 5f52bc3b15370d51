"""Products, and the binaries that are versions of them."""
