"""Requests to addresses that users name: the only place for aiohttp's client in the service."""
