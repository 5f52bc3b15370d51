"""A backup restores into an empty database and an empty bucket, and fsck --deep is clean there."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Iterable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any, cast

import asyncpg
import pytest

from deploy.backup import make_backup
from shared.domain.image import Role
from shared.settings import Settings
from shared.storage.s3 import open_storage
from shared.usecases.upkeep.backup import Copier, Entry
from tests.backoffice import IMAGES
from tests.bucket import Bucket, open_bucket
from tests.checks import Torn
from tests.client import Client, Connection, make_client, path_to, picture, running_service
from tests.commands import fototeca
from tests.hard import HARD_REFERENCES
from tests.servers import Servers
from worker.settings import Parts

LARGE_BYTES = 20 * 1024 * 1024
EXACT = ["tenants", "api_keys", "images", "objects", "deletions", "uploads", "staged_files"]


@pytest.fixture
async def second(settings: Settings, servers: Servers) -> AsyncIterator[Settings]:
    """An empty database and an empty bucket beside the test's own."""
    name = f"second_{secrets.token_hex(4)}"
    await servers.administer(f"CREATE DATABASE {name}")
    made = settings.model_copy(
        update={
            "database_url": type(settings.database_url)(servers.database(name)),
            "s3_bucket": name.replace("_", "-"),
        }
    )
    async with open_bucket(made) as bucket:
        await bucket.create()
    yield made
    await servers.administer(f"DROP DATABASE {name} WITH (FORCE)")


async def rows_of(settings: Settings) -> dict[str, list[Any]]:
    """Return the rows of every table that is the library."""
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        return {table: await _rows(connection, table) for table in EXACT}
    finally:
        await connection.close()


async def _rows(connection: Connection, table: str) -> list[tuple[Any, ...]]:
    rows = await connection.fetch(f"SELECT * FROM {table} ORDER BY 1, 2")  # noqa: S608 -- ours
    return [tuple(row) for row in rows]


def whole_ones(folder: Path) -> tuple[int, int]:
    """Count dumps and manifests."""
    return len(list(folder.glob("*.dump"))), len(list(folder.glob("*.jsonl")))


async def fill(client: Client, parts: Parts) -> None:
    """Make a library that has seen something: replaced, reprocessed, deleted, waiting, failed."""
    for name in HARD_REFERENCES.values():
        await client.put(name, picture())
    await client.put_ok(parts, "replaced.jpg", picture())
    await client.put_ok(parts, "replaced.jpg", picture(shade=7))
    await client.put_ok(parts, "again.jpg", picture(shade=8))
    await client.call("POST", path_to("again.jpg") + "/reprocess")
    await client.process(parts, "again.jpg")
    await client.put_ok(parts, "deleted.jpg", picture(shade=9))
    await client.delete("deleted.jpg")
    await client.put("large.bin", secrets.token_bytes(LARGE_BYTES))
    assert (await client.process(parts, "large.bin")).status == "Er"


async def test_a_backup_restores_into_an_empty_library(
    client: Client, parts: Parts, bucket: Bucket, second: Settings, tmp_path: Path
) -> None:
    first = client.service.library.settings
    await fill(client, parts)
    ticket = await client.service.library.staging.open(client.tenant, "staged.jpg")
    assert (await client.call("PUT", f"/files/{ticket.token}", data=picture())).status == 200
    other = await make_client(client.service, "demo-2", Role.READER)
    folder = tmp_path / "backup"
    code, output, errors = await fototeca(first, "backup", folder)
    assert (code, errors) == (0, "")
    keys = await bucket.keys()
    assert output.startswith(f"{len(keys)} objects")

    code, output, errors = await fototeca(second, "restore", folder)
    assert (code, errors) == (0, "")
    assert output.startswith(f"{len(keys)} objects")
    code, output, errors = await fototeca(second, "fsck", "--deep")
    assert (code, output[:6], errors) == (0, "clean:", "")
    assert await rows_of(second) == await rows_of(first)
    async with open_bucket(second) as restored:
        assert await restored.keys() == keys
        for key in keys:
            assert await restored.get(key) == await bucket.get(key)
    async with running_service(second) as service:
        again = replace(client, service=service)
        assert (await again.get("replaced.jpg")).json["status"] == "Ok"
        assert (await again.put("new.jpg", picture(shade=11))).status == 201
        made = await again.call("POST", IMAGES, json={"file_key": ticket.id.hex})
        url = made.json["data"]["original_url"]
        assert (await again.cdn(url)).body == picture(), "what was sent before its image"
        assert (await replace(other, service=service).get("replaced.jpg")).status == 404


