"""`Idempotency-Key` on requests that create: the one place that reads it and answers again."""

import hashlib
import re
from collections.abc import Mapping
from functools import wraps

from aiohttp import hdrs, web

from api.auth import Handler
from api.bodies import read_bytes
from api.context import LIBRARY
from api.form_digest import digest_of_form
from shared.domain.errors import InvalidInputError
from shared.domain.image import Principal
from shared.usecases.idempotency.keys import reused
from shared.usecases.idempotency.ports import Claim, KeptAnswer

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
FORM = "multipart/form-data"

KEPT_HEADERS = (
    hdrs.CONTENT_TYPE,
    hdrs.LOCATION,
    hdrs.ETAG,
    hdrs.CACHE_CONTROL,
    hdrs.VARY,
    "OData-Version",
)

_CLAIM = web.RequestKey("claim", Claim)
# A string of RFC 8941, as the draft has it, or what most clients send: the same without quotes.
_QUOTED = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
_BARE = re.compile(r"[\x21\x23-\x2b\x2d-\x7e]{1,255}")


def idempotent(handler: Handler) -> Handler:
    """Have a handler do once what comes several times with the same key.

    Successes are kept for 24 hours. After a refusal, or a failure, the same request may be tried
    again at once. Handlers hand `claim_of(request)` to what creates, which notes what it made.
    """

    @wraps(handler)
    async def once(request: web.Request, principal: Principal) -> web.StreamResponse:
        key = key_in(request.headers)
        if key is None:
            return await handler(request, principal)
        keys = request.app[LIBRARY].idempotency
        found = await keys.begin(principal.tenant, key, await _fingerprint(request))
        if isinstance(found, KeptAnswer):
            return await _again(request, found)
        request[_CLAIM] = found
        async with keys.held(found):
            response = await handler(request, principal)
            if answer := _kept(request, found, response):
                await keys.keep(found, answer)
            else:
                await keys.release(found)
        return response

    return once


def claim_of(request: web.Request) -> Claim | None:
    """Return the claim of a request that has a key."""
    return request.get(_CLAIM)


def key_in(headers: Mapping[str, str]) -> str | None:
    """Return the key; `"a"` and `a` are the same."""
    text = headers.get(HEADER)
    if text is None:
        return None
    if quoted := _QUOTED.fullmatch(text.strip()):
        return re.sub(r"\\(.)", r"\1", quoted[1])
    if not _BARE.fullmatch(text.strip()):
        raise InvalidInputError(
            f"{HEADER} has 1 to 255 printable ASCII characters, as in "
            '"8e03978e-40d5-43dd-bc93-6894a57f9324".',
            field=HEADER,
        )
    return text.strip()


async def _fingerprint(request: web.Request) -> bytes:
    """Hash what is asked; of a form without its files, whose digest is known at its end."""
    body = b"" if request.content_type == FORM else await read_bytes(request)
    parts = (request.method, request.rel_url.raw_path_qs, request.content_type)
    head = "\0".join(parts).encode(errors="surrogatepass")
    return hashlib.sha256(head + b"\0" + body).digest()


async def _again(request: web.Request, answer: KeptAnswer) -> web.Response:
    if answer.digest is not None and await digest_of_form(request) != answer.digest:
        raise reused()
    headers = {**answer.headers, REPLAYED: "true"}
    return web.Response(status=answer.status, headers=headers, body=answer.body)


def _kept(request: web.Request, claim: Claim, response: web.StreamResponse) -> KeptAnswer | None:
    """Return what is to be kept: a success, and of a form one that was read to its end."""
    if not 200 <= response.status < 300 or not isinstance(response, web.Response):  # noqa: PLR2004
        return None
    if request.content_type == FORM and claim.digest is None:
        return None
    headers = {
        str(name): response.headers[name] for name in KEPT_HEADERS if name in response.headers
    }
    body = response.body if isinstance(response.body, bytes) else b""
    return KeptAnswer(response.status, headers, body, claim.digest)
