"""HTTP Digest (RFC 7616): headers that are wrong, malformed or for another request are refused."""

import asyncio
import re

import pytest
import requests
from structlog.testing import capture_logs

from shared.domain.digest import Nonces
from shared.sealing import Seal
from shared.usecases.access.credentials import revoke_credential
from tests.client import Connection
from tests.digest import PATH, Reader


async def test_an_unknown_or_old_nonce_is_stale_only_where_the_password_is_right(
    reader: Reader,
) -> None:
    nonces = reader.client.service.library.nonces
    old = nonces.issue(0)
    foreign = Nonces(b"another key").issue(2e9)
    for nonce in (old, foreign, "made-up", ""):
        right = await reader.answer(nonce, 1)
        wrong = await reader.answer(nonce, 1, password="wrong")
        assert (right.status, wrong.status) == (401, 401)
        assert "stale=true" in right.headers["WWW-Authenticate"]
        assert "stale" not in wrong.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "change",
    [
        {"username": "nobody"},
        {"username": "fd1_AAAAAAAAAAAAAAAA"},
        {"realm": "another"},
        {"response": "0" * 64},
        {"response": ""},
        {"response": "ü"},
        {"password": "wrong"},
    ],
)
async def test_who_is_not_known_is_401(change: dict[str, str], reader: Reader) -> None:
    answer = await reader.answer(await reader.nonce(), 1, **change)
    assert answer.status == 401
    assert "stale" not in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    "change",
    [
        {"algorithm": "SHA-512-256"},
        {"qop": "auth-int"},
        {"userhash": "true"},
        {"nc": "1"},
        {"nc": "00000000"},
        {"nc": "0000000g"},
        {"uri": "/elsewhere"},
        {"uri": "http://["},
    ],
)
async def test_what_does_not_fit_the_request_is_400(change: dict[str, str], reader: Reader) -> None:
    answer = await reader.answer(await reader.nonce(), 1, **change)
    assert answer.status == 400
    (error,) = answer.json
    assert error.keys() == {"status", "error"}


@pytest.mark.parametrize(
    "value", ["Digest", "Digest x", 'Digest a="1", a="2"', 'Digest a="', "Digest ,,", "Digest =1"]
)
async def test_what_is_no_digest_answer_is_400(value: str, reader: Reader) -> None:
    answer = await reader.client.call("POST", PATH, headers={"Authorization": value})
    assert (answer.status, answer.json[0]["status"]) == (400, 400)


@pytest.mark.parametrize("name", ["nonce", "cnonce", "response"])
async def test_what_is_no_utf_8_is_400(name: str, reader: Reader) -> None:
    header = reader.header(await reader.nonce(), 1).encode()
    broken = re.sub(rb' %s="[^"]*"' % name.encode(), b' %s="\xff"' % name.encode(), header)
    answer = await asyncio.to_thread(
        requests.post, reader.url, headers={"Authorization": broken}, timeout=30
    )
    assert (answer.status_code, answer.json()[0]["status"]) == (400, 400)


async def test_revocation_ends_the_login(reader: Reader) -> None:
    library, tenant = reader.client.service.library, reader.client.tenant
    (row,) = await library.database.list_credentials(tenant.id)
    nonce = await reader.nonce()
    assert (await reader.answer(nonce, 1)).status == 200
    await revoke_credential(library.database, tenant, row.id)
    assert (await reader.answer(nonce, 2)).status == 401


async def test_a_user_sealed_with_another_key_is_401_and_the_log_says_what_to_do(
    reader: Reader, postgres: Connection
) -> None:
    sealed = Seal("another key of more than 32 letters", "credentials").seal(b"a b")
    await postgres.execute("UPDATE credentials SET secret = $1", sealed)
    with capture_logs() as logs:
        answer = await reader.answer(await reader.nonce(), 1)
    assert answer.status == 401, answer.body
    assert "ask for a new credential" in answer.json[0]["error"]
    (told,) = (entry for entry in logs if entry["log_level"] == "error")
    assert "FOTOTECA_SECRET_KEY is not the one" in told["detail"]
