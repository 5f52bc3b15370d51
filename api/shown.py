"""A request's path as logs and problems show it: without the secrets that may stand in it."""

import re

from aiohttp.web_request import BaseRequest

_SECRET = re.compile(r"(f[atu]\d{1,18}_)[A-Za-z0-9_-]{43}")
"""Tokens of upload URLs; API keys and access tokens where somebody put them into a path."""


def shown_path(request: BaseRequest) -> str:
    """Return the path, encoded, with what each secret begins with: it names the tenant."""
    path = request.rel_url.raw_path
    # Most paths have none, and to look for a letter is quicker.
    return _SECRET.sub(r"\1***", path) if "_" in path else path
