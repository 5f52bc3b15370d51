"""Every way in: bytes through the API, past it, before their image, and from a URL."""
