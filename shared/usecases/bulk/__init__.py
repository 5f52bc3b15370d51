"""One change to all images that a filter selects: counted, cancelled, undone."""
