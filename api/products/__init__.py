"""The products contract: versions of binary images, with their hashes."""
