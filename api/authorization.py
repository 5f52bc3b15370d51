"""The Authorization header: Bearer tokens, Basic (RFC 7617) and Digest (RFC 7616) answers."""

import base64
import binascii
import re
import time
from urllib.parse import unquote_plus

import structlog
from aiohttp import hdrs, web

from api.context import LIBRARY
from shared.domain.credential import Holder
from shared.domain.digest import ALGORITHMS, REALM, DigestAnswer
from shared.domain.errors import InvalidInputError, StaleNonceError, UnauthorizedError
from shared.domain.image import Principal
from shared.usecases.access.credentials import TOKEN_LIFE_S, authenticate_digest, authenticate_token

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
"""On every answer that has to do with tokens (RFC 6749, section 5.1)."""

_PARAMETER = re.compile(
    r"""[\s,]*([A-Za-z0-9!\#$%&'*+.^_`|~-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))\s*(?:,|$)"""
)
_ESCAPED = re.compile(r"\\(.)")
_COUNT = re.compile(r"[0-9a-fA-F]{8}")


def challenges(request: web.Request, *, stale: bool) -> list[tuple[str, str]]:
    """Return the headers of a 401 that asks for Digest: an algorithm each, the stronger first."""
    nonce = request.app[LIBRARY].nonces.issue(time.time())
    end = f'nonce="{nonce}", charset=UTF-8' + (", stale=true" if stale else "")
    return [
        ("WWW-Authenticate", f'Digest realm="{REALM}", qop="auth", algorithm={algorithm}, {end}')
        for algorithm in ALGORITHMS
    ]


async def digest_holder(request: web.Request) -> Holder:
    """Return who answered a challenge with this request, or raise UnauthorizedError."""
    library = request.app[LIBRARY]
    scheme, value = _authorization(request)
    if scheme != "digest":
        raise UnauthorizedError("Log in with HTTP Digest, as the challenge says.")
    try:
        holder = await authenticate_digest(
            library.database,
            library.seal,
            library.nonces,
            _digest_answer(request, value),
            request.method,
            time.time(),
        )
    except StaleNonceError:
        raise
    except UnauthorizedError:
        library.guess_limit.count(request.remote)
        raise
    structlog.contextvars.bind_contextvars(tenant=holder.principal.tenant.name)
    return holder


async def bearer_principal(request: web.Request) -> Principal:
    """Return for whom the request's access token was granted, or raise UnauthorizedError."""
    library = request.app[LIBRARY]
    scheme, token = _authorization(request)
    if scheme != "bearer":
        raise UnauthorizedError("Send an access token: `Authorization: Bearer …`.")
    try:
        principal = await authenticate_token(library.database, library.principals, token)
    except UnauthorizedError:
        library.guess_limit.count(request.remote)
        raise
    structlog.contextvars.bind_contextvars(tenant=principal.tenant.name)
    return principal


async def bearer_or_digest(request: web.Request) -> Principal:
    """Return who calls, by either."""
    scheme, _ = _authorization(request)
    if scheme == "digest":
        return (await digest_holder(request)).principal
    if scheme == "bearer":
        return await bearer_principal(request)
    raise UnauthorizedError("Log in with HTTP Digest, or send an access token of POST /token.")


def basic_credentials(request: web.Request) -> tuple[str, str] | None:
    """Return client id and secret, form-decoded as RFC 6749, section 2.3.1, has it, or None."""
    scheme, value = _authorization(request)
    if scheme != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        colon = ""
    if not colon:
        raise InvalidInputError("Basic takes `id:secret` in base64.", field=hdrs.AUTHORIZATION)
    return unquote_plus(user), unquote_plus(password)


def token_answer(token: str) -> web.Response:
    """Answer with a new token as RFC 6749, section 5.1, has it."""
    body = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_LIFE_S}
    return web.json_response(body, headers=NO_STORE)


def _authorization(request: web.Request) -> tuple[str, str]:
    scheme, _, value = request.headers.get(hdrs.AUTHORIZATION, "").strip().partition(" ")
    return scheme.lower(), value.strip()


def _digest_answer(request: web.Request, value: str) -> DigestAnswer:
    """Read the parameters of section 3.4; whatever is missing or in a wrong form is a 400."""
    told = _parameters(value)
    algorithm = told.get("algorithm", "MD5").upper()
    if algorithm not in ALGORITHMS:
        raise _malformed(f"the algorithm is one of {', '.join(ALGORITHMS)}")
    if told.get("qop") != "auth" or told.get("userhash", "false").lower() != "false":
        raise _malformed("qop is auth, and user names are not hashed")
    if not _COUNT.fullmatch(told.get("nc", "")) or int(told["nc"], 16) == 0:
        raise _malformed("nc is a count in eight hexadecimal digits")
    try:
        answer = DigestAnswer(
            algorithm=algorithm,
            **{name: told[name] for name in _NAMES},
        )
    except KeyError as error:
        raise _malformed(f"{error.args[0]} is missing") from error
    if _target(answer.uri) != _target(request.raw_path):
        raise _malformed("uri is another one than that of this request")
    return answer


_NAMES = ("username", "realm", "nonce", "uri", "response", "cnonce", "nc")


def _target(uri: str) -> str:
    """Return path and query: where a proxy is asked, the host stands before them in both places."""
    if not uri.lower().startswith(("http://", "https://")):
        return uri
    return "/" + uri.partition("://")[2].partition("/")[2]


def _parameters(value: str) -> dict[str, str]:
    if not value.isascii() and any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _malformed("it is no UTF-8")
    found: dict[str, str] = {}
    position = 0
    while position < len(value):
        match = _PARAMETER.match(value, position)
        if match is None or match[1].lower() in found:
            raise _malformed(f"it cannot be read from character {position + 1} on")
        quoted, plain = match[2], match[3]
        found[match[1].lower()] = plain if quoted is None else _ESCAPED.sub(r"\1", quoted)
        position = match.end()
    return found


def _malformed(what: str) -> InvalidInputError:
    return InvalidInputError(
        f"The Digest answer is not as it must be: {what}.", field="Authorization"
    )
