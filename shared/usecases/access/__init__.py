"""Who may call: API keys, Digest users, OAuth clients and tokens."""
