"""Answers of the contract: `{"data": …}`, for one caller and never kept by anybody between."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import orjson
from aiohttp import hdrs, web

PREFIX = "/api/core/v2"


def data_answer(
    data: Any,
    status: HTTPStatus = HTTPStatus.OK,
    *,
    location: str | None = None,
    more: Mapping[str, Any] | None = None,
) -> web.Response:
    """Answer with data, and `more` beside it; `location` is where what was made is found."""
    headers = {hdrs.CACHE_CONTROL: "no-store"}
    if location is not None:
        headers[hdrs.LOCATION] = location
    return web.Response(
        body=orjson.dumps({"data": data, **(more or {})}),
        status=status,
        content_type="application/json",
        headers=headers,
    )
