"""What a tenant may use, what it uses, and its end."""
