"""What callers can ask for; adapters arrive as ports."""
