"""Access tokens for clients: OAuth 2 client credentials."""
