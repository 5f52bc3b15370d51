"""HTTP Digest (RFC 7616): real clients log in unchanged, and no header works twice."""

import asyncio
import hashlib
import itertools
import re
import shutil
import subprocess

import httpx
import pytest
import requests
from requests.auth import HTTPDigestAuth

from shared.domain.digest import NONCE_LIFE_S, DigestAnswer, Nonces, ha1_of
from tests.client import Connection
from tests.digest import PATH, Reader, nonce_in
from tests.raw import ask, head


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


async def test_a_target_that_names_the_host_is_the_same_one(reader: Reader) -> None:
    """As clients send it to a proxy (RFC 9112, section 3.2.2)."""
    for uri in (PATH, reader.url):
        told = f"Authorization: {reader.header(await reader.nonce(), 1, uri=uri)}"
        told = told.replace(", ", ", , ")  # an empty element of a list is none (RFC 9110, 5.6.1.2)
        request = head(reader.client, f"POST {reader.url}", told, "Content-Length: 0")
        assert (await ask(reader.client.service.port, request)).status == 200


async def test_the_stored_values_are_sealed(reader: Reader, postgres: Connection) -> None:
    stored = await postgres.fetchval("SELECT secret FROM credentials")
    for algorithm in ("SHA-256", "MD5"):
        assert ha1_of(algorithm, reader.name, reader.password).encode() not in stored


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
