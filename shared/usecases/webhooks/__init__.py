"""The same told to receivers: registered, signed, delivered."""
