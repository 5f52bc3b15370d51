"""Bucket against database, and both into a backup."""
