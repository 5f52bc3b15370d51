"""Files that come before their image: sent with a token, once made an image of, else cleared."""

import asyncio
import hashlib
from uuid import UUID

import pytest

from shared.domain.errors import ConflictError, NotFoundError, TooManyUploadsError
from shared.domain.image import Image, Kind
from shared.domain.reference import Reference
from shared.domain.ulid import parse_ulid, ulid_of
from shared.usecases.ports import Statements
from shared.usecases.uploads.staging import Creation, Staging
from tests.bucket import Bucket
from tests.client import Client, Connection, assert_problem, eventually, picture
from tests.raw import connection, head
from worker.settings import Parts

FIRMWARE = bytes(range(256)) * 40


async def nothing_else(_statements: Statements, _image: Image) -> None:
    """Write nothing that belongs to the image."""


@pytest.fixture
def staging(client: Client) -> Staging:
    """The use case, as contracts have it."""
    return client.service.library.staging


async def test_a_file_becomes_an_image_that_reaches_ok(
    client: Client, staging: Staging, parts: Parts
) -> None:
    ticket = await staging.open(client.tenant, "harbour.jpg")
    data = picture()
    answer = await client.call(
        "PUT", f"/files/{ticket.token}", data=data, headers={"X-API-KEY": ""}
    )
    assert answer.status == 200
    assert answer.json == {"sizeInBytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    image = await staging.create(
        client.tenant, ticket.id, Creation(Reference("harbour.jpg"), tags=["sea"]), nothing_else
    )
    assert (image.uid, image.reference, image.status) == (ticket.id, "harbour.jpg", "Up")
    row = await client.process(parts, "harbour.jpg")
    assert (row.status, row.tags) == ("Ok", ("sea",))
    original = await client.cdn((await client.get("harbour.jpg")).json["originalUrl"])
    assert original.body == data
    replaced = await client.put("harbour.jpg", picture(shade=9))
    assert replaced.status == 202, "and then it is an image like others"


async def test_a_file_makes_one_image_however_many_ask_at_once(
    client: Client, staging: Staging, postgres: Connection
) -> None:
    ticket = await staging.open(client.tenant, "a.jpg")
    await client.call("PUT", f"/files/{ticket.token}", data=picture())
    asked = [
        staging.create(client.tenant, ticket.id, Creation(Reference(f"{n}.jpg")), nothing_else)
        for n in range(5)
    ]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(answer, Image) for answer in answers) == 1
    assert sum(isinstance(answer, NotFoundError) for answer in answers) == 4
    assert await postgres.fetchval("SELECT count(*) FROM images") == 1
    assert await postgres.fetchval("SELECT count(*) FROM uploads") == 0
    again = await client.call("PUT", f"/files/{ticket.token}", data=picture())
    assert_problem(again, 404, "not-found")


async def test_a_name_that_is_taken_is_told_apart_by_the_ulid(
    client: Client, staging: Staging
) -> None:
    await client.put("a.tar.gz", picture())
    ticket = await staging.open(client.tenant, "a.tar.gz")
    await client.call("PUT", f"/files/{ticket.token}", data=picture())
    image = await staging.create(
        client.tenant, ticket.id, Creation(Reference("a.tar.gz")), nothing_else
    )
    assert image.reference == f"a.tar-{ulid_of(ticket.id)}.gz"


async def test_bytes_that_are_sent_again_replace_those_before(
    client: Client, staging: Staging, parts: Parts, bucket: Bucket
) -> None:
    ticket = await staging.open(client.tenant, "a.jpg")
    first, second = picture(shade=1), picture(shade=2)
    for data in (first, second):
        assert (await client.call("PUT", f"/files/{ticket.token}", data=data)).status == 200
    image = await staging.create(
        client.tenant, ticket.id, Creation(Reference("a.jpg")), nothing_else
    )
    assert image.sha256 == hashlib.sha256(second).digest()
    await parts.sweeper.clear_uploads()
    assert await bucket.keys() == {image.original_key}, "the first bytes are gone"
    assert (await client.process(parts, "a.jpg")).status == "Ok"


async def test_nothing_comes_of_a_file_without_bytes(client: Client, staging: Staging) -> None:
    ticket = await staging.open(client.tenant, "a.jpg")
    with pytest.raises(ConflictError, match="not come yet"):
        await staging.create(client.tenant, ticket.id, Creation(Reference("a.jpg")), nothing_else)
    assert (await client.call("PUT", f"/files/{ticket.token}", data=picture())).status == 200
    await staging.create(client.tenant, ticket.id, Creation(Reference("a.jpg")), nothing_else)