async def test_a_second_backup_copies_only_what_is_new(
    client: Client, parts: Parts, second: Settings, tmp_path: Path
) -> None:
    first = client.service.library.settings
    await client.put_ok(parts, "a.jpg", picture())
    await client.put_ok(parts, "b.jpg", picture(shade=7))
    assert "10 of them copied now" in (await fototeca(first, "backup", tmp_path))[1]
    await client.put_ok(parts, "c.jpg", picture(shade=8))
    await client.delete("b.jpg", "?purge=true")
    away = first.model_copy(update={"s3_endpoint_url": "http://127.0.0.1:1"})
    code, _, errors = await fototeca(away, "backup", tmp_path)
    assert (code, errors.count("\n"), "at http://127.0.0.1:1: start" in errors) == (1, 1, True)
    code, output, _ = await fototeca(first, "backup", tmp_path)
    assert code == 0
    assert output.startswith("10 objects")
    assert "5 of them copied now" in output
    assert whole_ones(tmp_path) == (1, 1)
    assert (await fototeca(second, "restore", tmp_path))[0] == 0
    assert (await fototeca(second, "fsck", "--deep"))[0] == 0


async def test_restore_goes_on_where_it_was_cut_off(
    client: Client, parts: Parts, second: Settings, tmp_path: Path, bucket: Bucket
) -> None:
    row = await client.put_ok(parts, "a.jpg", picture())
    assert row.original_key is not None
    await fototeca(client.service.library.settings, "backup", tmp_path)
    async with open_bucket(second) as begun:
        await begun.put(row.original_key, await bucket.get(row.original_key))
    code, output, _ = await fototeca(second, "restore", tmp_path)
    assert (code, "4 of them restored now" in output) == (0, True)
    assert (await fototeca(second, "fsck", "--deep"))[0] == 0


async def test_restore_refuses_what_is_in_use(
    client: Client, parts: Parts, second: Settings, tmp_path: Path
) -> None:
    first = client.service.library.settings
    await client.put_ok(parts, "a.jpg", picture())
    await fototeca(first, "backup", tmp_path)
    before = await rows_of(first)
    code, _, errors = await fototeca(first, "restore", tmp_path)
    assert (code, "The database is in use" in errors) == (1, True)
    assert await rows_of(first) == before
    async with open_bucket(second) as other:
        await other.put("something/else", b"x")
        code, _, errors = await fototeca(second, "restore", tmp_path)
        assert (code, "The bucket is in use" in errors) == (1, True)
        assert await other.keys() == {"something/else"}


async def test_what_the_bucket_has_lost_is_said_and_the_rest_is_saved(
    client: Client, parts: Parts, bucket: Bucket, second: Settings, tmp_path: Path
) -> None:
    first = client.service.library.settings
    lost = await client.put_ok(parts, "a.jpg", picture())
    spoilt = await client.put_ok(parts, "b.jpg", picture(shade=7))
    assert lost.original_key is not None
    assert spoilt.thumbnail_key is not None
    await bucket.delete(lost.original_key)
    await bucket.put(spoilt.thumbnail_key, b"x" * len(await bucket.get(spoilt.thumbnail_key)))
    code, output, errors = await fototeca(first, "backup", tmp_path)
    assert (code, output.partition(",")[0]) == (1, "10 objects")
    assert f"missing  {lost.original_key}\nchanged  {spoilt.thumbnail_key}" in errors
    code, output, errors = await fototeca(second, "restore", tmp_path)
    assert (code, "8 of them restored now" in output) == (1, True)
    found = json.loads((await fototeca(second, "fsck", "--json"))[1].splitlines()[-1])
    assert found["summary"]["findings"] == {"missing_object": 2}


