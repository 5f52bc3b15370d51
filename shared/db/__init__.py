"""Postgres: the only place for asyncpg and SQL."""
