"""HTTP Digest (RFC 7616): real clients log in unchanged, and no header works twice."""

import asyncio
import hashlib
import itertools
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pytest
import requests
from requests.auth import HTTPDigestAuth
from structlog.testing import capture_logs

from shared.domain.credential import CredentialKind
from shared.domain.digest import NONCE_LIFE_S, DigestAnswer, Nonces, ha1_of
from shared.domain.image import Role
from shared.sealing import Seal
from shared.usecases.access.credentials import create_credential, revoke_credential
from tests.client import Answer, Client, Connection
from tests.raw import ask, head

PATH = "/token"


@dataclass(frozen=True)
class Reader:
    """A user name with its password."""

    client: Client
    name: str
    password: str

    @property
    def url(self) -> str:
        """Where a token is to be had."""
        return self.client.service.origin + PATH

    async def nonce(self) -> str:
        """Return the nonce of a new challenge."""
        return nonce_in(await self.client.call("POST", PATH))

    async def answer(self, nonce: str, count: int, **changes: str) -> Answer:
        """Answer a challenge by hand."""
        return await self.client.call(
            "POST", PATH, headers={"Authorization": self.header(nonce, count, **changes)}
        )

    def header(self, nonce: str, count: int, **changes: str) -> str:
        """Return an answer to a challenge; `password` and all parameters can be other ones."""
        algorithm = changes.get("algorithm", "SHA-256")
        told = {
            "username": self.name,
            "realm": "fototeca",
            "nonce": nonce,
            "uri": PATH,
            "algorithm": algorithm,
            "qop": "auth",
            "nc": f"{count:08x}",
            "cnonce": "c",
        }
        secret = changes.pop("password", self.password)
        told["response"] = respond(told | changes, secret)
        told |= changes
        return "Digest " + ", ".join(f'{name}="{value}"' for name, value in told.items())


def respond(told: Mapping[str, str], password: str) -> str:
    """Compute section 3.4.1 once more, apart from the service's own code."""

    def digest(text: str) -> str:
        name = {"SHA-256": "sha256", "MD5": "md5"}.get(told["algorithm"], "sha256")
        return hashlib.new(name, text.encode()).hexdigest()

    ha1 = digest(f"{told['username']}:{told['realm']}:{password}")
    ha2 = digest(f"POST:{told['uri']}")
    return digest(f"{ha1}:{told['nonce']}:{told['nc']}:{told['cnonce']}:{told['qop']}:{ha2}")


def nonce_in(answer: Answer) -> str:
    """Return the nonce of a challenge."""
    match = re.search(r'nonce="([^"]+)"', answer.headers["WWW-Authenticate"])
    assert match
    return match[1]


@pytest.fixture
async def reader(client: Client) -> Reader:
    """A Digest user of the tenant `demo`."""
    library = client.service.library
    made = await create_credential(
        library.database, library.seal, client.tenant, CredentialKind.DIGEST, Role.READER, "desk"
    )
    return Reader(client, *made)


