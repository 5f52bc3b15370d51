"""Pictures: the only place for Pillow."""
