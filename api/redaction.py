"""A request's path as logs and problems show it: secrets in it are redacted."""

import re

from aiohttp.web_request import BaseRequest

_SECRET = re.compile(r"(f[atu]\d{1,18}_)[A-Za-z0-9_-]{43}")
"""Tokens of upload URLs, and API keys or access tokens that somebody put into a path."""


def redacted_path(request: BaseRequest) -> str:
    """Return the encoded path; of each secret its prefix stays, which names the tenant."""
    path = request.rel_url.raw_path
    # Most paths have none, and to look for a letter is quicker.
    return _SECRET.sub(r"\1***", path) if "_" in path else path
