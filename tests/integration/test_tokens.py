"""OAuth 2 client credentials: RFC 6749's answers word by word, and tokens that end."""

import base64
from dataclasses import dataclass
from typing import Any

import pytest

from shared.domain.credential import CredentialKind
from shared.domain.errors import NotFoundError, UnauthorizedError
from shared.domain.image import Principal, Role
from shared.usecases.access import credentials
from shared.usecases.access.credentials import (
    LIVE_TOKENS,
    authenticate_token,
    create_credential,
    revoke_credential,
)
from tests.client import Answer, Client, Connection

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
GRANT = {"grant_type": "client_credentials"}


@dataclass(frozen=True)
class OAuthClient:
    """A client id with its secret, against the token endpoint."""

    client: Client
    id: str
    secret: str

    @property
    def fields(self) -> dict[str, str]:
        """What stands in the body."""
        return {"client_id": self.id, "client_secret": self.secret}

    @property
    def basic(self) -> dict[str, str]:
        """The same as a header."""
        pair = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    async def post(self, path: str = "/oauth/token", **kwargs: Any) -> Answer:
        """Send a request, without any API key."""
        return await self.client.call("POST", path, **kwargs)

    async def token(self) -> str:
        """Return a new token."""
        answer = await self.post(data=GRANT | self.fields)
        assert answer.status == 200, answer.body
        return str(answer.json["access_token"])

    async def owner(self, token: str) -> Principal:
        """Return whom the token stands for, past every cache."""
        return await authenticate_token(self.client.service.library.database, {}, token)


@pytest.fixture
async def oauth(client: Client) -> OAuthClient:
    """A client of the tenant `demo`."""
    library = client.service.library
    made = await create_credential(
        library.database, library.seal, client.tenant, CredentialKind.OAUTH, Role.EDITOR, "build"
    )
    return OAuthClient(client, *made)


async def test_a_client_is_given_a_token_for_half_an_hour(oauth: OAuthClient) -> None:
    for answer in (
        await oauth.post(data=GRANT | oauth.fields),
        await oauth.post(data=GRANT, headers=oauth.basic),
    ):
        assert answer.status == 200, answer.body
        assert answer.json.keys() == {"access_token", "token_type", "expires_in"}
        assert (answer.json["token_type"], answer.json["expires_in"]) == ("Bearer", 1800)
        assert answer.headers["Cache-Control"] == "no-store"
        principal = await oauth.owner(answer.json["access_token"])
        assert principal == Principal(oauth.client.tenant, Role.EDITOR, "build")


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": "fc999999999999999999_AAAAAAAAAAAAAAAA"}, 401, "invalid_client"),
        ({"client_id": ""}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"scope": "everything"}, 400, "invalid_scope"),
        ({"scope": "%" * 16_384}, 413, "invalid_request"),
    ],
)
async def test_a_wrong_request_is_told_in_the_words_of_the_rfc(
    change: dict[str, str], status: int, error: str, oauth: OAuthClient
) -> None:
    answer = await oauth.post(data=GRANT | oauth.fields | change)
    assert (answer.status, answer.json["error"]) == (status, error)
    assert answer.json["error_description"].isascii()
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "request_of",
    [
        {"data": {"client_id": "x"}},
        {"data": {"grant_type": ""}},
        {"json": {"grant_type": "client_credentials"}},
        {"data": "grant_type=a&grant_type=a", "headers": FORM},
        {"data": b"grant_type=%ff", "headers": FORM},
        {"data": "&".join(f"f{n}=1" for n in range(50)), "headers": FORM},
        {"data": GRANT, "headers": {"Authorization": "Basic !"}},
        {"data": GRANT, "headers": {"Authorization": "Basic " + base64.b64encode(b"x").decode()}},
    ],
)
async def test_what_cannot_be_read_is_an_invalid_request(
    request_of: dict[str, Any], oauth: OAuthClient
) -> None:
    answer = await oauth.post(**request_of)
    assert (answer.status, answer.json["error"]) == (400, "invalid_request"), answer.body