async def test_an_upload_that_is_cut_off_leaves_nothing(
    client: Client, staging: Staging, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    ticket = await staging.open(client.tenant, "a.jpg")
    begun = head(client, f"PUT /files/{ticket.token}", "Content-Length: 1000000") + bytes(1000)
    async with connection(client.service.port) as (_, writer):
        writer.write(begun)
        await writer.drain()

    async def cleared() -> bool:
        await parts.sweeper.clear_uploads()
        return bool(await postgres.fetchval("SELECT count(*) = 0 FROM uploads"))

    await eventually(cleared)
    assert await bucket.keys() == set()
    assert (await client.call("PUT", f"/files/{ticket.token}", data=picture())).status == 200


async def test_what_nobody_makes_an_image_of_is_cleared(
    client: Client, staging: Staging, parts: Parts, bucket: Bucket, postgres: Connection
) -> None:
    ticket = await staging.open(client.tenant, "a.jpg")
    await client.call("PUT", f"/files/{ticket.token}", data=picture())
    await postgres.execute("UPDATE staged_files SET expires_at = now()")
    await postgres.execute("UPDATE uploads SET deadline_at = now()")
    await parts.sweeper.clear_uploads()
    assert await bucket.keys() == set()
    with pytest.raises(NotFoundError):
        await staging.create(client.tenant, ticket.id, Creation(Reference("a.jpg")), nothing_else)
    await staging.open(client.tenant, "b.jpg")
    assert await postgres.fetchval("SELECT count(*) FROM staged_files") == 1


async def test_files_that_wait_are_bounded(
    client: Client, staging: Staging, postgres: Connection
) -> None:
    await postgres.execute(
        """
        INSERT INTO staged_files (tenant_id, id, token_sha256, name, expires_at)
        SELECT $1, gen_random_uuid(), sha256(n::text::bytea), 'x', now() + interval '1h'
        FROM generate_series(1, $2) AS n
        """,
        client.tenant.id,
        staging.max_open,
    )
    with pytest.raises(TooManyUploadsError) as refused:
        await staging.open(client.tenant, "a.jpg")
    assert refused.value.retry_after_s


@pytest.mark.parametrize(
    "token", ["x", "fu1_" + "A" * 43, "fu999999999999999999_" + "A" * 43, "%ff"]
)
async def test_a_token_that_is_none_is_404(token: str, client: Client) -> None:
    assert_problem(await client.call("PUT", f"/files/{token}", data=b"x"), 404, "not-found")


async def test_no_log_and_no_answer_repeats_the_token(
    client: Client, staging: Staging, capfd: pytest.CaptureFixture[str]
) -> None:
    token = (await staging.open(client.tenant, "a.bin")).token
    taken = await client.call("PUT", f"/files/{token}", data=b"x")
    refused = await client.call("GET", f"/files/{token}")
    assert (taken.status, refused.status) == (200, 405)
    assert refused.json["instance"] == f"/files/fu{client.tenant.id}_***"
    logged = "".join(capfd.readouterr())
    assert logged.count(f"/files/fu{client.tenant.id}_***") == 2
    assert token not in logged + taken.body.decode() + refused.body.decode()


async def test_a_binary_is_ok_without_thumbnails_and_a_picture_among_them_has_them(
    client: Client, staging: Staging, parts: Parts
) -> None:
    broken = picture(kind="PNG")[:80]
    for name, data, thumbnails in (
        ("bios.bin", FIRMWARE, 0),
        ("broken.png", broken, 0),
        ("logo.jpg", picture(), 3),
    ):
        ticket = await staging.open(client.tenant, name)
        await client.call("PUT", f"/files/{ticket.token}", data=data)
        await staging.create(
            client.tenant, ticket.id, Creation(Reference(name), Kind.BINARY), nothing_else
        )
        row = await client.process(parts, name)
        assert (row.status, row.status_reason, row.kind) == ("Ok", None, "binary")
        assert (row.sha256, row.md5) == (
            hashlib.sha256(data).digest(),
            hashlib.md5(data, usedforsecurity=False).digest(),
        )
        body = (await client.get(name)).json
        urls = [body["thumbnailUrl"], body["thumbnailMediumUrl"], body["thumbnailPreviewUrl"]]
        assert len([url for url in urls if url]) == thumbnails
        served = await client.cdn(body["originalUrl"])
        assert served.body == data
        if not thumbnails:
            assert served.headers["Content-Type"] == "application/octet-stream"
            assert served.headers["Content-Disposition"].startswith("attachment")
        again = await client.call("POST", f"/images({name})/reprocess")
        assert again.status == 202
        assert (await client.process(parts, name)).status == "Ok"


def test_a_ulid_is_the_uid_in_other_letters() -> None:
    uid = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    assert ulid_of(uid) == "01H455VB4PEX5VSKNK084SN02Q"
    assert (
        parse_ulid("01H455VB4PEX5VSKNK084SN02Q") == parse_ulid("01h455vb4pex5vsknk084sn02q") == uid
    )
    for uid in (UUID(int=0), UUID(int=2**128 - 1)):
        assert parse_ulid(ulid_of(uid)) == uid
    for text in (
        "",
        "8ZZZZZZZZZZZZZZZZZZZZZZZZZ",
        "01H455VB4PEX5VSKNK084SN02",
        "01H455VB4PEX5VSKNK084SN02U",
        "01H455VB4PEX5VSKNK084SN02\N{KELVIN SIGN}",
    ):
        assert parse_ulid(text) is None