async def test_an_object_that_cannot_be_read_does_not_keep_the_others_from_being_saved(
    client: Client, bucket: Bucket, tmp_path: Path
) -> None:
    entries = [Entry(f"demo/{name}", 1, hashlib.sha256(b"x").hexdigest()) for name in "abc"]
    for entry in entries:
        await bucket.put(entry.key, b"x")

    async def each() -> AsyncIterator[Entry]:
        for entry in entries:
            yield entry

    async with open_storage(client.service.library.settings) as storage:
        torn = cast("Any", Torn(storage, "demo/a"))
        copied = await Copier(torn, tmp_path, tmp_path, lambda _: None).save(each())
    assert (copied.copied, copied.unreadable) == (2, ["demo/a"])


async def test_what_goes_while_it_is_copied_is_not_in_the_backup(
    client: Client, parts: Parts, second: Settings, tmp_path: Path
) -> None:
    """The last image is purged after the dump, before its turn; so another dump is taken."""
    first = client.service.library.settings
    for number in range(4):
        row = await client.put_ok(parts, f"{number}.jpg", picture(shade=number))
    keys = [
        row.original_key,
        row.thumbnail_key,
        row.thumbnail_medium_key,
        row.thumbnail_preview_key,
        row.thumbnail_square_key,
    ]
    seen: list[tuple[int, int]] = []

    def purge_once(total: int, done: int) -> None:
        if not seen:
            purging = Thread(target=asyncio.run, args=(_purge(first, row.id, filter(None, keys)),))
            purging.start()
            purging.join()
        seen.append((total, done))

    copied = await make_backup(first, tmp_path, purge_once)
    assert (copied.objects, copied.missing, copied.changed) == (15, [], [])
    assert seen == [(20, 8), (20, 16), (20, 20), (15, 8), (15, 15)]
    assert (await fototeca(second, "restore", tmp_path))[0] == 0
    code, output, _ = await fototeca(second, "fsck", "--deep")
    assert (code, output.partition(",")[0]) == (0, "clean: 15 objects")


async def _purge(settings: Settings, image_id: int, keys: Iterable[str]) -> None:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    await connection.execute("DELETE FROM images WHERE id = $1", image_id)
    await connection.close()
    async with open_bucket(settings) as bucket:
        for key in keys:
            await bucket.delete(key)


BROKEN = {
    "no backup": ({}, "holds no whole backup"),
    "another version": ({"version": 99}, "another version"),
    "no description": ({"version": 1}, "not as `fototeca backup` makes it"),
}


@pytest.mark.parametrize("case", BROKEN)
async def test_what_is_no_backup_is_said(case: str, settings: Settings, tmp_path: Path) -> None:
    told, words = BROKEN[case]
    (tmp_path / "backup.json").write_text(json.dumps(told))
    code, output, errors = await fototeca(settings, "restore", tmp_path)
    assert (code, output) == (1, "")
    assert words in errors
    assert len(errors.splitlines()) == 1


async def test_a_manifest_cannot_lead_out_of_its_folder(
    client: Client, parts: Parts, second: Settings, tmp_path: Path
) -> None:
    await client.put_ok(parts, "a.jpg", picture())
    folder = tmp_path / "backup"
    await fototeca(client.service.library.settings, "backup", folder)
    (tmp_path / "secret").write_bytes(b"secret")
    manifest = folder / json.loads((folder / "backup.json").read_text())["manifest"]
    entry = {"key": "../../secret", "size_in_bytes": 6, "sha256": "00"}
    manifest.write_text(json.dumps(entry) + "\n" + manifest.read_text())
    code, _, errors = await fototeca(second, "restore", folder)
    assert (code, "names no file" in errors) == (1, True)
    async with open_bucket(second) as bucket:
        assert await bucket.keys() == set()
