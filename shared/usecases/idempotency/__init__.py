"""Requests that may come twice and are made once."""
