"""The aiohttp service: one package per contract over the shared use cases."""