async def test_credentials_in_two_places_are_refused_but_an_empty_one_is_none(
    oauth: OAuthClient,
) -> None:
    for fields in (oauth.fields, {"client_id": "another"}):
        answer = await oauth.post(data=GRANT | fields, headers=oauth.basic)
        assert (answer.status, answer.json["error"]) == (400, "invalid_request")
    same = {"client_id": oauth.id, "client_secret": "", "scope": ""}
    assert (await oauth.post(data=GRANT | same, headers=oauth.basic)).status == 200


async def test_a_token_that_is_given_back_ends_and_another_clients_does_not(
    oauth: OAuthClient,
) -> None:
    library, tenant = oauth.client.service.library, oauth.client.tenant
    other = OAuthClient(
        oauth.client,
        *await create_credential(
            library.database, library.seal, tenant, CredentialKind.OAUTH, Role.READER, "other"
        ),
    )
    token = await oauth.token()
    assert (await other.post("/oauth/revoke", data=other.fields | {"token": token})).status == 200
    await oauth.owner(token)
    assert (await oauth.post("/oauth/revoke", data=oauth.fields | {"token": token})).status == 200
    with pytest.raises(UnauthorizedError):
        await oauth.owner(token)
    assert (await oauth.post("/oauth/revoke", data=oauth.fields)).json["error"] == "invalid_request"


async def test_a_token_ends_with_its_time_and_with_its_credential(
    oauth: OAuthClient, postgres: Connection
) -> None:
    first, second = await oauth.token(), await oauth.token()
    await postgres.execute("UPDATE access_tokens SET expires_at = now()")
    with pytest.raises(UnauthorizedError):
        await oauth.owner(first)
    third = await oauth.token()
    assert await postgres.fetchval("SELECT count(*) FROM access_tokens") == 1, "what is over goes"
    (row,) = await oauth.client.service.library.database.list_credentials(oauth.client.tenant.id)
    await revoke_credential(oauth.client.service.library.database, oauth.client.tenant, row.id)
    for token in (second, third):
        with pytest.raises(UnauthorizedError):
            await oauth.owner(token)
    answer = await oauth.post(data=GRANT | oauth.fields)
    assert (answer.status, answer.json["error"]) == (401, "invalid_client")
    with pytest.raises(NotFoundError):
        await revoke_credential(oauth.client.service.library.database, oauth.client.tenant, row.id)


async def test_of_too_many_tokens_the_oldest_end(
    oauth: OAuthClient, postgres: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert LIVE_TOKENS == 1000
    monkeypatch.setattr(credentials, "LIVE_TOKENS", 3)
    tokens = [await oauth.token() for _ in range(5)]
    assert await postgres.fetchval("SELECT count(*) FROM access_tokens") == 3
    for token in tokens[2:]:
        await oauth.owner(token)
    with pytest.raises(UnauthorizedError):
        await oauth.owner(tokens[1])


async def test_no_secret_and_no_token_stands_in_the_database(
    oauth: OAuthClient, postgres: Connection
) -> None:
    token = await oauth.token()
    for table in ("credentials", "access_tokens"):
        rows = str(await postgres.fetch(f"SELECT t::text FROM {table} AS t"))  # noqa: S608 -- ours
        for secret in (token, oauth.secret):
            assert secret not in rows
            assert secret.encode().hex() not in rows


async def test_tokens_are_no_api_keys_and_the_other_way_even_while_remembered(
    oauth: OAuthClient,
) -> None:
    client, token = oauth.client, await oauth.token()
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await client.call("GET", "/api/v4/products", headers=bearer)).status == 200
    assert (await client.call("GET", "/images", headers={"X-API-KEY": client.key})).status == 200
    crossed = {"Authorization": f"Bearer {client.key}"}
    assert (await client.call("GET", "/api/v4/products", headers=crossed)).status == 401
    assert (await client.call("GET", "/images", headers={"X-API-KEY": token})).status == 400


async def test_a_token_of_one_tenant_is_none_of_anothers(oauth: OAuthClient) -> None:
    token = await oauth.token()
    head, _, tail = token.partition("_")
    with pytest.raises(UnauthorizedError):
        await oauth.owner(f"fa{int(head[2:]) + 1}_{tail}")