async def test_curl_logs_in(reader: Reader) -> None:
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here: apt-get install curl")
    command = ["curl", "-sS", "--fail", "--digest", "-u", f"{reader.name}:{reader.password}"]
    done = await asyncio.to_thread(
        subprocess.run, [*command, "-X", "POST", reader.url], capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b'"access_token"' in done.stdout


async def test_requests_logs_in_again_and_again_on_one_nonce(reader: Reader) -> None:
    auth = HTTPDigestAuth(reader.name, reader.password)

    def log_in() -> list[tuple[int, int]]:
        with requests.Session() as session:
            answers = [session.post(reader.url, auth=auth, timeout=30) for _ in range(3)]
        return [(answer.status_code, len(answer.history)) for answer in answers]

    assert await asyncio.to_thread(log_in) == [(200, 1), (200, 0), (200, 0)]


async def test_httpx_logs_in_again_and_again_on_one_nonce(reader: Reader) -> None:
    auth = httpx.DigestAuth(reader.name, reader.password)
    async with httpx.AsyncClient(auth=auth, timeout=60) as session:
        answers = [await session.post(reader.url) for _ in range(3)]
    assert [(answer.status_code, len(answer.history)) for answer in answers] == [
        (200, 1),
        (200, 0),
        (200, 0),
    ]


async def test_the_challenges_offer_sha256_before_md5_in_one_realm(reader: Reader) -> None:
    async with reader.client.service.session.post(reader.url) as answer:
        assert answer.status == 401
        offers = answer.headers.getall("WWW-Authenticate")
        assert await answer.json() == [
            {"status": 401, "error": "Log in with HTTP Digest, as the challenge says."}
        ]
    assert [re.findall(r"algorithm=([\w-]+)", offer) for offer in offers] == [["SHA-256"], ["MD5"]]
    for offer in offers:
        assert offer.startswith('Digest realm="fototeca", qop="auth", ')
        assert "stale" not in offer


@pytest.mark.parametrize("algorithm", ["SHA-256", "MD5"])
async def test_a_header_works_once(algorithm: str, reader: Reader) -> None:
    nonce = await reader.nonce()
    assert (await reader.answer(nonce, 1, algorithm=algorithm)).status == 200
    again = await reader.answer(nonce, 1, algorithm=algorithm)
    assert again.status == 401
    assert "stale=true" in again.headers["WWW-Authenticate"]
    assert nonce_in(again) != nonce


async def test_parallel_requests_may_arrive_in_any_order_within_the_window(reader: Reader) -> None:
    nonce = await reader.nonce()
    counts = [*range(64, 0, -1)]
    answers = await asyncio.gather(*(reader.answer(nonce, count) for count in counts))
    assert [answer.status for answer in answers] == [200] * 64
    assert (await reader.answer(nonce, 164)).status == 200
    expected = {100: 401, 101: 200, 163: 200, 165: 200, 101 + 2**31: 200, 0xFFFFFFFF: 200, 166: 401}
    for count, status in expected.items():
        assert (await reader.answer(nonce, count)).status == status, count


async def test_of_many_at_once_with_one_count_exactly_one_is_let_in(reader: Reader) -> None:
    nonce = await reader.nonce()
    answers = await asyncio.gather(*(reader.answer(nonce, 7) for _ in range(20)))
    assert sorted(answer.status for answer in answers) == [200] + [401] * 19


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


async def test_a_target_that_names_the_host_is_the_same_one(reader: Reader) -> None:
    """As clients send it to a proxy (RFC 9112, section 3.2.2)."""
    for uri in (PATH, reader.url):
        told = f"Authorization: {reader.header(await reader.nonce(), 1, uri=uri)}"
        request = head(reader.client, f"POST {reader.url}", told, "Content-Length: 0")
        assert (await ask(reader.client.service.port, request)).status == 200


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


async def test_the_stored_values_are_sealed(reader: Reader, postgres: Connection) -> None:
    stored = await postgres.fetchval("SELECT secret FROM credentials")
    for algorithm in ("SHA-256", "MD5"):
        assert ha1_of(algorithm, reader.name, reader.password).encode() not in stored


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


async def test_nonces_that_are_over_are_forgotten(reader: Reader, postgres: Connection) -> None:
    for _ in range(3):
        assert (await reader.answer(await reader.nonce(), 1)).status == 200
    await postgres.execute("UPDATE digest_nonces SET expires_at = now()")
    assert (await reader.answer(await reader.nonce(), 1)).status == 200
    assert await postgres.fetchval("SELECT count(*) FROM digest_nonces") == 1


def test_the_example_of_the_rfc_is_proven() -> None:
    """RFC 7616, section 3.9.1, whose realm is another: so HA1 is computed here."""
    user, realm, password = "Mufasa", "http-auth@example.org", "Circle of Life"
    answers = {
        "MD5": "8ca523f5e9506fed4657c9700eebdbec",
        "SHA-256": "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
    }
    for algorithm, response in answers.items():
        answer = DigestAnswer(
            user,
            realm,
            "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
            "/dir/index.html",
            response,
            algorithm,
            "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
            "00000001",
        )
        name = algorithm.replace("-", "").lower()
        ha1 = hashlib.new(name, f"{user}:{realm}:{password}".encode()).hexdigest()
        assert answer.proves(ha1, "GET")
        assert not answer.proves(ha1, "POST")


def test_a_nonce_is_good_for_its_time_only() -> None:
    nonces = Nonces(b"key")
    nonce = nonces.issue(1000)
    assert nonces.seconds_left(nonce, 1000) == NONCE_LIFE_S
    assert nonces.seconds_left(nonce, 1000 + NONCE_LIFE_S) == 0
    for position, other in itertools.product(range(len(nonce)), "A_"):
        changed = nonce[:position] + other + nonce[position + 1 :]
        assert changed == nonce or nonces.seconds_left(changed, 1000) == 0
